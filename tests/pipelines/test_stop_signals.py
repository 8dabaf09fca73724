"""Whoever asks a run to stop is heard: in the instants that the orchestrator keeps to itself, and before it begins."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._utils.interrupts import capture_interrupts
from night_shop import Analytics, Outcome, Shop

from assets.configuration.settings import Configuration
from pipelines.nightly_run import execute
from pipelines.project import Project
from pipelines.stop_signals import hearing_stops, heed_stops

STOPS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture(autouse=True)
def in_front_of_a_shell() -> Iterator[None]:
    """Ctrl-C is heard: tests that a shell runs behind itself would ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def asked(stop: signal.Signals) -> None:
    """Ask this process to stop."""
    os.kill(os.getpid(), stop)


@pytest.mark.parametrize("stop", STOPS)
def test_a_stop_that_a_job_has_swallowed_at_its_end_is_heard_before_the_next_begins(
    stop: signal.Signals, tmp_path: Path
) -> None:
    business = {"name": "Shop", "timezone": "UTC", "currency": "GBP"}
    project = Project(Configuration.model_validate({"home": tmp_path, "business": business}), None)
    with hearing_stops():
        with capture_interrupts():  # as the orchestrator does around a job
            asked(stop)
        with pytest.raises(KeyboardInterrupt):
            execute(dg.Definitions(), "nightly", project, partition=None, known_at=None)
        heed_stops()  # once is enough


@pytest.mark.parametrize("stop", STOPS)
def test_a_stop_before_the_first_job_ends_the_run_in_order_and_other_programs_hear_theirs(stop: signal.Signals) -> None:
    before = signal.signal(stop, signal.SIG_IGN)  # as a shell starts what it runs behind itself
    try:
        with hearing_stops(), pytest.raises(KeyboardInterrupt):
            asked(stop)
        assert signal.getsignal(stop) is signal.SIG_IGN
        heed_stops()
    finally:
        signal.signal(stop, before)


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("command", [("run",), ("backfill", "--from", "2024-01-01", "--to", "2024-01-02")])
def test_a_stop_while_a_command_is_being_read_in_says_that_nothing_was_published(
    stop: signal.Signals, command: tuple[str, ...], analytics: Analytics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.project.open_project", lambda *_: asked(stop))
    said = analytics(*command)
    assert (said.code, said.said) == (
        1,
        "nothing was published. The command was interrupted before it began: run it again\n",
    )


def test_a_second_ctrl_c_after_the_last_word_ends_the_program_without_another() -> None:
    ends = "import atexit, signal; atexit.register(signal.raise_signal, signal.SIGINT); "
    code = f"{ends} from pipelines.command_line import main; main(['--version'])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (-signal.SIGINT, "")


@pytest.mark.parametrize(("words", "code"), [(["--version"], 0), (["run", "--as-of", "never"], 2)])
def test_the_program_ends_with_its_code_and_its_words_and_does_not_take_down_what_it_loaded(
    words: list[str], code: int
) -> None:
    loaded = "class Loaded:\n    __del__ = lambda self: print('taken down')\nkept = Loaded()\n"
    ends = "import atexit; atexit.register(print, 'put in order', flush=True)\n"
    program = f"{loaded}{ends}from pipelines.command_line import main; main({words!r})"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == code
    assert ended.stdout.endswith("put in order\n")
    assert ("version" in ended.stdout) == (code == 0)
    assert ("never" in ended.stderr) == (code == 2)


def test_a_statement_that_is_stopped_outside_a_step_is_an_interruption_too(
    published: tuple[Shop, Outcome], analytics: Analytics, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any) -> None:
        raise RuntimeError("Query interrupted")

    shop = published[0]
    monkeypatch.setattr("pipelines.nightly_run.published_again", stopped)
    night = analytics("run", *shop.arguments)
    assert (night.code, night.said.splitlines()[-1]) == (
        1,
        "nothing was published. The night was interrupted: run it again",
    )
    monkeypatch.setattr("assets.releases.store.ReleaseStore.verify", stopped)
    verified = analytics("releases", "verify", *shop.arguments)
    assert verified.code == 1
    assert "Aborted!" in verified.said

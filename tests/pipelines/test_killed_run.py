"""A run killed at any moment: readers keep a whole release that verifies, and the next run goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest
from night_shop import LAST_DAY, Analytics, Outcome, Shop, latest_of

pytestmark = pytest.mark.slow

COMMAND = "from pipelines.command_line import main; main()"


def files_below(folder: Path) -> set[str]:
    """Every finished file, while somebody else makes and removes folders."""
    return {os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if not name.startswith("_")}


def end_when(shop: Shop, moment: Callable[[], bool], with_signal: signal.Signals, said: IO[str]) -> int:
    """Start a run in a group of its own and send it the signal the instant the moment has come; its exit code."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "run", *shop.arguments], stdout=said, stderr=said, start_new_session=True
    )
    try:
        until = time.monotonic() + 240
        while not moment():
            assert process.poll() is None, "the run ended before the moment came"
            assert time.monotonic() < until, "the moment never came"
            time.sleep(0.002)
        os.killpg(process.pid, with_signal)
        return process.wait(timeout=60)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def kill_when(shop: Shop, moment: Callable[[], bool]) -> None:
    """Kill a run, as the system would, the instant the moment has come."""
    with open(os.devnull, "w") as nowhere:
        end_when(shop, moment, signal.SIGKILL, nowhere)


def test_a_run_killed_at_any_moment_leaves_a_whole_release_and_the_next_one_succeeds(
    published: tuple[Shop, Outcome], analytics: Analytics, tmp_path: Path
) -> None:
    shop = published[0].copy(tmp_path / "shop")
    assert analytics("releases", "verify", *shop.arguments).code == 0
    before = latest_of(shop)
    december = shop.folder / "orders" / "2024-12.csv"
    for number in range(40):  # new content, so that there is something to land and to publish
        text = december.read_text().replace("\nO0", f"\nO{number}L", 1)
        (shop.folder / "orders" / f"2024-12-late-{number}.csv").write_text(text)

    archive, tables, releases = shop.home / "archive", shop.published / "tables", shop.published / "releases"
    archived, scored, manifests = (len(files_below(each)) for each in (archive, tables / "rfm_segments", releases))
    moments: dict[str, Callable[[], bool]] = {
        "while landing": lambda: len(files_below(archive)) > archived + 5,
        "between two tables": lambda: len(files_below(tables / "rfm_segments")) > scored,
        "before the release": lambda: (shop.home / "reports" / f"_{LAST_DAY}.html").exists(),
    }
    for name, moment in moments.items():
        kill_when(shop, moment)
        assert latest_of(shop) == before, name
        verified = analytics("releases", "verify", *shop.arguments)
        assert verified.code == 0, f"{name}: {verified.said}"
        assert analytics("table", "nps", *shop.arguments).code == 0

    # With the manifest on the disk the release may or may not be announced; it is whole either way.
    kill_when(shop, lambda: len(files_below(releases)) > manifests)
    verified = analytics("releases", "verify", *shop.arguments)
    assert verified.code == 0, verified.said
    assert latest_of(shop)["as_of"] == str(LAST_DAY)

    night = analytics("run", *shop.arguments)
    assert night.code == 0, night.said
    assert latest_of(shop)["release"] != before["release"]
    assert analytics("releases", "verify", *shop.arguments).code == 0
    unfinished = [path for path in shop.home.rglob("_*") if "dagster" not in path.parts]
    assert unfinished == []
    assert latest_of(shop)["release"] in (shop.home / "reports" / "latest.html").read_text()


def test_ctrl_c_while_files_land_ends_the_run_in_a_line(landed: Shop, tmp_path: Path) -> None:
    shop = landed.copy(tmp_path / "shop")
    with (tmp_path / "said").open("w+") as said:
        code = end_when(shop, lambda: bool(files_below(shop.home / "archive")), signal.SIGINT, said)
        said.seek(0)
        words = said.read()
    assert code == 1
    assert "Traceback" not in words, words
    assert "nothing was published. The night was interrupted" in words.splitlines()[-1], words


def test_a_night_that_is_stopped_once_its_release_is_published_does_not_say_that_nothing_was(
    landed: Shop, analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> Path:
        raise KeyboardInterrupt

    shop = landed.copy(tmp_path / "shop")
    monkeypatch.setattr("assets.report.publish_page", stopped)
    night = analytics("run", *shop.arguments)
    monkeypatch.undo()
    assert night.code == 1
    assert "when its release was published already: run it again to complete it" in night.said
    assert "nothing was published" not in night.said
    assert analytics("run", *shop.arguments).code == 0
    assert latest_of(shop)["release"] in (shop.home / "reports" / "latest.html").read_text()

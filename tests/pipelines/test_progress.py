"""What a terminal and a pipe are told while a run goes on."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from pipelines.progress import reporting, reporting_nights, step
from pipelines.remaining_time import remember_seconds, usual_seconds


def console(*, is_terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=is_terminal, width=120)


def said(to: Console) -> str:
    assert isinstance(to.file, io.StringIO)
    return to.file.getvalue()


def test_a_terminal_shows_the_time_left_of_a_run_that_is_known_from_last_time() -> None:
    shown = console(is_terminal=True)
    with reporting(shown, 2, {"orders": 0.0, "report": 7_300.0}), step("orders", "table") as detail:
        detail.append("12 rows")
    assert "12 rows" in said(shown)
    assert "2:01:" in said(shown)
    assert "left" in said(shown)


def test_a_pipe_gets_a_line_per_step_and_no_moving_parts() -> None:
    piped = console(is_terminal=False)
    with reporting(piped, 1), step("orders", "table") as detail:
        detail.append("12 rows")
    assert said(piped).split()[:3] == ["orders", "12", "rows"]
    assert "left" not in said(piped)
    assert "\x1b" not in said(piped)


def test_many_nights_name_the_night_and_its_step_on_a_terminal_and_are_silent_in_a_pipe() -> None:
    shown, piped = console(is_terminal=True), console(is_terminal=False)
    for to in (shown, piped):
        with reporting_nights(to, 3) as listener:
            listener.night_began("2024-12-16")
            with step("orders", "table"):
                pass
            listener.night_ended()
    assert "2024-12-16 orders" in said(shown)
    assert "1/3" in said(shown)
    assert said(piped) == ""


@pytest.mark.parametrize("content", ["", "[]", '{"orders": "soon"}'])
def test_what_steps_took_is_kept_for_the_next_night_and_is_only_an_estimate(tmp_path: Path, content: str) -> None:
    assert usual_seconds(tmp_path) == {}
    remember_seconds(tmp_path, {"orders": 1.5})
    assert usual_seconds(tmp_path) == {"orders": 1.5}
    (tmp_path / "dagster" / "step_seconds.json").write_text(content)
    assert usual_seconds(tmp_path) == {}


def test_a_night_that_is_published_fails_for_want_of_no_estimate(tmp_path: Path) -> None:
    (tmp_path / "dagster" / "step_seconds.json").mkdir(parents=True)  # nothing can be written in its place
    remember_seconds(tmp_path, {"orders": 1.5})
    assert usual_seconds(tmp_path) == {}


def test_a_step_whose_engine_was_stopped_by_a_signal_ends_the_run_whichever_way_it_asked() -> None:
    """The engine's word for it is a RuntimeError: taken for a failed step, the others would go on."""
    with pytest.raises(KeyboardInterrupt), step("orders", "table"):
        raise RuntimeError("Query interrupted")

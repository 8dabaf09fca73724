"""What the summary of a night says of checks that only warn, and of figures where the terminal is narrow."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import polars as pl
from rich.console import Console

from pipelines.summary import _print_old_data, print_accounting, print_checks, print_kpis


def test_a_check_that_warns_is_said_not_to_hold_and_not_as_if_its_expectation_had_happened() -> None:
    console = Console(record=True, width=200)
    print_checks(console, {"passed": 366, "warned": [("row_accounting", "quarantine_near_limit")]})
    text = console.export_text()
    assert "warning row_accounting.quarantine_near_limit does not hold: No source has set aside" in text


def test_figures_are_whole_however_long_the_name_of_a_question_and_narrow_the_terminal() -> None:
    """A log of nights is 80 columns wide; a question's own words as its id took them, and sales were `18,…`."""
    row = {
        "kpi": "csat", "question": "how_satisfied_were_you_with_our_service_this_time", "scope": "all",
        "scope_value": "all", "grain": "total", "period_start": None, "value": 0.408, "low": 0.387, "high": 0.43,
        "n": 123456, "unit": "share", "target": 0.85, "status": "incomplete_period", "previous_value": None,
        "is_complete": True, "numerator": 1.0, "denominator": 2.0,
    }  # fmt: skip
    console = Console(record=True, width=80)
    print_kpis(console, pl.DataFrame([row]))
    text = console.export_text()
    assert all(figure in text for figure in ("40.8%", "38.7% to 43.0%", "123,456", "85.0%"))
    assert "…" not in text


def test_one_row_and_one_file_are_said_in_the_singular() -> None:
    counts = {"rows_in": 2, "accepted": 2, "duplicates": 1, "quarantined": 0}
    landed = {"source": "shop", "file": "a.csv", "content": "c1", "status": "accepted", "error": None}
    older = landed | {"content": "c0", "status": "superseded", "duplicates": 0}
    for vanished, told in ((1, "1 row of 1 file changed"), (2, "2 rows of 1 file changed")):
        console = Console(record=True, width=200)
        rows = [landed | counts | {"vanished": 0}, counts | older | {"vanished": vanished}]
        print_accounting(console, pl.DataFrame(rows, schema_overrides={"error": pl.String}))
        text = console.export_text()
        assert "4 accepted + 1 duplicate + 0 quarantined" in text
        assert f"{told}, or gone, in a newer version" in text


def test_old_data_are_said_with_what_to_do() -> None:
    console = Console(record=True, width=200)
    source = SimpleNamespace(name="survey", kind="surveys", cadence_days=3)
    project = SimpleNamespace(configuration=SimpleNamespace(sources=[source]))
    accounting = pl.DataFrame({"source": ["survey"], "last_event": [dt.datetime(2026, 1, 5, 9)]})
    _print_old_data(console, project, accounting, SimpleNamespace(as_of=dt.date(2026, 1, 31)))  # type: ignore[arg-type]
    assert "survey ends 2026-01-05 (26 days before as_of); land what is missing, or set `cadence_days`" in (
        console.export_text()
    )

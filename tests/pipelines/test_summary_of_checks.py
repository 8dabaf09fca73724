"""What the summary of a night says of checks that only warn."""

from __future__ import annotations

from rich.console import Console

from pipelines.summary import print_checks


def test_a_check_that_warns_is_said_not_to_hold_and_not_as_if_its_expectation_had_happened() -> None:
    console = Console(record=True, width=200)
    print_checks(console, {"passed": 366, "warned": [("row_accounting", "quarantine_near_limit")]})
    assert "warning row_accounting.quarantine_near_limit does not hold: No source has set aside" in console.export_text()

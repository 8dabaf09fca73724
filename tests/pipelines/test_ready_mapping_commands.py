"""``analytics sources list`` and ``show``: the ready mappings from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from assets.landing.ready_mappings import ready_mappings
from pipelines.command_line import main
from pipelines.configuration_file import check

BUSINESS = "business: {name: Shop, timezone: Europe/London, currency: GBP}\n"


def test_every_mapping_is_listed_by_its_name_with_both_titles() -> None:
    listed = CliRunner().invoke(main, ["sources", "list"])
    assert listed.exit_code == 0
    for mapping in ready_mappings():
        [line] = [line for line in listed.output.splitlines() if line.split()[0] == mapping.id]
        assert mapping.title["en"] in line
        assert mapping.title["zh"] in line


@pytest.mark.parametrize("name", [mapping.id for mapping in ready_mappings()])
def test_what_is_shown_can_be_pasted_into_a_configuration(tmp_path: Path, name: str) -> None:
    shown = CliRunner().invoke(main, ["sources", "show", name])
    assert shown.exit_code == 0
    file = tmp_path / "analytics.yaml"
    file.write_text(f"{BUSINESS}sources:\n{shown.output}", encoding="utf-8")
    assert [str(problem) for problem in check(file) if "no file at" not in str(problem)] == []


def test_a_mistyped_name_is_answered_with_the_nearest() -> None:
    result = CliRunner().invoke(main, ["sources", "show", "shopfy_orders"])
    assert result.exit_code == 2
    assert "did you mean `shopify_orders`?" in result.output

"""The reference page says what the contracts say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assets.table_reference import markdown
from assets.tables import PUBLISHED, TABLES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tables.md"


def test_the_page_is_written_from_the_contracts() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(), "run: python -m assets.table_reference > docs/tables.md"


def test_every_column_of_every_published_table_has_a_row_of_five_cells_in_its_section() -> None:
    for name in PUBLISHED:
        [section] = re.findall(rf"^## {name}\n(.*?)(?=^## )", markdown(), re.MULTILINE | re.DOTALL)
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        cells = [re.split(r"(?<!\\)\|", row)[1:-1] for row in rows]
        assert [row[0].strip() for row in cells] == [f"`{column.name}`" for column in TABLES[name].columns]
        assert {len(row) for row in cells} == {5}, name


def test_no_private_table_has_a_section() -> None:
    private = TABLES.keys() - set(PUBLISHED)
    assert not private & set(re.findall(r"^## (\w+)$", markdown(), re.MULTILINE))


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_column_that_may_be_empty_says_when(name: str) -> None:
    silent = [each.name for each in TABLES[name].columns if each.nullable and "NULL" not in each.description]
    assert not silent

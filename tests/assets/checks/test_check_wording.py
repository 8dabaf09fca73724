"""Every check of the night has its sentence on the Chinese page, and its line in the docs."""

from __future__ import annotations

from pathlib import Path

from assets.check_reference import every_check, markdown
from reports.check_wording import IN_CHINESE

PAGE = Path(__file__).parents[3] / "docs" / "checks.md"


def test_every_check_is_said_in_chinese_and_nothing_else_is() -> None:
    named = {(check.table, check.name) for check in every_check()}
    said = {(table, name) for table, name in named if f"{table}.{name}" in IN_CHINESE or name in IN_CHINESE}
    assert named - said == set()
    known = {f"{table}.{name}" for table, name in named} | {name for _, name in named}
    assert IN_CHINESE.keys() - known == set()


def test_the_docs_list_every_check_as_it_is() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown()


def test_every_check_has_a_sentence_and_a_name_of_its_own() -> None:
    checks = every_check()
    assert len({(check.table, check.name) for check in checks}) == len(checks)
    assert all(check.description.endswith((".", "?")) for check in checks)

"""Every check of the night has its sentence on the Chinese page, and its line in the docs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from assets.accounting_laws import check_laws
from assets.check_reference import every_check, markdown
from assets.expectations.validation import validate
from assets.raw_rows import RAW
from assets.tables import TABLES
from reports.check_wording import IN_CHINESE
from reports.labels import NAMES
from reports.sections.checks import BOUNDS

PAGE = Path(__file__).parents[3] / "docs" / "checks.md"


def test_every_check_is_said_in_chinese_and_nothing_else_is() -> None:
    named = {(check.table, check.name) for check in every_check()}
    said = {(table, name) for table, name in named if f"{table}.{name}" in IN_CHINESE or name in IN_CHINESE}
    assert named - said == set()
    known = {f"{table}.{name}" for table, name in named} | {name for _, name in named}
    assert IN_CHINESE.keys() - known == set()


def test_every_figure_of_a_check_that_is_not_named_like_it_has_a_chinese_name(shop: SimpleNamespace) -> None:
    present = [contract for contract in (*TABLES.values(), *RAW.values()) if shop.warehouse.has(contract.name)]
    outcomes = [one for contract in present for one in validate(shop.warehouse, contract, as_of=shop.as_of)]
    outcomes += check_laws(shop.warehouse, as_of=shop.as_of, window_days=shop.window_days)
    told = {name for one in outcomes for name in one.observed if name not in BOUNDS and name != one.name}
    assert {"broken", "compared", "no decimals", "quantity"} <= told
    assert told - NAMES["observed"].keys() == set()


def test_the_docs_list_every_check_as_it_is() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown()


def test_every_check_has_a_sentence_and_a_name_of_its_own() -> None:
    checks = every_check()
    assert len({(check.table, check.name) for check in checks}) == len(checks)
    assert all(check.description.endswith((".", "?")) for check in checks)

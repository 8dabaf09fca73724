"""The KPI cards and the page written from them."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from models.kpi_cards import CARDS, KPI_IDS
from models.kpi_reference import markdown

UNITS = {"share", "point", "base currency", "count", "ratio", "scale unit", "day", "second"}
PAGE = Path(__file__).parents[2] / "docs" / "kpis.md"


def test_every_kpi_is_declared_once_under_its_own_id() -> None:
    assert len(KPI_IDS) == len(set(KPI_IDS)) == 33
    assert [card.id for card in CARDS.values()] == list(KPI_IDS)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", kpi) for kpi in KPI_IDS)


@pytest.mark.parametrize("card", CARDS.values(), ids=KPI_IDS)
def test_a_card_says_what_it_is_in_both_languages_and_in_which_unit(card: object) -> None:
    assert card.unit in UNITS
    assert card.name_en
    assert re.search(r"[一-鿿]", card.name_zh)
    assert re.search(r"[一-鿿]", card.description_zh)
    assert card.description_en.endswith(".")
    assert card.numerator
    assert not re.search(r"[a-z]", card.formula_zh)
    assert ("/" in card.formula_zh) == bool(card.denominator)
    assert card.source
    assert card.version >= 1
    if card.unit == "share":
        assert (card.low, card.high) == (0.0, 1.0)
    if card.unit == "base currency":
        assert card.needs_money


def test_nps_is_in_points_and_a_card_cannot_be_changed() -> None:
    assert (CARDS["nps"].low, CARDS["nps"].high, CARDS["nps"].name_zh) == (-100.0, 100.0, "净推荐值")
    with pytest.raises(FrozenInstanceError):
        CARDS["nps"].unit = "share"


def test_rates_of_leaving_want_to_be_low() -> None:
    assert {card.id for card in CARDS.values() if card.direction == "lower"} == {
        "churn_rate", "discount_rate", "refund_rate", "value_at_risk", "cac", "sales_cycle_days",
        "speed_of_answer_seconds",
    }  # fmt: skip


def test_the_reference_page_is_the_one_the_cards_write() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(), "run: python -m models.kpi_reference > docs/kpis.md"

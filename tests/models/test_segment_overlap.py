"""Overlap of segments, held to counts by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from models.customer_traits import TRAITS
from models.segment_overlap import KINDS, overlaps

NOTHING: dict[str, Any] = {f"is_{trait}": False for trait in TRAITS} | dict.fromkeys(KINDS.values())
SCHEMA = {
    **{f"is_{trait}": pl.Boolean for trait in TRAITS}, **dict.fromkeys(KINDS.values(), pl.String),
    "customers": pl.Int64, "net_value": pl.Decimal(38, 2),
}  # fmt: skip


def pairs(*cells: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    rows = overlaps(pl.DataFrame([NOTHING | cell for cell in cells], schema=SCHEMA, orient="row")).to_dicts()
    assert len({(r["kind"], r["segment"], r["other_kind"], r["other_segment"]) for r in rows}) == len(rows)
    return {(row["segment"], row["other_segment"]): row for row in rows}


SHOP = (
    {"is_steady": True, "stage": "loyal", "tier": "high", "customers": 6, "net_value": Decimal("60.10")},
    {"is_steady": True, "stage": "lost", "customers": 2, "net_value": Decimal("-1.05")},
    {"is_steady": None, "stage": "loyal", "tier": "low", "customers": 4, "net_value": Decimal("5.00")},
    {"stage": "potential", "customers": 8, "net_value": None},
)


def test_counts_jaccard_lift_and_value_of_an_intersection() -> None:
    found = pairs(*SHOP)["steady", "loyal"]
    assert [found[name] for name in ("customers", "other_customers", "customers_both", "known_customers")] == [
        8, 10, 6, 20,
    ]  # fmt: skip
    assert found["jaccard"] == 6 / 12
    assert found["lift"] == pytest.approx((6 / 8) / (10 / 20))
    assert found["net_value_both"] == Decimal("60.10")


def test_a_segment_beside_itself_is_the_segment_and_each_pair_stands_twice() -> None:
    found = pairs(*SHOP)
    assert (found["steady", "steady"]["customers_both"], found["steady", "steady"]["net_value_both"]) == (
        8, Decimal("59.05"),
    )  # fmt: skip
    for (one, other), row in found.items():
        assert found[other, one]["customers_both"] == row["customers_both"]
        assert found[other, one]["customers"] == row["other_customers"]


def test_two_of_a_kind_that_exclude_each_other_are_left_out_and_two_that_happen_not_to_meet_are_not() -> None:
    found = pairs(*SHOP)
    assert ("loyal", "lost") not in found
    assert (found["lost", "high"]["customers_both"], found["lost", "high"]["lift"]) == (0, 0)
    assert found["lost", "high"]["net_value_both"] == 0
    assert not [key for key in found if "price_sensitive" in key]  # nobody is


def test_two_traits_may_meet() -> None:
    found = pairs({"is_steady": True, "is_price_sensitive": True, "customers": 3, "net_value": None})
    assert found["steady", "price_sensitive"]["customers_both"] == 3


def test_without_money_no_value_is_told_and_without_customers_nothing() -> None:
    poor = [cell | {"net_value": None} for cell in SHOP]
    assert {row["net_value_both"] for row in pairs(*poor).values()} == {None}
    assert pairs() == {}

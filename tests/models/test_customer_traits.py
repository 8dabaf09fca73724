"""Traits at their borders, and NULL where what they are about is not known."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from models.customer_traits import TraitCuts, trait_cuts, traits

SCHEMA = {
    "customer_id": pl.String, "age": pl.Int32, "orders": pl.Int64, "orders_window": pl.Int64,
    "category_lines": pl.Int64, "top_category_lines": pl.Int64, "first_order_on": pl.Date,
    "first_order_value": pl.Decimal(18, 2), "gaps": pl.Int64, "gap_sum": pl.Int64, "gap_sum_of_squares": pl.Int64,
    "median_gap_days": pl.Float64, "last_gap_days": pl.Int32, "discounted_orders": pl.Int64,
}  # fmt: skip
CUTS = TraitCuts(3, Decimal("50.00"))


def figures(*rows: dict[str, Any]) -> pl.DataFrame:
    nobody = {"orders": 0, "orders_window": 0, "discounted_orders": 0}
    return pl.DataFrame([nobody | row for row in rows], schema=SCHEMA, orient="row")


def told(*rows: dict[str, Any], cuts: TraitCuts = CUTS, **unknown: bool) -> pl.DataFrame:
    known = {"has_categories": True, "has_money": True, "has_discounts": True} | unknown
    return traits(figures(*rows), cuts, **known)


def rhythm(*gaps: int, orders: int | None = None) -> dict[str, Any]:
    ranked = sorted(gaps)
    middle = (ranked[(len(gaps) - 1) // 2] + ranked[len(gaps) // 2]) / 2
    return {
        "orders": orders or len(gaps) + 1, "gaps": len(gaps), "gap_sum": sum(gaps), "median_gap_days": middle,
        "gap_sum_of_squares": sum(gap * gap for gap in gaps), "last_gap_days": gaps[-1],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (0, "under_18"), (17, "under_18"), (18, "18_30"), (30, "18_30"), (31, "31_50"), (50, "31_50"), (51, "51_plus"),
        (110, "51_plus"), (111, "unknown"), (-1, "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_an_age_band_begins_and_ends_in_full_years(age: int | None, band: str) -> None:
    assert told({"age": age})["age_band"][0] == band


def test_the_cuts_are_values_that_occur_below_which_four_in_five_and_nine_in_ten_lie() -> None:
    once_each = pl.DataFrame({"value": range(1, 11), "count": 1})
    worth = pl.DataFrame({"value": [Decimal("9.50"), Decimal("70.00")], "count": [9, 1]})
    assert trait_cuts(once_each, worth) == TraitCuts(8, Decimal("9.50"))
    assert trait_cuts(once_each.clear(), worth.clear()) == TraitCuts(None, None)


def test_high_frequency_takes_as_many_orders_as_the_cut_and_half_of_the_lines_in_one_category() -> None:
    found = told(
        {"orders_window": 3, "category_lines": 4, "top_category_lines": 2},
        {"orders_window": 3, "category_lines": 5, "top_category_lines": 2},
        {"orders_window": 2, "category_lines": 4, "top_category_lines": 4},
        {"orders_window": 3},  # of a till that names no category
        {"orders_window": 2},
        {"orders_window": 0},
    )
    assert found["is_high_frequency"].to_list() == [True, False, False, None, False, False]
    assert found["top_category_share"].to_list()[:2] == [0.5, 0.4]


def test_where_no_line_names_a_category_nobodys_frequency_is_told() -> None:
    found = told({"orders_window": 3}, {"orders_window": 0}, has_categories=False)
    assert found["is_high_frequency"].to_list() == [None, None]


def test_potential_high_value_takes_exactly_one_order_worth_the_cut() -> None:
    rows = [
        {"orders": 1, "first_order_value": Decimal("50.00")},
        {"orders": 1, "first_order_value": Decimal("49.99")},
        {"orders": 2, "first_order_value": Decimal("90.00")},
        {"orders": 0},
    ]
    assert told(*rows)["is_potential_high_value"].to_list() == [True, False, False, False]
    nothing_of_the_year = told(*rows, cuts=TraitCuts(3, None))["is_potential_high_value"].to_list()
    assert nothing_of_the_year == [None, None, False, False]
    assert told({"orders": 1}, {"orders": 0}, has_money=False)["is_potential_high_value"].to_list() == [None, None]


def test_steady_takes_four_orders_even_gaps_and_a_last_one_in_time() -> None:
    found = told(
        rhythm(30, 30, 30),
        rhythm(10, 30),  # three orders
        rhythm(10, 30, 10, 30),  # mean 20, deviation 10: just half
        rhythm(10, 30, 9, 30),
        rhythm(20, 20, 30),  # one and a half times the median
        rhythm(20, 20, 31),
        rhythm(31, 20, 20),  # the same gaps, the long one over
    )
    assert found["is_steady"].to_list() == [True, False, True, False, True, False, True]
    assert found["gap_cv"].to_list()[2] == 0.5
    assert told(rhythm(10, 30, 10, 30))["last_gap_days"][0] == 30


def test_of_four_orders_on_one_day_or_two_nobody_knows_whether_they_are_steady() -> None:
    assert told({"orders": 4}, rhythm(12, orders=4), {"orders": 3})["is_steady"].to_list() == [None, None, False]


def test_price_sensitive_takes_three_orders_of_which_three_in_five_are_discounted() -> None:
    rows = [
        {"orders": 5, "discounted_orders": 3},
        {"orders": 7, "discounted_orders": 4},
        {"orders": 2, "discounted_orders": 2},
        {"orders": 0},
    ]
    found = told(*rows)
    assert found["is_price_sensitive"].to_list() == [True, False, False, False]
    assert found["discounted_share"].to_list() == [0.6, 4 / 7, 1, None]
    unmapped = told(*rows, has_discounts=False)
    assert {column: set(unmapped[column]) for column in ("is_price_sensitive", "discounted_orders")} == {
        "is_price_sensitive": {None}, "discounted_orders": {None},
    }  # fmt: skip

"""The section on expected value: what was expected beside what came, in both languages, and nobody's row."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Literal

import polars as pl
import pytest
from sample_data import empty
from sample_frames import AS_OF

from reports.page import render
from reports.report_data import Outlook

ORIGIN = AS_OF - dt.timedelta(days=90)


def outlook(*, has_money: bool = True) -> Outlook:
    worth = [Decimal(n * n) if has_money else None for n in range(40)]
    return Outlook(
        customer_value=pl.DataFrame(
            {
                "customer_id": [f"nobody-{n}" for n in range(40)],
                "clv": pl.Series(worth, dtype=pl.Decimal(18, 2)),
                "expected_orders": [n / 10 for n in range(40)],
                "model": ["bg_nbd"] * 40,
            }
        ),
        value_evaluation=pl.DataFrame(
            {
                "model": ["bg_nbd", "bg_nbd", "two_part"],
                "origin": [ORIGIN] * 3,
                "metric": ["normalised_gini", "mae", "normalised_gini"],
                "value": [0.7, 12.0, 0.6],
                "baseline_value": [0.5, 14.0, 0.5],
                "horizon_days": [90] * 3,
            }
        ),
        value_calibration=pl.DataFrame(
            {"decile": [1, 2], "n": [20, 20], "predicted": [1.0, 9.0], "actual": [2.0, 8.0], "is_published": [True] * 2}
        ),
        value_tracking=pl.DataFrame(
            {
                "day": [ORIGIN, ORIGIN + dt.timedelta(days=7)], "actual": [10, 14], "expected": [11.0, 13.0],
                "origin": [ORIGIN] * 2, "model": ["bg_nbd"] * 2,
            }
        ),
        value_by_tier=pl.DataFrame(
            {
                "tier": ["high", "all"], "customers": [8, 40],
                "expected_value": pl.Series([worth[-1]] * 2, dtype=pl.Decimal(18, 2)),
                "value_low": pl.Series([Decimal(900) if has_money else None] * 2, dtype=pl.Decimal(18, 2)),
                "value_high": pl.Series([Decimal(2100) if has_money else None] * 2, dtype=pl.Decimal(18, 2)),
            }
        ),
        reason="bg_nbd did best.",
    )  # fmt: skip


def test_without_an_outlook_there_is_no_section() -> None:
    assert 'id="outlook"' not in render(empty())
    assert "outlook-bands" not in render(empty())


@pytest.mark.parametrize(("language", "total"), [("en", "£20,540"), ("zh", "20,540")])
def test_the_total_and_the_reason_stand_there_in_both_languages(language: Literal["en", "zh"], total: str) -> None:
    page = render(empty(outlook=outlook(), language=language))
    assert total in page
    assert "bg_nbd did best." in page
    for figure in ("outlook-bands", "outlook-calibration", "outlook-evaluation", "outlook-tracking"):
        assert figure in page
    assert "nobody-" not in page


def test_of_fewer_than_twenty_customers_no_tenth_tells_of_a_single_one() -> None:
    few = dataclasses.replace(outlook(), customer_value=outlook().customer_value.tail(19))
    figure = render(empty(outlook=few)).partition('id="outlook-bands"')[2].partition("</figure>")[0]
    assert "19 customers are expected to bring" in figure
    assert "bg_nbd did best." in figure
    assert "<svg" not in figure
    assert "<table" not in figure


def test_expected_and_actual_are_told_as_totals() -> None:
    page = render(empty(outlook=outlook()))
    assert "On past dates £200 were expected and £200 came." in page


def test_the_interval_of_the_sum_is_told_and_absent_where_there_is_none() -> None:
    page = render(empty(outlook=outlook()))
    assert "In 80 of 100 cases all customers together bring £900 to £2,100 over the next 90 days." in page
    assert "outlook-sums" not in render(empty(outlook=outlook(has_money=False)))


def test_a_shop_without_money_tells_of_order_days() -> None:
    page = render(empty(outlook=outlook(has_money=False)))
    assert "outlook-bands" not in page
    assert "78 order days are expected" in page


@pytest.mark.parametrize(("language", "told"), [("en", "cannot be ranked: nothing in all"), ("zh", "合计为零")])
def test_days_in_which_nobody_bought_have_their_errors_and_no_ranking(language: Literal["en", "zh"], told: str) -> None:
    figures = outlook()
    has_figure = pl.col("metric") == "mae"
    silent = figures.value_evaluation.with_columns(pl.when(has_figure).then(pl.col("value", "baseline_value")))
    page = render(empty(outlook=dataclasses.replace(figures, value_evaluation=silent), language=language))
    assert told in page
    assert "12.000" in page

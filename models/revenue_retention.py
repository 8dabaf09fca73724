"""Net revenue retention: what the customers who ordered in one period brought then, and in the period after it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import polars as pl

from models.packed_numbers import Digits

_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


def retained_value(months: pl.DataFrame) -> pl.DataFrame:
    """Net flows, in a period and in the one before it, of the customers who ordered in the one before.

    Args:
        months: what a customer's calendar months brought, in any order: ``customer_no``, ``month_no`` (months since
            January of the year 0), exact ``net_value``, and ``has_ordered``: whether an order of the month is valid.

    Returns:
        One row per ``grain`` (month, quarter, year) and ``period_start`` whose period before had such a customer, and
        their exact ``value_before`` and ``value_after``. The last period of a grain may begin after every flow.
    """
    place = months.select("customer_no", "month_no")
    in_order = months.select(pl.all(), packed=Digits.of(place).packed(place)).sort("packed")
    return pl.concat(
        _of_grain(_periods(in_order, length), length).select(pl.lit(grain).alias("grain"), pl.all())
        for grain, length in _MONTHS.items()
    )


def together(retained: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The values of several groups of customers as those of all."""
    groups = list(retained)
    if len(groups) == 1:
        return groups[0]
    return pl.concat(groups).group_by("grain", "period_start").agg(pl.col("value_before", "value_after").sum())


def _periods(sorted_months: pl.DataFrame, length: int) -> pl.DataFrame:
    """The same of periods of so many months, still sorted by customer and period."""
    place = sorted_months.select("customer_no", period_no=pl.col("month_no") // length)
    digits = Digits.of(place)
    sums = (
        sorted_months.select("net_value", "has_ordered", packed=digits.packed(place).set_sorted())
        .group_by("packed", maintain_order=True)
        .agg(pl.col("net_value").sum(), pl.col("has_ordered").any())
    )
    return digits.unpacked(sums["packed"]).with_columns(sums["net_value"], sums["has_ordered"])


def _of_grain(periods: pl.DataFrame, length: int) -> pl.DataFrame:
    follows = (pl.col("customer_no").shift(-1) == pl.col("customer_no")) & (
        pl.col("period_no").shift(-1) == pl.col("period_no") + 1
    )
    first_month = pl.col("period_no") * length
    return (
        periods.with_columns(after=pl.when(follows).then(pl.col("net_value").shift(-1)))
        .filter("has_ordered")
        .group_by(pl.col("period_no") + 1)
        .agg(value_before=pl.col("net_value").sum(), value_after=pl.col("after").sum())
        .select(
            pl.date(first_month // 12, first_month % 12 + 1, 1).alias("period_start"), "value_before", "value_after"
        )
    )

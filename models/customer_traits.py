"""Traits of a customer: age band, high frequency, potential high value, steady, price-sensitive.

A trait is true, false, or NULL where what it is about is not known. The rules are those of docs/segments.md; of three
values as in SQL: what one condition rules out is false, whatever the others do not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

import polars as pl

from models.discrete_quantiles import discrete_quantiles

TRAITS: Final = ("high_frequency", "potential_high_value", "steady", "price_sensitive")
AGE_BANDS: Final = ("under_18", "18_30", "31_50", "51_plus", "unknown")

TOP_CATEGORY_SHARE: Final = 0.5
STEADY_ORDERS: Final = 4
STEADY_VARIATION: Final = 0.5
STEADY_LAST_GAP: Final = 1.5
PRICE_SENSITIVE_ORDERS: Final = 3
DISCOUNTED_SHARE: Final = 0.6

_FREQUENT_SHARE, _HIGH_VALUE_SHARE = Fraction(80, 100), Fraction(90, 100)
YEAR_DAYS: Final = 365


@dataclass(frozen=True)
class TraitCuts:
    """Where two of the traits begin.

    Attributes:
        frequent_from: P80 of the orders in the window, of customers with one; None where nobody has.
        high_value_from: P90 of the values of first orders of the trailing year; None where none has a value.
    """

    frequent_from: int | None
    high_value_from: Decimal | None


def trait_cuts(frequencies: pl.DataFrame, first_values: pl.DataFrame) -> TraitCuts:
    """Tonight's cuts, discrete: the smallest value whose cumulative share reaches 80 % or 90 %.

    Args:
        frequencies: orders in the window of customers with one, and how many have so many: ``value`` and ``count``.
        first_values: values of first orders of the last ``YEAR_DAYS`` days, in the same way.
    """
    frequent = discrete_quantiles(frequencies, [_FREQUENT_SHARE])
    high_value = discrete_quantiles(first_values, [_HIGH_VALUE_SHARE])
    return TraitCuts(frequent[0] if frequent else None, high_value[0] if high_value else None)


def traits(
    figures: pl.DataFrame, cuts: TraitCuts, *, has_categories: bool, has_money: bool, has_discounts: bool
) -> pl.DataFrame:
    """The rows of ``figures`` with ``age_band``, shares, ``gap_cv`` and the four traits.

    Args:
        figures: one row per known customer, of all or some: ``age`` (NULL unknown), ``orders`` and
            ``discounted_orders`` of all time, ``orders_window``, ``category_lines`` of the window and
            ``top_category_lines`` among them, ``first_order_value`` in cents, and of the gaps between order days
            ``gaps``, ``gap_sum``, ``gap_sum_of_squares``, ``median_gap_days``, ``last_gap_days`` (NULL: no gap is
            looked at).
        cuts: where traits begin.
        has_categories: whether a sold line of the window names a category; where none does, nobody's share is known.
        has_money: whether a first order's value is known.
        has_discounts: whether the shop has discounts; where not, nobody's share of them is known.
    """
    told = figures.with_columns(
        age_band=_age_band(pl.col("age")),
        high_frequency_from=pl.lit(cuts.frequent_from, pl.Int64),
        high_value_from=pl.lit(cuts.high_value_from, pl.Decimal(18, 2)),
        top_category_share=pl.col("top_category_lines") / pl.col("category_lines"),
        gap_cv=_variation(),
        discounted_orders=_where(has_discounts, pl.col("discounted_orders")),
        discounted_share=_where(
            has_discounts, pl.when(pl.col("orders") > 0).then(pl.col("discounted_orders") / pl.col("orders"))
        ),
    )
    is_frequent = pl.col("orders_window") >= pl.col("high_frequency_from")
    is_valuable = pl.col("first_order_value") >= pl.col("high_value_from")
    is_on_time = pl.col("last_gap_days") <= STEADY_LAST_GAP * pl.col("median_gap_days")
    is_even = pl.col("gap_cv") <= STEADY_VARIATION
    is_discounted = pl.col("discounted_share") >= DISCOUNTED_SHARE
    return told.with_columns(
        is_high_frequency=_where(has_categories, is_frequent & (pl.col("top_category_share") >= TOP_CATEGORY_SHARE)),
        is_potential_high_value=_where(has_money, (pl.col("orders") == 1) & is_valuable),
        is_steady=(pl.col("orders") >= STEADY_ORDERS) & is_even & is_on_time,
        is_price_sensitive=_where(has_discounts, (pl.col("orders") >= PRICE_SENSITIVE_ORDERS) & is_discounted),
    )


def _where(is_known: bool, told: pl.Expr) -> pl.Expr:
    """What is told where it is known of the shop at all, else NULL."""
    return pl.when(is_known).then(told)


def _age_band(age: pl.Expr) -> pl.Expr:
    under_18, to_30, to_50, older, unknown = (pl.lit(band) for band in AGE_BANDS)
    return (
        pl.when(age.is_null() | ~age.is_between(0, 110))
        .then(unknown)
        .when(age < 18)
        .then(under_18)
        .when(age <= 30)
        .then(to_30)
        .when(age <= 50)
        .then(to_50)
        .otherwise(older)
    )


def _variation() -> pl.Expr:
    """Coefficient of variation: standard deviation / mean of all the customer's gaps; NULL for fewer than two.

    With n gaps of sum s and sum of squares q it is sqrt(n q - s^2) / s: whole numbers up to the root.
    """
    n, s, q = pl.col("gaps"), pl.col("gap_sum"), pl.col("gap_sum_of_squares")
    return pl.when(n >= 2).then((n * q - s * s).cast(pl.Float64).sqrt() / s)

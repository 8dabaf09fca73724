"""Discrete quantiles from a histogram: exact, and equal values are never split.

A quantile here is always a value that occurs, so a customer can be shown who has it, and it is the same whatever the
order of the rows. Counting first keeps it small: a shop of millions has few distinct recencies and gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import polars as pl


def histogram(values: pl.Series) -> pl.DataFrame:
    """How often each value occurs: columns ``value`` and ``count``, one row per distinct value; NULL is left out."""
    return values.drop_nulls().alias("value").to_frame().group_by("value").agg(count=pl.len().cast(pl.Int64))


def discrete_quantiles(counts: pl.DataFrame, shares: Sequence[Fraction]) -> tuple[Any, ...]:
    """The smallest value whose cumulative share is at least each share; nothing at all where nothing was counted.

    The comparison is in whole numbers (cumulative x denominator >= numerator x n): a share of 1/5 means just that.

    Args:
        counts: columns ``value`` and ``count``, one row per distinct value.
        shares: in (0, 1].

    Examples:
        >>> counts = histogram(pl.Series([3, 1, 1, 2, 9]))
        >>> discrete_quantiles(counts, [Fraction(2, 5), Fraction(4, 5), Fraction(1)])
        (1, 3, 9)
    """
    if counts.is_empty():
        return ()
    cumulative = counts.sort("value").select("value", reached=pl.col("count").cum_sum())
    n = int(counts["count"].sum())
    return tuple(
        cumulative.filter(pl.col("reached") * share.denominator >= share.numerator * n)["value"][0] for share in shares
    )

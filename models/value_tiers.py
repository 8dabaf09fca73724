"""The customer pyramid: customers ranked by value into high, mid and low; no positive value, no tier.

A border is a rank among the customers with positive value, and a tie at a border goes up, so equal values are never
split and the figures do not depend on the order of rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import polars as pl

TIERS = ("high", "mid", "low", "none")
BASES = ("historic", "predicted")


@dataclass(frozen=True)
class TierCuts:
    """Where the tiers high and mid begin.

    Attributes:
        high_from: smallest value in the tier high, exact; None where nobody is in it.
        mid_from: smallest value in the tiers high and mid together; None where nobody is.
    """

    high_from: Decimal | None
    mid_from: Decimal | None


def tier_cuts(values: pl.Series, *, high: float, mid: float) -> TierCuts:
    """The values at ranks ceil(high x n) and ceil((high + mid) x n) of the n positive values, largest first.

    Args:
        values: exact value per customer, base currency; NULL where unknown.
        high: share of them in the tier high.
        mid: share of them in the tier mid; high + mid at most 1.

    Examples:
        >>> tier_cuts(pl.Series([9, 7, 7, 5, 0], dtype=pl.Decimal(38, 8)), high=0.2, mid=0.3).high_from
        Decimal('9.00000000')
    """
    # The shares as they are written: in binary 0.07 x 100 is a little over 7, and the ceiling would be 8.
    high_share, mid_share = Fraction(str(high)), Fraction(str(mid))
    if not (high_share >= 0 and mid_share >= 0 and high_share + mid_share <= 1):
        raise ValueError(f"tiers: high = {high} and mid = {mid}; shares with high + mid <= 1 expected")
    ranked = values.filter(values > 0).sort(descending=True)
    n = len(ranked)

    def value_at(rank: int) -> Decimal | None:
        return ranked[rank - 1] if rank else None

    return TierCuts(value_at(math.ceil(high_share * n)), value_at(math.ceil((high_share + mid_share) * n)))


def cuts_of(tiered: pl.LazyFrame) -> TierCuts:
    """The borders under which customers were placed, read from their tiers: a tier begins at its smallest value.

    Args:
        tiered: ``value`` and ``tier`` of the population; values rounded to the cent give borders rounded to the cent.
    """
    borders = tiered.select(
        high_from=pl.col("value").filter(pl.col("tier") == "high").min(),
        mid_from=pl.col("value").filter(pl.col("tier").is_in(["high", "mid"])).min(),
    ).collect()
    return TierCuts(**borders.row(0, named=True))


def tiers(values: pl.DataFrame, cuts: TierCuts) -> pl.DataFrame:
    """The rows of ``values`` with their ``tier``; zero, negative and unknown values are in the tier ``none``.

    Args:
        values: one row per customer with the exact ``value``, NULL where unknown.
        cuts: where the tiers begin.
    """
    reaches_high, reaches_mid = (
        pl.lit(False) if border is None else pl.col("value") >= border for border in (cuts.high_from, cuts.mid_from)
    )
    return values.with_columns(
        tier=pl.when(pl.col("value").is_null() | (pl.col("value") <= 0))
        .then(pl.lit("none"))
        .when(reaches_high)
        .then(pl.lit("high"))
        .when(reaches_mid)
        .then(pl.lit("mid"))
        .otherwise(pl.lit("low"))
    )

"""RFM: recency, frequency and monetary value, each scored 1..5 by quintile, and the segment of the cell.

R is days since the latest valid order, F valid orders in the window, M net value in the window. The cuts are values
that occur, so equal customers get equal scores; they are computed apart from the scoring, which takes any cuts.
Quintile scoring after Hughes (1994), Strategic Database Marketing; the grid is the one in docs/segments.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import add

import polars as pl

from models.discrete_quantiles import discrete_quantiles, histogram

SEGMENTS = (
    "champions", "loyal", "potential_loyalists", "new_customers", "promising", "need_attention",
    "about_to_sleep", "at_risk", "cant_lose_them", "hibernating", "lost",
)  # fmt: skip

MEASURES = ("recency_days", "frequency", "monetary")

CUTS = ("quantile", "frozen", "fixed")
"""How cuts are made: quintiles of the night, quintiles of a date, or given ones."""

# Rows R, columns FM 1..5: all 25 cells, so there is no "other".
GRID: dict[int, tuple[str, str, str, str, str]] = {
    5: ("new_customers", "potential_loyalists", "potential_loyalists", "champions", "champions"),
    4: ("promising", "potential_loyalists", "loyal", "loyal", "champions"),
    3: ("about_to_sleep", "need_attention", "need_attention", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "at_risk", "at_risk", "cant_lose_them"),
    1: ("lost", "lost", "at_risk", "cant_lose_them", "cant_lose_them"),
}

_QUINTILES = [Fraction(k, 5) for k in range(1, 5)]
_SEGMENT_OF_CELL = {10 * r + fm: segment for r, row in GRID.items() for fm, segment in enumerate(row, start=1)}


@dataclass(frozen=True)
class RfmCuts:
    """Where the scores change: four ascending values per measure, a value equal to a cut lying below it.

    Attributes:
        recency_days: in days; a customer beyond all four scores R = 1.
        frequency: in valid orders of the window.
        monetary: in exact base currency; empty where no customer's value is known.
    """

    recency_days: tuple[int, ...]
    frequency: tuple[int, ...]
    monetary: tuple[Decimal, ...]


def quintile_cuts(measures: pl.DataFrame) -> RfmCuts:
    """The quintile cuts of the population: the k-th is the smallest value with a cumulative share >= k/5.

    Args:
        measures: one row per customer; ``recency_days``, ``frequency`` and exact ``monetary`` (NULL where unknown,
            and then in no cut).
    """
    return RfmCuts(
        recency_days=discrete_quantiles(histogram(measures["recency_days"]), _QUINTILES),
        frequency=discrete_quantiles(histogram(measures["frequency"]), _QUINTILES),
        monetary=discrete_quantiles(histogram(measures["monetary"]), _QUINTILES),
    )


def segments(measures: pl.DataFrame, cuts: RfmCuts) -> pl.DataFrame:
    """Scores and segment of every customer: the rows of ``measures`` with ``r``, ``f``, ``m`` and ``segment``.

    A customer whose value is unknown has no ``m``, and the segment comes from R and F.

    Args:
        measures: as for :func:`quintile_cuts`; it need not be the population the cuts come from.
        cuts: where the scores change.
    """
    scored = measures.with_columns(
        r=6 - _score("recency_days", cuts.recency_days),
        f=_score("frequency", cuts.frequency),
        m=_score("monetary", cuts.monetary),
    )
    cells = scored.with_columns(fm=_fm("f", "m"))
    cell = pl.col("r").cast(pl.Int32) * 10 + pl.col("fm")
    return cells.with_columns(segment=cell.replace_strict(_SEGMENT_OF_CELL, return_dtype=pl.String)).drop("fm")


def _fm(f: str, m: str) -> pl.Expr:
    """FM, the column of the grid: (F + M) / 2 rounded half up; F alone where M is unknown."""
    return (pl.col(f) + pl.col(m).fill_null(pl.col(f)) + 1) // 2


def _score(column: str, cuts: tuple[int, ...] | tuple[Decimal, ...]) -> pl.Expr:
    """1 + the number of cuts below the value; NULL for a NULL."""
    above = [(pl.col(column) > cut).cast(pl.Int8) for cut in cuts]
    lowest = pl.when(pl.col(column).is_not_null()).then(pl.lit(1, pl.Int8))
    return reduce(add, above, lowest)

"""The business calendar: day, ISO week, month, quarter, year and total; where a period starts, ends and is complete.

Dates are business dates. An ISO week starts on Monday, so the week of 1 January may start in the year before. The
grain ``total`` is one period that ends at ``as_of``; it has no start of its own and no neighbours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

import polars as pl

# one period of each grain, as polars writes a duration
_LENGTH: Final = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}
PERIODIC: Final = tuple(_LENGTH)


def start_of(day: pl.Expr, grain: str) -> pl.Expr:
    """First day of the period the day lies in, row by row."""
    return day.dt.truncate(_length(grain))


def next_start(start: pl.Expr, grain: str) -> pl.Expr:
    """First day of the following period, given a first day."""
    return start.dt.offset_by(_length(grain))


def previous_start(start: pl.Expr, grain: str) -> pl.Expr:
    """First day of the period before, given a first day."""
    return start.dt.offset_by("-" + _length(grain))


def end_of(start: pl.Expr, grain: str) -> pl.Expr:
    """Last day of the period, given its first day."""
    return next_start(start, grain).dt.offset_by("-1d")


def by_grain(grain: pl.Expr, start: pl.Expr, step: Callable[[pl.Expr, str], pl.Expr]) -> pl.Expr:
    """The step for a column of mixed grains; null for ``total``, which has no neighbours.

    Args:
        grain: grain of the row.
        start: first day of the row's period.
        step: :func:`end_of`, :func:`next_start` or :func:`previous_start`.
    """
    return pl.coalesce(*(pl.when(grain == name).then(step(start, name)) for name in PERIODIC))


def is_complete(end: pl.Expr, delivered_until: pl.Expr, as_of: dt.date) -> pl.Expr:
    """Whether the period is over and its data are in, row by row.

    It ended on or before ``as_of``, and the newest loaded event is no more than the source's cadence short of its end.

    Args:
        end: last day of the period.
        delivered_until: newest loaded event plus the cadence; null where nothing was loaded.
        as_of: business date of the snapshot.
    """
    return ((end <= pl.lit(as_of)) & (end <= delivered_until)).fill_null(False)


def calendar(first: dt.date, last: dt.date) -> pl.DataFrame:
    """One row per day and grain: the period each day lies in.

    Args:
        first: first day listed.
        last: last day listed, inclusive.

    Returns:
        Columns day, grain, period_start, period_end, next_start, previous_start; ``total`` is not listed.

    Raises:
        ValueError: where ``last`` is before ``first``.
    """
    if last < first:
        raise ValueError(f"the calendar would end on {last}, before it starts on {first}")
    days = pl.select(day=pl.date_range(first, last, "1d", eager=False))
    return pl.concat(
        days.with_columns(grain=pl.lit(grain), period_start=start_of(pl.col("day"), grain)).with_columns(
            period_end=end_of(pl.col("period_start"), grain),
            next_start=next_start(pl.col("period_start"), grain),
            previous_start=previous_start(pl.col("period_start"), grain),
        )
        for grain in PERIODIC
    )


def _length(grain: str) -> str:
    if grain not in _LENGTH:
        raise ValueError(f"the grain {grain!r} has no calendar periods; one of {list(PERIODIC)} was expected")
    return _LENGTH[grain]

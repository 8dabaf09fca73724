"""The dates that value is looked at from: tonight, past dates that judge the models, and dates that teach them.

Every judged date needs one before it whose outcome was known by then, to teach the regression and the cohorts. Two
judged dates and one that teaches the earlier lie a horizon apart, and the earliest needs half a horizon of history:
three and a half horizons in all. Where the past is shorter, the models are judged over as many days as it holds of
these, if that is a quarter of the horizon at least: how they rank over a shorter time says more than nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

JUDGED: Final = 2
LEAST_SHARE: Final = 0.25
"""Of the horizon: what models are judged over is no shorter."""
SCHEMA: Final = pl.Schema(
    {
        "origin": pl.Date, "horizon_days": pl.Int64, "label_until": pl.Date, "taught_at": pl.Date,
        "is_judged": pl.Boolean,
    }
)  # fmt: skip


def origins(as_of: dt.date, first_order_on: dt.date | None, horizon_days: int) -> pl.DataFrame:
    """One row per date, tonight first, as of SCHEMA.

    Args:
        as_of: tonight.
        first_order_on: the shop's first; None where nobody ever ordered.
        horizon_days: H.
    """
    past = 0 if first_order_on is None else (as_of - first_order_on).days
    over = judged_over(past, horizon_days)
    has_teacher = 2 * past >= 3 * horizon_days
    rows = [_row(as_of, 0, horizon_days, horizon_days if has_teacher else None)]
    if has_teacher and over != horizon_days:
        rows.append(_row(as_of, horizon_days, horizon_days, None))
    if over:
        rows += [_row(as_of, step * over, over, (step + 1) * over) for step in range(1, JUDGED + 1)]
        rows.append(_row(as_of, (JUDGED + 1) * over, over, None))
    return pl.DataFrame(rows, schema=SCHEMA)


def _row(as_of: dt.date, ago: int, horizon_days: int, taught_ago: int | None) -> dict[str, object]:
    """The date so many days ago; a past one that has a teacher is judged."""
    origin = as_of - dt.timedelta(days=ago)
    return {
        "origin": origin,
        "horizon_days": horizon_days,
        "label_until": origin + dt.timedelta(days=horizon_days),
        "taught_at": None if taught_ago is None else as_of - dt.timedelta(days=taught_ago),
        "is_judged": ago > 0 and taught_ago is not None,
    }


def judged_over(past_days: int, horizon_days: int) -> int:
    """How many days the models are judged over; 0 where the past is too short.

    Examples:
        >>> [judged_over(past, 122) for past in (427, 426, 242, 100)]
        [122, 121, 69, 0]
    """
    over = min(horizon_days, int(past_days / (JUDGED + 1.5)))
    if over < LEAST_SHARE * horizon_days:
        return 0
    # The date a horizon ago has the whole horizon's outcome: it is none of the judged ones and their teachers.
    while over < horizon_days and horizon_days in (2 * over, 3 * over):
        over -= 1
    return over

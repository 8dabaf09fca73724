"""Horizon and window that suit a shop, read off its own gaps between orders.

The horizon H should be over when most of those who come back have come back: nine in ten gaps are no longer. The window
W should hold whoever may still come back: 99 of 100 gaps are no longer, and never less than two horizons, so that a
customer can be seen buying and silent. Both in whole weeks, so that no weekday counts more often than another.

Only gaps that ended are known. In a log hardly longer than its longest gaps, the true ones are longer, and so should
both be.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import polars as pl

from models.discrete_quantiles import discrete_quantiles

SETTINGS: Final = ("horizon_days", "window_days")
SHARES: Final = {"horizon_days": Fraction(9, 10), "window_days": Fraction(99, 100)}
LEAST_GAPS: Final = 100
SCHEMA: Final = pl.Schema(
    {
        "setting": pl.String, "configured_days": pl.Int64, "recommended_days": pl.Int64, "gap_share": pl.Float64,
        "gap_days": pl.Int64, "share_within": pl.Float64, "gaps": pl.Int64,
    }
)  # fmt: skip


def in_weeks(days: int) -> int:
    """Days rounded up to whole weeks.

    >>> in_weeks(1), in_weeks(7), in_weeks(90)
    (7, 7, 91)
    """
    return -(-days // 7) * 7


def recommended(counts: pl.DataFrame, *, horizon_days: int, window_days: int) -> pl.DataFrame:
    """One row per setting: what is configured, what the gaps speak for, and how many gaps each covers.

    Args:
        counts: the shop's gaps between consecutive order days, ``value`` in days and ``count``.
        horizon_days: H as configured.
        window_days: W as configured.

    Returns ``setting``, ``configured_days``, ``recommended_days`` (NULL with fewer than 100 gaps), ``gap_share`` (which
    quantile), ``gap_days`` (its value; NULL as before), ``share_within`` (of the gaps no longer than configured; NULL
    without one), ``gaps``.
    """
    gaps = int(counts["count"].sum())
    quantiles = discrete_quantiles(counts, [SHARES[setting] for setting in SETTINGS]) if gaps >= LEAST_GAPS else ()
    days = dict(zip(SETTINGS, (int(value) for value in quantiles), strict=False))
    configured = {"horizon_days": horizon_days, "window_days": window_days}
    advised = {setting: in_weeks(found) for setting, found in days.items()}
    if advised:
        advised["window_days"] = max(advised["window_days"], 2 * advised["horizon_days"])
    rows = [
        {
            "setting": setting,
            "configured_days": configured[setting],
            "recommended_days": advised.get(setting),
            "gap_share": float(SHARES[setting]),
            "gap_days": days.get(setting),
            "share_within": int(counts.filter(pl.col("value") <= configured[setting])["count"].sum()) / gaps
            if gaps
            else None,
            "gaps": gaps,
        }
        for setting in SETTINGS
    ]
    return pl.DataFrame(rows, schema=SCHEMA)

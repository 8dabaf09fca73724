"""Cumulative repeat orders week by week, as they came and as a fitted purchase model expects them."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import polars as pl

from models.value.purchase_process import PurchaseProcess

NOTHING: Final = pl.DataFrame(
    schema={"day": pl.Date, "actual": pl.Int64, "expected": pl.Float64, "origin": pl.Date, "model": pl.String}
)
MOST_WEEKS: Final = 260


def tracked(process: PurchaseProcess, days: pl.DataFrame, *, until: dt.date) -> pl.DataFrame:
    """``day, actual, expected``: one row per week that ends on the weekday of ``until``, the last five years.

    Args:
        process: the model, fitted in days.
        days: ``day``, ``first_orders`` (customers whose first order it is) and ``repeats`` (others who ordered).
        until: last day.
    """
    if days.is_empty():
        return NOTHING.select("day", "actual", "expected")
    begins = days["day"].min()
    assert isinstance(begins, dt.date)
    length = (until - begins).days
    weeks = np.arange(length % 7, length + 1, 7)[-MOST_WEEKS:]
    place = (days["day"] - begins).dt.total_days().to_numpy()
    first = np.bincount(place, weights=days["first_orders"].to_numpy(), minlength=length + 1)
    repeats = np.cumsum(np.bincount(place, weights=days["repeats"].to_numpy(), minlength=length + 1))
    since = process.orders_since_first(np.arange(length + 1, dtype=np.float64))
    expected = [float((first[: week + 1] * since[week::-1]).sum()) for week in weeks.tolist()]
    return pl.DataFrame(
        {
            "day": [begins + dt.timedelta(days=week) for week in weeks.tolist()],
            "actual": np.round(repeats[weeks]).astype(np.int64),
            "expected": np.round(expected, 6),
        }
    )

"""The last rung of the ladder: what became of customers who looked alike one horizon ago.

A cohort is a class of order days and a class of silence (days since the latest order). A customer is expected to do
what the average of the cohort did; those of small cohorts, heavy buyers among them, what all of such did together. So
all of the past together are expected to do about what they did. Where no past origin has an outcome yet, everybody is
expected to go on at the shop's rate of repeat order days so far, as many as a Poisson count of that mean may be; where
nobody has been observed for a day, at none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

ORDER_DAYS_FROM: Final = (1, 2, 3, 5, 10)
SILENCE_UP_TO: Final = (1 / 3, 1.0, 2.0)
"""In horizons."""
LEAST: Final = 20
"""Customers below which a cohort has no average of its own, but that of all small ones; these together, the shop's."""
LEVELS: Final = (0.1, 0.8, 0.9)


@dataclass(frozen=True)
class CohortAverage:
    """Averages of the past.

    Attributes:
        cohorts: one row per cohort: ``order_class, silence_class, orders, value, q10, q80, q90, none``, the last the
            share that did not order; value and quantiles NULL where no source has money.
        others: the same of whose cohort has no average, one row.
        horizon_days: H.
    """

    cohorts: pl.DataFrame
    others: pl.DataFrame
    horizon_days: int

    def predict(self, rows: pl.DataFrame) -> pl.DataFrame:
        """``orders, value, q10, q80, q90, none`` per row, in the order of the rows."""
        figures = self.others.columns
        found = rows.select(_classes(self.horizon_days)).join(
            self.cohorts, on=["order_class", "silence_class"], how="left", maintain_order="left"
        )
        return found.select(
            pl.coalesce(name, pl.lit(self.others[name][0], dtype=pl.Float64)).alias(name) for name in figures
        )


def learn(past: pl.DataFrame | None, present: pl.DataFrame, horizon_days: int) -> CohortAverage:
    """The averages of a past origin; the shop's rate so far where there is none.

    Args:
        past: rows of one origin with ``repeats, recency_days, age_days, future_order_days, future_value``.
        present: rows of tonight, with ``value``.
        horizon_days: H.
    """
    if past is None or past.is_empty():
        shop = _rate_so_far(present, horizon_days)
        return CohortAverage(_no_cohorts(), shop, horizon_days)
    told = past.with_columns(_classes(horizon_days), future=pl.col("future_value").cast(pl.Float64))
    cohort = ["order_class", "silence_class"]
    cohorts = told.group_by(cohort).agg(pl.len().alias("n"), *_figures()).filter(pl.col("n") >= LEAST).drop("n")
    others = told.join(cohorts, on=cohort, how="anti")
    if others.height < LEAST:
        others = told
    return CohortAverage(cohorts.sort(cohort), others.select(_figures()), horizon_days)


def _classes(horizon_days: int) -> list[pl.Expr]:
    silence = (pl.col("age_days") - pl.col("recency_days")) / horizon_days
    return [
        pl.sum_horizontal((pl.col("repeats") + 1 >= least) for least in ORDER_DAYS_FROM).alias("order_class"),
        pl.sum_horizontal((silence > most) for most in SILENCE_UP_TO).alias("silence_class"),
    ]


def _figures() -> list[pl.Expr]:
    future = pl.col("future")
    return [
        pl.col("future_order_days").mean().round(9).alias("orders"),
        future.sort().mean().round(9).alias("value"),
        *(future.quantile(level, "lower").alias(f"q{level * 100:.0f}") for level in LEVELS),
        (pl.col("future_order_days") == 0).mean().alias("none"),
    ]


def _rate_so_far(present: pl.DataFrame, horizon_days: int) -> pl.DataFrame:
    days = float(present["age_days"].sum() or 0)
    repeats = float(present["repeats"].sum() or 0)
    rate = repeats / days if days > 0 else 0.0
    order_days = repeats + present.height
    has_value = present["value"].is_not_null().any()
    per_order = max(float(present["value"].sum() or 0), 0.0) / order_days if has_value and order_days else None
    orders = rate * horizon_days
    value = None if per_order is None else orders * per_order
    none = float(np.exp(-orders))
    quantiles = {
        f"q{level * 100:.0f}": None if per_order is None else _poisson_quantile(orders, level) * per_order
        for level in LEVELS
    }
    return pl.DataFrame(
        {"orders": [orders], "value": [value], **{k: [v] for k, v in quantiles.items()}, "none": [none]}, schema=_SCHEMA
    )


def _poisson_quantile(mean: float, level: float) -> int:
    """The least count that is not exceeded with that probability."""
    from scipy.special import pdtr

    counts = np.arange(int(mean + 10.0 * mean**0.5) + 10, dtype=np.float64)
    return int(np.searchsorted(pdtr(counts, mean), level))


_SCHEMA: Final = {name: pl.Float64 for name in ("orders", "value", "q10", "q80", "q90", "none")}


def _no_cohorts() -> pl.DataFrame:
    return pl.DataFrame(schema={"order_class": pl.UInt32, "silence_class": pl.UInt32, **_SCHEMA})

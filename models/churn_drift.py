"""Drift: whether tonight's customers still look like those the models learned from, and leave as often.

Population stability index of a measure over ten bins of the past, sum of (p - q) log(p / q) (Siddiqi 2006, "Credit Risk
Scorecards", ch. 9): below 0.1 stable, up to 0.25 moderate, above that shifted. Half a customer is added to each bin, so
an empty one is no infinity.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import polars as pl

from models.churn_features import FEATURES, matrix
from models.logistic_regression import FloatArray

STATUSES: Final = ("stable", "moderate", "shifted", "too_few_data")
MODERATE_FROM, SHIFTED_FROM = 0.1, 0.25
BINS: Final = 10
LEAST_ROWS: Final = 100
MOST_ROWS: Final = 10_000


def stability_index(past: FloatArray, now: FloatArray) -> float:
    """The index of one measure; values that do not exist are a bin of their own.

    Examples:
        >>> same = np.arange(1000.0)
        >>> round(stability_index(same, same), 4), stability_index(same, same + 500) > 0.25
        (0.0, True)
    """
    known = past[~np.isnan(past)]
    edges = np.unique(np.quantile(known, np.arange(1, BINS) / BINS)) if known.size else np.zeros(0)
    p, q = (_shares(values, edges) for values in (past, now))
    return float(((q - p) * np.log(q / p)).sum())


def _shares(values: FloatArray, edges: FloatArray) -> FloatArray:
    places = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="left"))
    counts = np.bincount(places, minlength=len(edges) + 2) + 0.5
    return counts / counts.sum()


def input_drift(past: pl.DataFrame, tonight: pl.DataFrame) -> pl.DataFrame:
    """One row per feature: ``subject`` (its name), ``index``, ``status``, ``n_past``, ``n``.

    Args:
        past: the rows the models learned from.
        tonight: the rows to be scored.
    """
    before, now = (matrix(_spaced(rows)) for rows in (past, tonight))
    enough = min(past.height, tonight.height) >= LEAST_ROWS
    rows = [
        {
            "subject": feature.name,
            "index": (index := stability_index(before[feature.name].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
                                               now[feature.name].cast(pl.Float64).fill_null(float("nan")).to_numpy())),
            "status": status_of(index) if enough else "too_few_data",
            "n_past": past.height,
            "n": tonight.height,
        }
        for feature in FEATURES
        if before[feature.name].null_count() < before.height or now[feature.name].null_count() < now.height
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA)


SCHEMA: Final = pl.Schema(
    {"subject": pl.String, "index": pl.Float64, "status": pl.String, "n_past": pl.Int64, "n": pl.Int64}
)


def outcome_drift(newest: tuple[int, int], earlier: tuple[int, int]) -> dict[str, object]:
    """The row ``churned``, from (churned, customers) at the newest mature origin and at the earlier ones."""
    left, n = newest
    left_before, n_before = earlier
    p, q = ((left_before + 0.5) / (n_before + 1), (left + 0.5) / (n + 1))
    index = (q - p) * math.log(q / p) + (p - q) * math.log((1 - q) / (1 - p))
    enough = min(n, n_before) >= LEAST_ROWS
    status = status_of(index) if enough else "too_few_data"
    return {"subject": "churned", "index": index, "status": status, "n_past": n_before, "n": n}


def status_of(index: float) -> str:
    """The status of an index.

    Examples:
        >>> [status_of(index) for index in (0.02, 0.1, 0.3)]
        ['stable', 'moderate', 'shifted']
    """
    return "stable" if index < MODERATE_FROM else "moderate" if index <= SHIFTED_FROM else "shifted"


def _spaced(rows: pl.DataFrame) -> pl.DataFrame:
    """At most MOST_ROWS rows, evenly spaced in the order of origin and customer."""
    step = -(-rows.height // MOST_ROWS)
    return rows.sort("origin", "customer_id").gather_every(max(step, 1))

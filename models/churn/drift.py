"""Drift: whether tonight's customers still look like those the models learned from, and leave as often.

Population stability index of a measure over ten bins of the past, sum of (p - q) log(p / q) (Siddiqi 2006, "Credit Risk
Scorecards", ch. 9): below 0.1 stable, up to 0.25 moderate, above that shifted. Half a customer is added to each bin, so
an empty one is no infinity.

Those borders know nothing of how many were compared: of a hundred customers drawn from the past itself two thirds of
the measures reach 0.1. Of samples of N and M from one population the index is near (1 / N + 1 / M) times a chi-square
of bins - 1 degrees of freedom (Yurdakul & Naranjo 2020, "Statistical properties of the population stability index",
Journal of Risk Model Validation 14(4)). So an index of 0.1 or more that chance reaches has no verdict but
``too_few_data``; one of all measures of a night is called moved by chance in one night of twenty at most (Bonferroni).
A customer of several past dates is no witness twice: N counts customers.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import polars as pl

from models.churn.features import FEATURES, matrix
from models.logistic_regression import FloatArray

STATUSES: Final = ("stable", "moderate", "shifted", "too_few_data")
MODERATE_FROM, SHIFTED_FROM = 0.1, 0.25
BINS: Final = 10
LEAST_ROWS: Final = 100
MOST_ROWS: Final = 10_000
FALSE_ALARMS: Final = 0.05  # nights with one, where nothing moved


def beyond_chance(bins: int, n_past: int, n: int, *, subjects: int) -> float:
    """The index that none of so many measures exceeds by chance, but in one night of twenty at most.

    Args:
        bins: that any of the rows are in.
        n_past: customers learned from.
        n: customers compared with them.
        subjects: measures compared in the night.
    """
    from scipy.special import chdtri

    return (1 / n_past + 1 / n) * float(chdtri(max(bins - 1, 1), FALSE_ALARMS / subjects))


def bin_counts(past: FloatArray, now: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rows of one measure per bin, then and now: tenths of the past, and those without a value."""
    known = past[~np.isnan(past)]
    edges = np.unique(np.quantile(known, np.arange(1, BINS) / BINS)) if known.size else np.zeros(0)
    bins = len(edges) + 2
    before, after = (
        np.bincount(
            np.where(np.isnan(values), bins - 1, np.searchsorted(edges, values, side="left")), minlength=bins
        ).astype(np.float64)
        for values in (past, now)
    )
    return before, after


def stability_index(before: FloatArray, after: FloatArray) -> float:
    """The index of one measure, from its rows per bin.

    Examples:
        >>> same = np.arange(1000.0)
        >>> round(stability_index(*bin_counts(same, same)), 4), stability_index(*bin_counts(same, same + 500)) > 0.25
        (0.0, True)
    """
    p, q = ((counts + 0.5) / (counts + 0.5).sum() for counts in (before, after))
    return float(((q - p) * np.log(q / p)).sum())


def input_drift(past: pl.DataFrame, tonight: pl.DataFrame) -> pl.DataFrame:
    """One row per feature: ``subject`` (its name), ``index``, ``status``, ``n_past``, ``n``.

    Args:
        past: the rows the models learned from, with ``origin`` and ``customer_id``.
        tonight: the rows to be scored.
    """
    sampled, now_sampled = _spaced(past), _spaced(tonight)
    before, now = matrix(sampled), matrix(now_sampled)
    subjects = [
        feature.name
        for feature in FEATURES
        if before[feature.name].null_count() < before.height or now[feature.name].null_count() < now.height
    ]
    enough = min(past.height, tonight.height) >= LEAST_ROWS
    rows: list[dict[str, object]] = []
    for subject in subjects:
        then, tonights = (side[subject].cast(pl.Float64).fill_null(math.nan).to_numpy() for side in (before, now))
        counts = bin_counts(then, tonights)
        index = stability_index(*counts)
        status = "too_few_data"
        if enough:
            bins = int(np.count_nonzero(counts[0] + counts[1]))
            customers = sampled["customer_id"].n_unique()
            chance = beyond_chance(bins, customers, now_sampled.height, subjects=len(subjects))
            status = status_of(index, chance)
        rows.append({"subject": subject, "index": index, "status": status, "n_past": past.height, "n": tonight.height})
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


def status_of(index: float, chance: float = 0.0) -> str:
    """The status of an index; none of one that is no smaller than a border, but no larger than what chance reaches.

    Examples:
        >>> [status_of(index) for index in (0.02, 0.1, 0.3)]
        ['stable', 'moderate', 'shifted']
        >>> [status_of(index, chance=0.28) for index in (0.02, 0.1, 0.3)]
        ['stable', 'too_few_data', 'shifted']
    """
    if index < MODERATE_FROM:
        return "stable"
    if index <= chance:
        return "too_few_data"
    return "moderate" if index <= SHIFTED_FROM else "shifted"


def _spaced(rows: pl.DataFrame) -> pl.DataFrame:
    """At most MOST_ROWS rows, evenly spaced in the order of origin and customer."""
    step = -(-rows.height // MOST_ROWS)
    return rows.sort("origin", "customer_id").gather_every(max(step, 1))

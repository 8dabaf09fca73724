"""Intervals of a churn model's metrics: a bootstrap over customers, drawn from counts instead of rows.

At one origin a customer is one row, so customers are resampled by giving each a Poisson(1) weight (Hanley & MacGibbon
2006, Computer Methods and Programs in Biomedicine 83:57). Customers with equal risk and outcome cannot be told apart
by any metric, so their weights are drawn together: Poisson(m) for m of them. Risks are first gathered in bins of equal
size, which costs an interval nothing that can be seen, and makes it independent of the number of customers. The ends
are the fifth of 199 draws from below and from above: the (B + 1) p-th, as of Davison & Hinkley 1997, "Bootstrap Methods
and their Application", section 5.2.

A share of counted customers (precision, recall, accuracy, precision of the top decile) has Wilson's interval: where the
whole riskiest tenth left, as where most customers do, it leaves in every resample, and would do so for certain.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import polars as pl

from models.classification import DECISION_THRESHOLD, logit, sigmoid
from models.logistic_regression import BoolArray, FloatArray
from models.proportions import wilson_bounds

REPLICATES: Final = 199
BINS: Final = 100
LEVEL: Final = 0.95
LEAST_PER_OUTCOME: Final = 5  # customers; a resample of fewer often has one outcome only

Interval = tuple[float, float]


def intervals(churned: BoolArray, risk: FloatArray, figures: dict[str, float | None], seed: int) -> dict[str, Interval]:
    """The 95 % interval of each metric that is defined; none where an outcome is too rare to be resampled.

    The bootstrap's spread around its own centre is laid around the exact figure; shares have Wilson's.

    Args:
        churned: outcome per customer, shape (n,).
        risk: probability per customer, shape (n,).
        figures: the exact metrics, as of :func:`models.classification.metrics`.
        seed: of the draws; the same seed gives the same interval.
    """
    if min(int(churned.sum()), int((~churned).sum())) < LEAST_PER_OUTCOME:
        return {}
    order = np.argsort(risk, kind="stable")
    place = np.empty(risk.size, dtype=np.int64)
    ranks = np.searchsorted(risk[order], risk, side="left")  # equal risks share a bin
    place[:] = ranks * BINS // risk.size
    used, of_used = np.unique(place, return_inverse=True)
    left = np.bincount(of_used, weights=churned, minlength=used.size).astype(np.float64)
    stayed = np.bincount(of_used, weights=~churned, minlength=used.size).astype(np.float64)
    middle = np.bincount(of_used, weights=risk, minlength=used.size) / (left + stayed)
    draw = np.random.default_rng(seed)
    weights_left = draw.poisson(left, size=(REPLICATES, used.size)).astype(np.float64)
    weights_stayed = draw.poisson(stayed, size=(REPLICATES, used.size)).astype(np.float64)
    usable = (weights_left.sum(axis=1) > 0) & (weights_stayed.sum(axis=1) > 0)
    resampled = _metrics(weights_left[usable], weights_stayed[usable], middle)
    [centre] = _rows(_metrics(left[None, :], stayed[None, :], middle))
    tail = (1 - LEVEL) / 2
    found: dict[str, Interval] = {}
    for metric, values in resampled.items():
        exact = figures[metric]
        known = values[np.isfinite(values)]
        if exact is None or not known.size or not np.isfinite(centre[metric]):
            continue
        low, high = np.quantile(known, [tail, 1 - tail], method="weibull")
        found[metric] = (exact + min(float(low) - centre[metric], 0.0), exact + max(float(high) - centre[metric], 0.0))
    bounded = {metric: _bounded(metric, interval) for metric, interval in found.items()}
    return bounded | _of_shares(churned, risk, figures)


def _of_shares(churned: BoolArray, risk: FloatArray, figures: dict[str, float | None]) -> dict[str, Interval]:
    """Wilson's intervals of the metrics that are a share of so many customers."""
    trials = {
        "precision": int((risk >= DECISION_THRESHOLD).sum()),
        "recall": int(churned.sum()),
        "accuracy": churned.size,
        "precision_top_decile": math.ceil(churned.size / 10),
    }
    counted = [(metric, figures[metric], n) for metric, n in trials.items()]
    shares = pl.DataFrame(counted, schema=["metric", "share", "n"], orient="row").drop_nulls("share")
    low, high = wilson_bounds(pl.col("share") * pl.col("n"), pl.col("n"))
    ends = shares.select("metric", low=pl.min_horizontal(low, "share"), high=pl.max_horizontal(high, "share"))
    return {metric: (below, above) for metric, below, above in ends.iter_rows()}


def _bounded(metric: str, interval: Interval) -> Interval:
    """Shares and areas stay within 0..1, losses and lifts above 0."""
    low, high = interval
    if metric in ("calibration_slope", "calibration_intercept"):
        return low, high
    return max(low, 0.0), high if metric in ("log_loss", "lift_top_decile") else min(high, 1.0)


def _rows(figures: dict[str, FloatArray]) -> list[dict[str, float]]:
    size = len(next(iter(figures.values())))
    return [{metric: float(values[row]) for metric, values in figures.items()} for row in range(size)]


def _metrics(left: FloatArray, stayed: FloatArray, risk: FloatArray) -> dict[str, FloatArray]:
    """The metrics of ``models.classification`` per resample, from weights per bin of rising risk, shape (B, bins)."""
    everybody = left + stayed
    n, all_left, all_stayed = everybody.sum(axis=1), left.sum(axis=1), stayed.sum(axis=1)
    below = np.cumsum(stayed, axis=1) - stayed
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {"roc_auc": (left * (below + stayed / 2)).sum(axis=1) / (all_left * all_stayed)}
        found["pr_auc_churn"] = _average_precision(left[:, ::-1], everybody[:, ::-1])
        found["pr_auc_buy"] = _average_precision(stayed, everybody)
        predicted = risk >= DECISION_THRESHOLD
        right, told = left[:, predicted].sum(axis=1), everybody[:, predicted].sum(axis=1)
        found["precision"], found["recall"] = right / told, right / all_left
        found["f1"] = 2 * right / (told + all_left)
        found["accuracy"] = (right + stayed[:, ~predicted].sum(axis=1)) / n
        found["brier"] = (left * (1 - risk) ** 2 + stayed * risk**2).sum(axis=1) / n
        held = np.clip(risk, 1e-9, 1 - 1e-9)
        found["log_loss"] = -(left * np.log(held) + stayed * np.log1p(-held)).sum(axis=1) / n
        found["calibration_slope"], found["calibration_intercept"] = _calibration(left, everybody, logit(risk))
        chosen = np.ceil(n / 10)
        above = np.cumsum(everybody[:, ::-1], axis=1)[:, ::-1] - everybody
        share = np.clip((chosen[:, None] - above) / np.maximum(everybody, 1e-12), 0.0, 1.0)
        caught = (left * share).sum(axis=1)
        found["precision_top_decile"], found["recall_top_decile"] = caught / chosen, caught / all_left
        found["f1_top_decile"] = 2 * caught / (chosen + all_left)
        found["lift_top_decile"] = found["precision_top_decile"] / (all_left / n)
    return found


def _average_precision(hits: FloatArray, everybody: FloatArray) -> FloatArray:
    """Sum over bins, best first, of precision down to the bin times the recall the bin adds."""
    precision = np.cumsum(hits, axis=1) / np.maximum(np.cumsum(everybody, axis=1), 1e-12)
    return (precision * hits).sum(axis=1) / hits.sum(axis=1)


def _calibration(left: FloatArray, everybody: FloatArray, logits: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Slope of the outcome on the logit, and the intercept at slope 1, by Newton's method for all resamples at once."""
    rows = len(left)
    slope, level, intercept = np.ones(rows), np.zeros(rows), np.zeros(rows)
    for _ in range(8):
        p = sigmoid(level[:, None] + slope[:, None] * logits)
        rest, weight = left - everybody * p, everybody * p * (1 - p)
        a, b, c = weight.sum(axis=1), (weight * logits).sum(axis=1), (weight * logits**2).sum(axis=1)
        u, v = rest.sum(axis=1), (rest * logits).sum(axis=1)
        bottom = np.where(a * c - b * b > 1e-9, a * c - b * b, np.inf)
        level, slope = level + (c * u - b * v) / bottom, slope + (a * v - b * u) / bottom
        q = sigmoid(intercept[:, None] + logits)
        intercept = intercept + (left - everybody * q).sum(axis=1) / np.maximum(
            (everybody * q * (1 - q)).sum(axis=1), 1e-9
        )
    return slope, intercept

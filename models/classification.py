"""How good predicted probabilities are: the metrics of a binary outcome, and one model against another.

``churned`` is the outcome (True: no valid order in the horizon) and ``risk`` the predicted probability of it, both one
value per customer. A figure that does not exist (one class only, nobody predicted) is None, never NaN.
Precision-recall curves are scikit-learn's, which is imported inside the function because it takes seconds to load; the
other figures are a line each, and a night asks for some thousand of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl

from models import logistic_regression
from models.logistic_regression import BoolArray, FloatArray
from models.proportions import wilson_bounds

DECISION_THRESHOLD = 0.5
THRESHOLD_METRICS = ("precision", "recall", "f1", "accuracy")
METRICS = (
    "roc_auc", "pr_auc_churn", "pr_auc_buy", "precision", "recall", "f1", "accuracy", "brier", "log_loss",
    "calibration_slope", "calibration_intercept", "lift_top_decile", "precision_top_decile", "recall_top_decile",
    "f1_top_decile",
)  # fmt: skip


def metrics(churned: BoolArray, risk: FloatArray, *, threshold: float = DECISION_THRESHOLD) -> dict[str, float | None]:
    """Every metric by its id, in the order of METRICS; None where it is undefined.

    Args:
        churned: outcome per customer, shape (n,).
        risk: predicted probability of churn, shape (n,), each in 0..1.
        threshold: a customer of at least this risk counts as predicted to churn (precision, recall, f1, accuracy).

    Raises:
        ValueError: where the arrays differ in length or a risk is not a probability.

    Examples:
        >>> found = metrics(np.array([True, False, True, False]), np.array([0.9, 0.2, 0.6, 0.4]))
        >>> found["roc_auc"], found["accuracy"], round(found["brier"], 4), found["calibration_slope"]
        (1.0, 1.0, 0.0925, None)
    """
    if churned.shape != risk.shape or churned.ndim != 1:
        raise ValueError(f"{churned.shape} outcomes and {risk.shape} risks; one of each per customer expected")
    if not bool(np.all((risk >= 0) & (risk <= 1))):
        raise ValueError("some risks are not in 0..1")
    if churned.size == 0:
        return dict.fromkeys(METRICS)
    found = loss_and_auc(churned, risk) | _precision_recall(churned, risk) | _decisions(churned, risk >= threshold)
    found |= {"brier": float(np.mean((risk - churned) ** 2))} | _calibration(churned, risk) | _top_decile(churned, risk)
    return {metric: found[metric] for metric in METRICS}


def _precision_recall(churned: BoolArray, risk: FloatArray) -> dict[str, float | None]:
    """Areas under the precision-recall curves of either outcome; they compare classes, so both must be there."""
    scores: Any = import_module("sklearn.metrics")
    if churned.all() or not churned.any():
        return {"pr_auc_churn": None, "pr_auc_buy": None}
    return {
        "pr_auc_churn": float(scores.average_precision_score(churned, risk)),
        "pr_auc_buy": float(scores.average_precision_score(~churned, -risk)),
    }


def loss_and_auc(churned: BoolArray, risk: FloatArray) -> dict[str, float | None]:
    """``log_loss`` and ``roc_auc`` alone, as of :func:`metrics`, for whoever needs no more.

    The loss is in nats, with risks held a rounding error away from 0 and 1.
    """
    if churned.size == 0:
        return {"log_loss": None, "roc_auc": None}
    held = np.clip(risk, np.finfo(np.float64).eps, 1 - np.finfo(np.float64).eps)
    loss = float(-np.mean(np.where(churned, np.log(held), np.log1p(-held))))
    if churned.all() or not churned.any():
        return {"log_loss": loss, "roc_auc": None}
    return {"log_loss": loss, "roc_auc": float(_placements(churned, risk)[churned].mean())}


def _decisions(churned: BoolArray, predicted: BoolArray) -> dict[str, float | None]:
    """Precision needs somebody predicted, recall somebody who churned, F1 either of them."""
    right, told, left = int((churned & predicted).sum()), int(predicted.sum()), int(churned.sum())
    return {
        "precision": right / told if told else None,
        "recall": right / left if left else None,
        "f1": 2 * right / (told + left) if told + left else None,
        "accuracy": float((churned == predicted).mean()),
    }


def _calibration(churned: BoolArray, risk: FloatArray) -> dict[str, float | None]:
    """Slope of the outcome on logit(risk), 1 if calibrated (Cox 1958), and the intercept at slope 1, 0 if calibrated.

    The intercept is "calibration in the large": how far all risks lie below what happened, in logits (Van Calster et
    al. 2019, BMC Medicine 17:230). The slope does not exist where one risk splits the classes or all risks are equal.
    Logits within a millionth of each other do not keep it from being split: the slope would hang on the order of rows.
    """
    from scipy.optimize import brentq

    if churned.all() or not churned.any():
        return {"calibration_slope": None, "calibration_intercept": None}
    logits = logit(risk)

    def excess(intercept: float) -> float:
        return float(np.mean(sigmoid(logits + intercept)) - np.mean(churned))

    # The mean of the shifted risks rises from 0 to 1 between shifts larger than any logit, so the root is bracketed.
    reach = float(np.abs(logits).max()) + math.log(4 * churned.size)
    intercept = float(brentq(excess, -reach, reach, xtol=1e-12))
    left, stayed = (np.round(logits[which], 6) for which in (churned, ~churned))
    split = bool(left.min() >= stayed.max() or left.max() <= stayed.min())
    if split:
        return {"calibration_slope": None, "calibration_intercept": intercept}
    centre, spread = float(logits.mean()), float(logits.std())
    standardised = ((logits - centre) / spread)[:, None]
    fitted = logistic_regression.fit(standardised, churned, strength=math.inf)
    slope = None if fitted is None else fitted.slopes[0] / spread
    return {"calibration_slope": slope, "calibration_intercept": intercept}


def _top_decile(churned: BoolArray, risk: FloatArray) -> dict[str, float | None]:
    """The ceil(n / 10) customers of highest risk: share who churned, its ratio to everybody's, part of all churn.

    Customers tied at the border count with equal fractions, so the figure does not depend on the order of rows.
    """
    chosen = math.ceil(churned.size / 10)
    border = float(np.sort(risk)[-chosen])
    above, tied = risk > border, risk == border
    places_left = chosen - int(above.sum())
    churned_chosen = float(churned[above].sum() + places_left * churned[tied].mean())
    everybody = int(churned.sum())
    precision = churned_chosen / chosen
    return {
        "precision_top_decile": precision,
        "lift_top_decile": precision / (everybody / churned.size) if everybody else None,
        "recall_top_decile": churned_chosen / everybody if everybody else None,
        "f1_top_decile": 2 * churned_chosen / (chosen + everybody),
    }


def logit(risk: FloatArray) -> FloatArray:
    """log(p / (1 - p)), with p held within 1e-9 of 0 and 1."""
    held = np.clip(risk, 1e-9, 1 - 1e-9)
    return np.log(held) - np.log1p(-held)


def sigmoid(logits: FloatArray) -> FloatArray:
    """1 / (1 + exp(-x)), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * logits))


def calibration_bins(
    churned: BoolArray, risk: FloatArray, customers: Sequence[object] | pl.Series | None = None
) -> pl.DataFrame:
    """Predicted against observed churn: one row per tenth of the predictions, lowest risk first.

    Columns: ``bin`` (from 1), ``n``, ``mean_risk``, ``churned`` (count), ``observed`` (share), ``low`` and ``high``
    (95 % interval of the share; Wilson 1927). Equal risks share a bin, so there may be fewer than ten.

    A customer who was predicted at several dates is no independent witness each time, least of all where the horizons
    overlap: counts are divided by the design effect before they enter the interval (Rao & Scott 1992, "A Simple Method
    for the Analysis of Clustered Binary Data", Biometrics 48:577). Where all churned or none did, it is that of
    customers who always do the same.

    Args:
        churned: outcome per prediction, shape (n,).
        risk: predicted probability per prediction, shape (n,).
        customers: whom each prediction is of; everybody once unless given.
    """
    rank = np.searchsorted(np.sort(risk), risk, side="left")
    whose = range(risk.size) if customers is None else customers
    numbered = pl.DataFrame(
        {"place": rank * 10 // max(risk.size, 1), "customer": whose, "risk": risk, "churned": churned}
    )
    counted = numbered.group_by("place").agg(
        n=pl.len().cast(pl.Int64),
        mean_risk=pl.col("risk").sort().mean(),
        churned=pl.col("churned").sum().cast(pl.Int64),
    )
    of_a_customer = numbered.group_by("place", "customer").agg(
        n=pl.len().cast(pl.Int64), churned=pl.col("churned").sum().cast(pl.Int64)
    )
    x, m = pl.col("churned"), pl.col("n")
    squares = of_a_customer.group_by("place").agg(
        customers=pl.len(), xx=(x * x).sum(), xm=(x * m).sum(), mm=(m * m).sum()
    )
    shares = counted.join(squares, on="place").sort("place").with_columns(observed=x / m)
    p, n = pl.col("observed"), pl.col("n")
    # Rao & Scott 1992, section 2: the variance of a ratio over customers, over the binomial one; 1 where each is there
    # once, as their factor m / (m - 1) is left out
    spread = pl.col("xx") - 2 * p * pl.col("xm") + p**2 * pl.col("mm")
    clustered = spread / (n * p * (1 - p))
    is_told = p.is_between(0, 1, closed="none") & (pl.col("customers") > 1)
    design_effect = pl.when(is_told).then(clustered).otherwise(n / pl.col("customers")).clip(lower_bound=1.0)
    low, high = wilson_bounds(pl.col("churned") / design_effect, n / design_effect)
    return shares.with_row_index("bin", offset=1).select(
        pl.col("bin").cast(pl.Int64), "n", "mean_risk", "churned", "observed", low=low, high=high
    )


@dataclass(frozen=True)
class PairedDifference:
    """A model's figure less its rival's on the same customers, with a 95 % interval.

    Attributes:
        estimate: mean over origins of the difference.
        low: lower end of the interval.
        high: upper end.
        customers: distinct customers behind it.
        origins: origins averaged.
    """

    estimate: float
    low: float
    high: float
    customers: int
    origins: int


def auc_difference(judged: pl.DataFrame) -> PairedDifference | None:
    """ROC-AUC of ``risk`` less that of ``baseline``, averaged over origins; None where no origin has both classes.

    The variance is DeLong's for paired curves (DeLong, DeLong & Clarke-Pearson 1988, eq. 3-5), with the placements of
    one customer at several origins summed before squaring, because a customer is no independent witness twice
    (Obuchowski 1997, Biometrics 53:567, section 2). Nothing is drawn at random.

    Args:
        judged: one row per origin and customer: ``origin``, ``customer_id``, ``churned``, ``risk``, ``baseline``.
    """
    measured = [
        (found, rows["customer_id"])
        for _, rows in judged.sort("origin", "customer_id").group_by("origin", maintain_order=True)
        if (found := _auc_influence(*(rows[name].to_numpy() for name in ("churned", "risk", "baseline")))) is not None
    ]
    if not measured:
        return None
    origins = len(measured)
    estimate = sum(difference for (difference, _), _ in measured) / origins
    shares = pl.DataFrame(
        {
            "customer_id": pl.concat([customers for _, customers in measured]),
            "influence": np.concatenate([influence for (_, influence), _ in measured]) / origins,
        }
    )
    per_customer = shares.group_by("customer_id", maintain_order=True).agg(pl.col("influence").sum())["influence"]
    clusters = per_customer.len()
    inflation = clusters / max(clusters - 1, 1)
    half = NormalDist().inv_cdf(0.975) * math.sqrt(inflation * float((per_customer**2).sum()))
    return PairedDifference(estimate, estimate - half, estimate + half, clusters, origins)


def _auc_influence(churned: BoolArray, risk: FloatArray, baseline: FloatArray) -> tuple[float, FloatArray] | None:
    """The difference of the AUCs at one origin and what each customer adds to its error; None for a single class."""
    if churned.all() or not churned.any():
        return None
    placed, placed_baseline = _placements(churned, risk), _placements(churned, baseline)
    difference = placed - placed_baseline
    estimate = float(difference[churned].mean())
    per_class = np.where(churned, float(churned.sum()), float((~churned).sum()))
    return estimate, (difference - estimate) / per_class


def _placements(churned: BoolArray, risk: FloatArray) -> FloatArray:
    """Share of the other class that each customer is ranked correctly against, ties half; DeLong's V10 and V01.

    By mid-ranks (Sun & Xu 2014, IEEE Signal Processing Letters 21:1389), so in n log n. The mean over either class is
    the AUC.
    """
    from scipy.stats import rankdata

    placed: FloatArray = np.empty(risk.size)
    overall = np.asarray(rankdata(risk), dtype=np.float64)
    stayed = ~churned
    placed[churned] = (overall[churned] - np.asarray(rankdata(risk[churned]))) / stayed.sum()
    placed[stayed] = 1 - (overall[stayed] - np.asarray(rankdata(risk[stayed]))) / churned.sum()
    return placed


def mean_of_defined(values: Sequence[float | None]) -> float | None:
    """The mean of the values that exist; None where none does."""
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None

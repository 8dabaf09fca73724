"""Published predictions that came due: what was said, what happened, and whether the naive rule would have done better.

Each release is judged once, when its horizon is over, by deciles of the risk it published. It lost where the recency
rule, published beside it, had the lower log loss by more than chance. Releases of neighbouring nights judge nearly the
same days, so losses count as repeated only where they span four weeks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from models.classification import metrics
from models.logistic_regression import BoolArray, FloatArray
from models.proportions import normal_quantile, wilson_bounds

OUTCOMES: Final = ("won", "even", "lost", "rule")
LOSSES: Final = 3
SPAN_DAYS: Final = 28
LEAST_CUSTOMERS: Final = 50

WHOLE: Final = 0  # the decile that stands for everybody
FIGURES: Final = ("roc_auc", "log_loss", "brier", "calibration_slope", "calibration_intercept")
SCHEMA: Final = pl.Schema(
    {
        "decile": pl.Int64, "n": pl.Int64, "mean_risk": pl.Float64, "churned": pl.Int64, "observed": pl.Float64,
        "low": pl.Float64, "high": pl.Float64, "lift": pl.Float64, **dict.fromkeys(FIGURES, pl.Float64),
        "baseline_roc_auc": pl.Float64, "baseline_log_loss": pl.Float64, "outcome": pl.String,
    }
)  # fmt: skip


def judged(published: pl.DataFrame, *, is_rule: bool) -> pl.DataFrame:
    """One release held to what happened: the row of everybody (decile 0), then each decile, highest risk first.

    Equal risks share a decile, the first that one of them reaches: there may be fewer than ten, of unequal size.

    Args:
        published: one row per customer: ``churn_risk``, ``baseline_risk``, ``churned``.
        is_rule: the release published the rule itself, which has no rival.
    """
    rows = published.sort("churn_risk", "baseline_risk", "churned", descending=True)  # no sum hangs on anybody's name
    if rows.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    churned, risk, rival = (rows[name].to_numpy() for name in ("churned", "churn_risk", "baseline_risk"))
    own, other = metrics(churned, risk), metrics(churned, rival)
    riskier = pl.col("churn_risk").rank("min", descending=True).cast(pl.Int64) - 1
    numbered = rows.with_columns(decile=riskier * 10 // pl.len() + 1)
    counted = pl.concat([numbered, numbered.with_columns(decile=pl.lit(WHOLE, pl.Int64))]).group_by("decile").agg(
        n=pl.len().cast(pl.Int64),
        mean_risk=pl.col("churn_risk").sort().mean(),
        churned=pl.col("churned").sum().cast(pl.Int64),
    )  # fmt: skip
    low, high = wilson_bounds(pl.col("churned"), pl.col("n"))
    overall = float(churned.mean())
    observed = pl.col("churned") / pl.col("n")
    is_whole = pl.col("decile") == WHOLE
    told = {**{name: own[name] for name in FIGURES}, "baseline_roc_auc": other["roc_auc"]}
    told["baseline_log_loss"] = other["log_loss"]
    outcome = "rule" if is_rule else against_rule(churned, risk, rival)
    return (
        counted.with_columns(
            observed=observed,
            low=low,
            high=high,
            lift=observed / overall if overall else pl.lit(None, pl.Float64),
            **{name: pl.when(is_whole).then(pl.lit(value, pl.Float64)) for name, value in told.items()},
            outcome=pl.when(is_whole).then(pl.lit(outcome)),
        )
        .select(SCHEMA.names())
        .sort("decile")
    )


def against_rule(churned: BoolArray, risk: FloatArray, rival: FloatArray) -> str:
    """``won`` or ``lost`` where the 95 % interval of the mean difference in log loss leaves out 0, else ``even``."""
    if churned.size < LEAST_CUSTOMERS:
        return "even"
    difference = _loss(churned, risk) - _loss(churned, rival)
    half = normal_quantile(0.95) * float(difference.std(ddof=1)) / np.sqrt(churned.size)
    middle = float(difference.mean())
    return "won" if middle + half < 0 else "lost" if middle - half > 0 else "even"


def _loss(churned: BoolArray, risk: FloatArray) -> FloatArray:
    held = np.clip(risk, 1e-6, 1 - 1e-6)
    return -np.where(churned, np.log(held), np.log1p(-held))


@dataclass(frozen=True)
class Standing:
    """How the published scores have done lately.

    Attributes:
        losses: releases in a row, the newest that came due last, that lost to the rule.
        since: date of the first of them; None without one.
        is_fallback: they are so many, over so long, that the rule is to be published.
    """

    losses: int
    since: dt.date | None
    is_fallback: bool


def standing(outcomes: Sequence[tuple[dt.date, str]]) -> Standing:
    """The standing after these releases, by date and outcome.

    Examples:
        >>> day = dt.date(2024, 1, 1)
        >>> standing([(day, "lost"), (day + dt.timedelta(14), "lost"), (day + dt.timedelta(28), "lost")]).is_fallback
        True
        >>> standing([(day, "lost"), (day + dt.timedelta(28), "won")]).losses
        0
    """
    losses: list[dt.date] = []
    for predicted_on, outcome in sorted(outcomes, reverse=True):
        if outcome != "lost":
            break
        losses.append(predicted_on)
    if not losses:
        return Standing(0, None, False)
    spans = (losses[0] - losses[-1]).days >= SPAN_DAYS
    return Standing(len(losses), losses[-1], len(losses) >= LOSSES and spans)

"""How the models did out of time: every metric beside the recency rule's, with its interval, and by segment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from models.churn.intervals import intervals
from models.churn.learning import beside_rule
from models.churn.lesson import RULE
from models.classification import DECISION_THRESHOLD, THRESHOLD_METRICS, calibration_bins, metrics

SCOPES: Final = ("all", "order_history", "tier", "channel")
LEAST_CUSTOMERS: Final = 30  # of a segment: what fewer say is chance
MOST_VALUES: Final = 8  # of a segment's column, the largest ones

PREDICTION_SCHEMA: Final = pl.Schema(
    {
        "model": pl.String, "origin": pl.Date, "customer_id": pl.String, "churned": pl.Boolean,
        "churn_risk": pl.Float64, "order_history": pl.String, "tier": pl.String, "channel": pl.String,
    }
)  # fmt: skip
EVALUATION_SCHEMA: Final = pl.Schema(
    {
        "model": pl.String, "origin": pl.Date, "metric": pl.String, "scope": pl.String, "scope_value": pl.String,
        "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "baseline_value": pl.Float64,
        "threshold": pl.Float64, "n": pl.Int64, "is_published": pl.Boolean,
    }
)  # fmt: skip
CALIBRATION_SCHEMA: Final = pl.Schema(
    {
        "model": pl.String, "bin": pl.Int64, "n": pl.Int64, "mean_risk": pl.Float64, "churned": pl.Int64,
        "observed": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    }
)  # fmt: skip


def evaluation(predictions: pl.DataFrame, published: str) -> pl.DataFrame:
    """Every metric of every model at every judged origin; of the published one by segment, too.

    Args:
        predictions: of PREDICTION_SCHEMA; the segments are what each customer was at the origin, NULL where unknown.
        published: the model whose scores are published.

    Returns one row per model, origin, metric and scope value: ``value`` with ``low`` and ``high`` (95 %, bootstrap over
    customers; NULL where undefined), the rule's ``baseline_value`` on the same customers, ``threshold``, ``n``.
    """
    rows: list[dict[str, Any]] = []
    rules: dict[tuple[Any, str, str], dict[str, float | None]] = {}
    for model in (RULE, *(name for name in predictions["model"].unique().sort().to_list() if name != RULE)):
        for (origin,), judged in beside_rule(predictions, str(model)).group_by(["origin"], maintain_order=True):
            for scope, scope_value, crowd in _crowds(judged, by_segment=model in (published, RULE)):
                at = (origin, scope, scope_value)
                own = metrics(crowd["churned"].to_numpy(), crowd["risk"].to_numpy())
                if model == RULE:
                    rules[at] = own
                if scope == "all" or model == published:
                    rows += _lines(str(model), at, crowd, own, rules[at], model == published)
    return pl.DataFrame(rows, schema=EVALUATION_SCHEMA).sort("model", "origin", "scope", "scope_value", "metric")


def _crowds(judged: pl.DataFrame, *, by_segment: bool) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """Scope, its value and the customers in it: everybody, then the largest values of each segment's column."""
    yield "all", "all", judged
    for scope in SCOPES[1:] if by_segment else ():
        counted = judged.group_by(scope).len().drop_nulls().sort(["len", scope], descending=[True, False])
        for value, n in counted.head(MOST_VALUES).rows():
            if n >= LEAST_CUSTOMERS and counted.height > 1:
                yield scope, value, judged.filter(pl.col(scope) == value)


def _lines(
    model: str,
    at: tuple[Any, str, str],
    crowd: pl.DataFrame,
    own: dict[str, float | None],
    rule: dict[str, float | None],
    is_published: bool,
) -> list[dict[str, Any]]:
    origin, scope, scope_value = at
    assert isinstance(origin, dt.date)
    churned, risk = crowd["churned"].to_numpy(), crowd["risk"].to_numpy()
    spread = intervals(churned, risk, own, seed=origin.toordinal())
    return [
        {
            "model": model,
            "origin": origin,
            "metric": metric,
            "scope": scope,
            "scope_value": scope_value,
            "value": value,
            "low": spread[metric][0] if metric in spread else None,
            "high": spread[metric][1] if metric in spread else None,
            "baseline_value": rule[metric],
            "threshold": DECISION_THRESHOLD if metric in THRESHOLD_METRICS else None,
            "n": crowd.height,
            "is_published": is_published,
        }
        for metric, value in own.items()
    ]


def calibration(predictions: pl.DataFrame) -> pl.DataFrame:
    """Predicted against observed churn per model, all judged origins pooled: one row per model and bin of risk.

    Columns as of :func:`models.classification.calibration_bins`, after ``model``.
    """
    per_model = [
        calibration_bins(rows["churned"].to_numpy(), rows["churn_risk"].to_numpy(), rows["customer_id"]).select(
            pl.lit(model, pl.String).alias("model"), pl.all()
        )
        for (model,), rows in predictions.sort("model", "origin", "customer_id").group_by(
            ["model"], maintain_order=True
        )
    ]
    return pl.concat(per_model) if per_model else pl.DataFrame(schema=CALIBRATION_SCHEMA)

"""Which model's value to publish: the one asked for, or the one that did best out of time.

``auto`` takes the model of the lowest mean rank over the metrics and judged dates, among those that could be judged and
that stand on a certified fit; BG/NBD with covariates is among them where some are configured. The last rung is the
cohort average, which needs no fit.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from models.choices import Choice, Clause, clause
from models.maximum_likelihood import Certificate
from models.value.customer_value import VALUE_MODELS, Taught
from models.value.metrics import METRICS, metrics
from models.value.purchase_covariates import NAME as COVARIATES_MODEL

DEFAULT_ORDER: Final = ("bg_nbd", "mbg_nbd", "pareto_nbd", "cohort_average")
NOBODY_APART: Final = "the covariates tell no customers apart"
SMALLER_IS_BETTER: Final = ("mae", "rmse", "bias")

EVALUATION_SCHEMA: Final = pl.Schema(
    {
        "model": pl.String, "origin": pl.Date, "metric": pl.String, "value": pl.Float64, "baseline_value": pl.Float64,
        "n": pl.Int64,
    }
)  # fmt: skip
PREDICTION_SCHEMA: Final = pl.Schema(
    {
        "model": pl.String, "origin": pl.Date, "customer_id": pl.String, "predicted_orders": pl.Float64,
        "actual_orders": pl.Float64, "last_orders": pl.Float64, "predicted_value": pl.Float64,
        "actual_value": pl.Float64, "last_value": pl.Float64,
    }
)  # fmt: skip


def judged_figures(predictions: pl.DataFrame) -> tuple[str, str, str]:
    """The columns to judge by, predicted, actual and of the last period: money, or orders where there is none."""
    subject = "value" if predictions["actual_value"].is_not_null().any() else "orders"
    return f"predicted_{subject}", f"actual_{subject}", f"last_{subject}"


def evaluation(predictions: pl.DataFrame) -> pl.DataFrame:
    """Every metric of every model at every judged origin, beside the naive rule that the last period repeats itself.

    Args:
        predictions: one row per model, origin and customer, as of PREDICTION_SCHEMA.
    """
    if predictions.is_empty():
        return pl.DataFrame(schema=EVALUATION_SCHEMA)
    predicted, actual, last = judged_figures(predictions)
    rows = [
        {
            "model": model, "origin": origin, "metric": metric, "value": value, "baseline_value": naive[metric],
            "n": judged.height,
        }
        for (model, origin), judged in predictions.sort("model", "origin", "customer_id").group_by(
            ["model", "origin"], maintain_order=True
        )
        for happened in [judged[actual].to_numpy()]
        for naive in [metrics(happened, judged[last].to_numpy())]
        for metric, value in metrics(happened, judged[predicted].to_numpy()).items()
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=EVALUATION_SCHEMA)


def choose(asked: str, taught: Taught, evaluated: pl.DataFrame, *, judged_over: int | None = None) -> Choice:
    """The model to publish tonight.

    Args:
        asked: ``auto`` or a model's id.
        taught: what was learned tonight.
        evaluated: rows of :func:`evaluation`.
        judged_over: days that the models were judged over, where the past is too short for the horizon.
    """
    able = taught.able()
    doubts = {name: fit.certificate for name, fit in taught.processes.items() if not fit.certificate.holds}
    if asked != "auto":
        return _as_named(asked, able, doubts)
    trusted = [name for name in able if name not in doubts]
    ranks = mean_ranks(evaluated.filter(pl.col("model").is_in(trusted)))
    aside = "".join(f"; {name} is not certified: {doubt.reason}" for name, doubt in doubts.items())
    asides = [_doubted(name, doubt) for name, doubt in doubts.items()]
    if taught.covariates and COVARIATES_MODEL not in able:
        aside += f"; {COVARIATES_MODEL} is left out: {NOBODY_APART}"
        asides.append(clause("nobody_apart", model=COVARIATES_MODEL))
    if ranks:
        best = min(ranks, key=lambda name: (ranks[name], VALUE_MODELS.index(name)))
        others = ", ".join(f"{name} {rank:.1f}" for name, rank in ranks.items() if name != best)
        against = f" against {others}" if others else ""
        over = f" over {judged_over} days, as far as the past reaches" if judged_over else ""
        said = f"{best} did best out of time{over}: mean rank {ranks[best]:.1f}{against}{aside}."
        return Choice(best, said, (clause("best", model=best, ranks=ranks, days=judged_over), *asides))
    first = next(name for name in DEFAULT_ORDER if name in trusted)
    said = f"There is too little past to judge any model, so {first} is used{aside}."
    return Choice(first, said, (clause("first_of_ladder", model=first), *asides))


def _as_named(asked: str, able: tuple[str, ...], doubts: dict[str, Certificate]) -> Choice:
    named = f"{asked} is named in the configuration"
    if asked not in able:
        rung = next(name for name in DEFAULT_ORDER if name in able and name not in doubts)
        if asked == COVARIATES_MODEL:
            lack, says = NOBODY_APART, "named_nobody_apart"
        else:
            lack, says = "the past is too short to teach it", "named_past_too_small"
        return Choice(rung, f"{named}, but {lack}.", (clause(says, model=asked),))
    if asked in doubts:
        doubted = f"{named}, though it is not certified: {doubts[asked].reason}."
        return Choice(asked, doubted, (clause("named", model=asked), _doubted(asked, doubts[asked])))
    return Choice(asked, f"{named}.", (clause("named", model=asked),))


def _doubted(model: str, doubt: Certificate) -> Clause:
    """What the certificate lacks, with the figures of all its parts."""
    return clause(
        "not_certified",
        model=model,
        lacks=doubt.lacks,
        parameters=list(doubt.on_boundary),
        agreeing=doubt.starts_agreeing,
        starts=doubt.starts,
    )


def mean_ranks(evaluated: pl.DataFrame) -> dict[str, float]:
    """Mean rank per model over origins and metrics, 1 the best; only models judged wherever any was."""
    defined = evaluated.filter(pl.col("value").is_not_null())
    if defined.is_empty():
        return {}
    fullest = defined.group_by("model").len()
    complete = fullest.filter(pl.col("len") == pl.col("len").max())["model"]
    badness = pl.when(pl.col("metric").is_in(SMALLER_IS_BETTER)).then(pl.col("value").abs()).otherwise(-pl.col("value"))
    ranked = (
        defined.filter(pl.col("model").is_in(complete.to_list()), pl.col("metric").is_in(METRICS))
        .with_columns(rank=badness.rank("average").over("origin", "metric"))
        .group_by("model")
        .agg(pl.col("rank").mean())
        .sort("model")
    )
    return dict(zip(ranked["model"].to_list(), np.round(ranked["rank"].to_numpy(), 6).tolist(), strict=True))

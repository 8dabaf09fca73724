"""Churn risk: P(no valid order in the next H days), learned from past dates whose outcome is known.

An *origin* is a date from which the horizon is looked into. It is mature on a night when its horizon is over, and only
mature origins teach or judge. A judged origin is scored by models that learned from origins mature by then, so the
judgement repeats what the night would have done. The naive rival is the recency rule; a model that does not beat it
there is not published, the rule is.

What a model learns from and what it gives: ``models.churn.lesson``. Rows are frames as described by
``models.churn.features`` (one per origin and customer) with the outcome ``churned``. A further model is one more entry
in :func:`learn_all`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from models.choices import Choice, Clause, clause
from models.churn.lesson import RULE, FloatArray, Judged, Lesson

RISK_BANDS = ("low", "medium", "high")
CHURN_MODELS = ("blend", "boosting", "logistic", "mbg_nbd", "overdue_rule", "recency_rule")
PUBLISHABLE: Final = ("blend", "logistic")  # beside the rule; the other parts and rules are there to be compared with

STEP_DAYS = 30  # origins a month apart: closer ones repeat the same customers' same horizon
MOST_ORIGINS = 12  # at the default horizon a year, so that every season of it teaches
JUDGED_ORIGINS = 3
LEARNING_ROWS = 50_000
JUDGED_LEARNING_ROWS = 15_000  # what is judged may learn from less: it only errs on the side of the rule
JUDGED_ROWS = 5_000  # per origin: enough for an AUC to less than a hundredth


def learn_all(lesson: Lesson) -> dict[str, Judged]:
    """Every model and rule that can be learned, by name; the rules always can."""
    from models.churn import blend, overdue_rule, recency_rule

    return {
        **blend.learn(lesson),
        "overdue_rule": overdue_rule.learn(lesson.past),
        RULE: recency_rule.learn(lesson.past),
    }


def origins(first_order_on: dt.date | None, as_of: dt.date, horizon_days: int) -> tuple[dt.date, ...]:
    """The mature origins of a night, newest first: a month (a third of a longer horizon) apart.

    They lie on the days whose proleptic ordinal is a multiple of that step, so consecutive nights have the same ones
    until another is mature: what is learned from them does not change with every night. An origin needs a horizon's
    length of history behind it: before that, a customer's silence says nothing.

    Args:
        first_order_on: date of the oldest valid order; None where there is none.
        as_of: business date of the night.
        horizon_days: H, in days.

    Examples:
        >>> for as_of in (dt.date(2011, 7, 22), dt.date(2011, 8, 20), dt.date(2011, 8, 21)):
        ...     print(*(f"{origin:%d %b}" for origin in origins(dt.date(2011, 1, 1), as_of, 90)))
        23 Apr
        23 Apr
        23 May 23 Apr
    """
    if first_order_on is None:
        return ()
    step = max(STEP_DAYS, -(-horizon_days // 3))
    latest = as_of - dt.timedelta(days=horizon_days)
    newest = latest - dt.timedelta(days=latest.toordinal() % step)
    back = [newest - dt.timedelta(days=step * k) for k in range(MOST_ORIGINS)]
    return tuple(origin for origin in back if (origin - first_order_on).days >= horizon_days)


def learned_on(mature_origins: Sequence[dt.date], as_of: dt.date, horizon_days: int) -> dt.date:
    """The day up to which the night's models know anything: on it the newest mature origin came due.

    Where none is mature, ``as_of``: there is only the rule, which has learned nothing.
    """
    return max(mature_origins) + dt.timedelta(days=horizon_days) if mature_origins else as_of


def mature(candidates: Sequence[dt.date], on: dt.date, horizon_days: int) -> tuple[dt.date, ...]:
    """Those origins whose horizon is over on the date."""
    return tuple(origin for origin in candidates if origin + dt.timedelta(days=horizon_days) <= on)


def judged_origins(candidates: Sequence[dt.date], horizon_days: int) -> tuple[dt.date, ...]:
    """The newest origins that have something to learn from: at least one other was mature by then."""
    able = [origin for origin in sorted(candidates, reverse=True) if mature(candidates, origin, horizon_days)]
    return tuple(able[:JUDGED_ORIGINS])


def sample_sizes(mature_origins: Sequence[dt.date], as_of: dt.date, horizon_days: int) -> dict[dt.date, set[int]]:
    """How many customers are drawn at each origin, tonight's too: to teach, equally many of each, and to be judged.

    Examples:
        >>> past = origins(dt.date(2011, 1, 1), dt.date(2011, 11, 1), 90)
        >>> for origin, sizes in sample_sizes(past, dt.date(2011, 11, 1), 90).items():
        ...     print(f"{origin:%d %b}", *sorted(sizes))
        01 Nov 5000
        22 Jul 3750 5000 12500
        22 Jun 3750 12500
        23 May 3750 12500
        23 Apr 3750 12500 15000
    """
    judged = judged_origins(mature_origins, horizon_days)
    sizes: dict[dt.date, set[int]] = {origin: set() for origin in (as_of, *mature_origins)}
    lessons = [(as_of, LEARNING_ROWS), (as_of, JUDGED_LEARNING_ROWS), *((at, JUDGED_LEARNING_ROWS) for at in judged)]
    for at, most in lessons:
        teaching = mature(mature_origins, at, horizon_days)
        for origin in teaching:
            sizes[origin].add(most // len(teaching))
    for origin in (as_of, *judged):
        sizes[origin].add(JUDGED_ROWS)
    return sizes


def risk_band(risk: FloatArray, cuts: tuple[float, float]) -> pl.Series:
    """The band of each risk: medium from the first cut, high from the second.

    Examples:
        >>> risk_band(np.array([0.39, 0.4, 0.7]), (0.4, 0.7)).to_list()
        ['low', 'medium', 'high']
    """
    place = np.searchsorted(np.asarray(cuts), risk, side="right")
    return pl.Series("risk_band", [RISK_BANDS[int(index)] for index in place], dtype=pl.String)


def predict(models: Mapping[str, Judged], present: pl.DataFrame) -> pl.DataFrame:
    """What every model says of the customers at one origin, beside what they did.

    Returns one row per model and customer: ``model``, ``origin``, ``customer_id``, ``churned``, ``churn_risk``.
    """
    judged = present.sort("customer_id")
    said = [
        judged.select(
            pl.lit(name).alias("model"),
            "origin",
            "customer_id",
            "churned",
            pl.Series("churn_risk", model.risk(judged), dtype=pl.Float64),
        )
        for name, model in models.items()
    ]
    return pl.concat(said)


@dataclass(frozen=True)
class Verdict:
    """One model against the recency rule over the judged origins; means of the origins' figures.

    Attributes:
        model: id of the model.
        origins: origins judged.
        predictions: predictions judged, over all origins.
        customers: distinct customers among them.
        log_loss: mean log loss in nats.
        baseline_log_loss: the rule's.
        roc_auc: mean area under the ROC curve; None where no origin has both outcomes.
        baseline_roc_auc: the rule's.
        auc_gain: roc_auc less the rule's.
        auc_gain_low: lower end of its 95 % interval, clustered by customer.
        auc_gain_high: upper end.
        beats_rule: lower log loss, and an AUC gain whose whole interval is above zero.
    """

    model: str
    origins: int
    predictions: int
    customers: int
    log_loss: float
    baseline_log_loss: float
    roc_auc: float | None
    baseline_roc_auc: float | None
    auc_gain: float | None
    auc_gain_low: float | None
    auc_gain_high: float | None
    beats_rule: bool


def verdicts(predictions: pl.DataFrame) -> tuple[Verdict, ...]:
    """Every model but the rule against the rule, on the predictions of :func:`predict` over the judged origins.

    A model is compared at the origins where it could learn.
    """
    rule = beside_rule(predictions.filter(pl.col("model") == RULE))
    models = predictions.filter(pl.col("model") != RULE)["model"].unique().sort().to_list()
    return tuple(
        _verdict(str(model), beside_rule(predictions.filter(pl.col("model").is_in([model, RULE])), str(model)))
        for model in models
        if rule.height
    )


def beside_rule(predictions: pl.DataFrame, model: str = RULE) -> pl.DataFrame:
    """The model's predictions with the rule's for the same customer and origin as ``baseline``, and it as ``risk``."""
    key = ["origin", "customer_id"]
    rule = predictions.filter(pl.col("model") == RULE).select(*key, baseline="churn_risk")
    said = predictions.filter(pl.col("model") == model).rename({"churn_risk": "risk"})
    return said.join(rule, on=key, how="inner").sort(key)


def _verdict(model: str, judged: pl.DataFrame) -> Verdict:
    from models.classification import auc_difference, loss_and_auc, mean_of_defined

    per_origin = [
        (
            loss_and_auc(rows["churned"].to_numpy(), rows["risk"].to_numpy()),
            loss_and_auc(rows["churned"].to_numpy(), rows["baseline"].to_numpy()),
        )
        for _, rows in judged.group_by("origin", maintain_order=True)
    ]
    loss = mean_of_defined([own["log_loss"] for own, _ in per_origin])
    rule_loss = mean_of_defined([rule["log_loss"] for _, rule in per_origin])
    if loss is None or rule_loss is None:
        raise ValueError(f"{model}: no prediction to judge; at least one row per origin expected")
    gain = auc_difference(judged)
    return Verdict(
        model=model,
        origins=len(per_origin),
        predictions=judged.height,
        customers=judged["customer_id"].n_unique(),
        log_loss=loss,
        baseline_log_loss=rule_loss,
        roc_auc=mean_of_defined([own["roc_auc"] for own, _ in per_origin]),
        baseline_roc_auc=mean_of_defined([rule["roc_auc"] for _, rule in per_origin]),
        auc_gain=None if gain is None else gain.estimate,
        auc_gain_low=None if gain is None else gain.low,
        auc_gain_high=None if gain is None else gain.high,
        beats_rule=loss < rule_loss and gain is not None and gain.low > 0,
    )


def choose(asked: str, found: Sequence[Verdict]) -> Choice:
    """The model to publish: the one asked for by name, or for ``auto`` the best of those that beat the rule.

    A model that could not be judged at any origin is not published, whoever asks: there is too little to learn from.

    Raises:
        ValueError: where the model asked for is not one this version can learn.
    """
    if asked not in ("auto", *PUBLISHABLE, RULE):
        raise ValueError(f"churn model {asked!r} is not available; auto or one of {[*PUBLISHABLE, RULE]} expected")
    if asked == RULE:
        return Choice(RULE, "The rule is named in the configuration.", (clause("rule_named"),))
    if not any(verdict.model in PUBLISHABLE for verdict in found):
        little = "There is too little past to learn and judge anything better, so the rule is published."
        return Choice(RULE, little, (clause("rule_for_want_of_past"),))
    if asked != "auto":
        named = next((verdict for verdict in found if verdict.model == asked), None)
        if named is None:
            small = f"{asked} is named in the configuration, but the past is too small to learn it."
            return Choice(RULE, small, (clause("named_past_too_small", model=asked),))
        said = f"{asked} is named in the configuration: {_figures(named)}."
        return Choice(asked, said, (_clause("named_judged", named),))
    found = [verdict for verdict in found if verdict.model in PUBLISHABLE]
    winners = [verdict for verdict in found if verdict.beats_rule]
    if winners:
        best = min(winners, key=lambda verdict: (verdict.log_loss, verdict.model))
        said = f"{best.model} beat the rule out of time: {_figures(best)}."
        return Choice(best.model, said, (_clause("beat_rule", best),))
    nearest = min(found, key=lambda verdict: (verdict.log_loss, verdict.model))
    said = f"No model was distinguishably better than the rule out of time: {_figures(nearest)}."
    return Choice(RULE, said, (_clause("none_better", nearest),))


def after_losses(choice: Choice, found: Sequence[Verdict], predictions: pl.DataFrame) -> Choice:
    """The rule where the best model lost to it again and again at the judged origins, and that it did; else the choice.

    Args:
        choice: what :func:`choose` made of the verdicts.
        found: the verdicts, as of :func:`verdicts`.
        predictions: as of :func:`predict`, over the judged origins.
    """
    from models.churn.due import against_rule, standing

    able = [verdict for verdict in found if verdict.model in PUBLISHABLE]
    if not able:
        return choice
    best = min(able, key=lambda verdict: (verdict.log_loss, verdict.model)).model
    outcomes = [
        (rows["origin"][0], against_rule(*(rows[name].to_numpy() for name in ("churned", "risk", "baseline"))))
        for _, rows in beside_rule(predictions, best).group_by("origin", maintain_order=True)
    ]
    history = standing(outcomes)
    if not history.is_fallback:
        return choice
    return Choice(
        RULE,
        f"Fallback: from {history.since} on {best} lost to the rule at the last {history.losses} dates that came due, "
        f"so the rule is published. {choice.reason}",
        (clause("fallback", model=best, since=str(history.since), losses=history.losses), *choice.because),
    )


def feature_hash() -> str:
    """SHA-256 of the feature dictionary."""
    from models.churn.features import dictionary_hash

    return dictionary_hash()


def data_hash(past: pl.DataFrame) -> str:
    """SHA-256 of the rows learned from: their features and outcomes, whatever order they came in."""
    from models.churn.features import matrix

    ordered = past.sort("origin", "customer_id")
    digest = hashlib.sha256(matrix(ordered).to_numpy().astype(np.float64).tobytes())
    digest.update(ordered["churned"].fill_null(value=False).to_numpy().astype(np.uint8).tobytes())
    return digest.hexdigest()


def _clause(says: str, verdict: Verdict) -> Clause:
    return clause(
        says,
        model=verdict.model,
        gain=verdict.auc_gain,
        low=verdict.auc_gain_low,
        high=verdict.auc_gain_high,
        log_loss=verdict.log_loss,
        rule=verdict.baseline_log_loss,
        origins=verdict.origins,
    )


def _figures(verdict: Verdict) -> str:
    gain = (
        "no AUC, one outcome only"
        if verdict.auc_gain is None
        else f"AUC gain {verdict.auc_gain:.3f} ({verdict.auc_gain_low:.3f} to {verdict.auc_gain_high:.3f})"
    )
    return f"{gain}, log loss {verdict.log_loss:.3f} against {verdict.baseline_log_loss:.3f}, origins {verdict.origins}"

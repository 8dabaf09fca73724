"""Churn risk: what was known at past dates, what models would have said there, which one to publish, tonight's scores.

    orders, customer_days, order_lines, survey_responses
        -> churn_origins -> churn_activity, churn_samples (assets.churn_samples)
        -> churn_features -> churn_learned -> churn_predictions -> churn_choice
        -> churn_scores, churn_models, model_evaluation, churn_calibration, churn_importance, churn_rules, churn_drift,
           churn_windows

Models are learned at each judged origin, and for tonight on the day the newest origin came due; they are kept as
artefacts until one more is due, and whatever scores loads them by their hash. The choice, the evaluation and the
calibration are read from the predictions at past origins.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from importlib import resources
from pathlib import Path

import polars as pl

from assets.churn_rows import judged_origins, learned_on, lesson, lesson_rows, mature_origins, rows_in_chunks, rows_of
from assets.churn_samples import losses
from assets.facts import first_order_on
from assets.kept_frames import kept_frame, made_of
from assets.night import Night, no_rows, table
from assets.statements import Amendment, Query
from assets.tables import (
    CHURN_ACTIVITY,
    CHURN_CALIBRATION,
    CHURN_CHOICE,
    CHURN_DRIFT,
    CHURN_FEATURES,
    CHURN_IMPORTANCE,
    CHURN_LEARNED,
    CHURN_MODELS,
    CHURN_ORIGINS,
    CHURN_PREDICTIONS,
    CHURN_RULES,
    CHURN_SAMPLES,
    CHURN_SCORES,
    CHURN_WINDOWS,
    CUSTOMER_DAYS,
    MODEL_EVALUATION,
    ORDER_LINES,
    ORDER_STEPS,
    ORDERS,
    SURVEY_RESPONSES,
    VALUE_EVALUATION,
)
from models import value_tiers
from models.churn import learning
from models.churn.lesson import RULE, ChurnModel, Judged
from models.classification import METRICS

PLACES_AT_ONCE = 750_000  # customers described together
MODEL_SOURCES = (
    "churn/", "logistic_regression", "classification", "value/beta_geometric_nbd", "maximum_likelihood",
    "value/dropout_integrals", "fitted_parameters", "value/purchase_histories", "discrete_quantiles", "proportions",
    "choices",
)  # fmt: skip
"""What learns and scores, by the beginning of its path in ``models``: all that the first of it leads to."""


@table(CHURN_ORIGINS, reads=(ORDERS,), kinds=("polars",))
def churn_origins(night: Night) -> pl.DataFrame:
    """The night itself and the past dates whose horizon is over by it; one row per origin."""
    horizon = dt.timedelta(days=night.configuration.measures.horizon_days)
    dates = [night.as_of, *learning.origins(first_order_on(night), night.as_of, horizon.days)]
    return pl.DataFrame({"origin": dates, "label_until": [date + horizon for date in dates]})


@table(CHURN_FEATURES, reads=(ORDERS, CUSTOMER_DAYS, ORDER_LINES, SURVEY_RESPONSES, CHURN_ORIGINS, CHURN_SAMPLES))
def churn_features(night: Night) -> Amendment:
    """What was known at each origin of the customers looked at from it; one row per origin and customer.

    They are described so many customers at a time: what grouping and joining them holds in memory does not grow with
    the shop.
    """
    night.warehouse.write_out()
    places = int(night.warehouse.scalar("select coalesce(max(place), 0) from churn_samples"))
    parts = tuple(
        "create or replace temp view samples_to_describe as "
        f"select * from churn_samples where place between {first} and {first + PLACES_AT_ONCE - 1}"
        for first in range(1, max(places, 1) + 1, PLACES_AT_ONCE)
    )
    return Amendment(None, night.query("churn_features.sql").joined_as_written(), parts)


@table(CHURN_LEARNED, reads=(CHURN_FEATURES, CHURN_ACTIVITY, CHURN_SAMPLES, ORDERS), kinds=("scikitlearn",))
def churn_learned(night: Night) -> pl.DataFrame:
    """Every model as learned at the judged origins and, for tonight, when the newest came due; one row each and model.

    At each origin the models learn only from origins whose horizon was over by then. Where all that a model would be
    learned from and with is as it was when the table was last written, the model is kept.
    """
    horizon_days = night.configuration.measures.horizon_days
    mature = mature_origins(night)
    tonight = learning.learned_on(mature, night.as_of, horizon_days)
    before = _learned_before(night)
    learned: list[pl.DataFrame] = []
    for origin in (tonight, *learning.judged_origins(mature, horizon_days)):
        most = learning.LEARNING_ROWS if origin == tonight else learning.JUDGED_LEARNING_ROWS
        past = lesson_rows(night, mature, origin, most)
        of = _made_of(night, past, origin)
        kept = before.filter(pl.col("origin") == origin, pl.col("made_of") == of)
        learned.append(_learned(night, past, origin, of) if kept.is_empty() else kept)
    return pl.concat(learned)


def _learned(night: Night, past: pl.DataFrame, origin: dt.date, of: str) -> pl.DataFrame:
    from models.churn import artefact

    known = lesson(night, past, origin)
    models = {
        name: (model.version, artefact.written(model))  # pyright: ignore[reportArgumentType]
        for name, model in learning.learn_all(known).items()
    }
    source = {
        "data_hash": learning.data_hash(past),
        "rows": past.height,
        "customers": past["customer_id"].n_unique(),
        "origins": past["origin"].n_unique(),
        "made_of": of,
    }
    return pl.DataFrame(
        [
            {"origin": origin, "model": name, "model_version": version, "artefact": text}
            | {"sha256": artefact.sha256_of(text), **source}
            for name, (version, text) in models.items()
        ]
    )


def _learned_before(night: Night) -> pl.DataFrame:
    """The table as it was last written, whichever night that was for; nothing where it does not say of what."""
    nothing = no_rows(CHURN_LEARNED)
    if not night.warehouse.has(CHURN_LEARNED.name):
        return nothing
    found = night.warehouse.frame(f"select * from {CHURN_LEARNED.name}")
    return found if found.columns == nothing.columns else nothing


def _made_of(night: Night, past: pl.DataFrame, origin: dt.date) -> str:
    """Hash of everything a lesson's models are a function of, the code and the libraries among it.

    Of the purchase histories it is the orders they come from: so many, whose hashes sum to so much, in any order.
    """
    orders = night.warehouse.rows(
        """select count(*), sum(hash(customer_id, ordered_on)) from orders
        where customer_id is not null and ordered_on <= $origin and valid_from <= $origin
            and (voided_on is null or voided_on > $origin)""",
        {"origin": origin},
    )
    return made_of(past, horizon_days=night.configuration.measures.horizon_days, orders=orders)


@table(CHURN_PREDICTIONS, reads=(CHURN_FEATURES, CHURN_ACTIVITY, CHURN_SAMPLES, CHURN_LEARNED), kinds=("polars",))
def churn_predictions(night: Night) -> pl.DataFrame:
    """What each model would have said at past origins; one row per model, origin and customer."""
    said: list[pl.DataFrame] = []
    for origin in judged_origins(night):
        present = rows_of(night, origin, learning.JUDGED_ROWS)
        said.append(learning.predict(_models(night, origin), present).join(_segments(night, present), on="customer_id"))
    return pl.concat(said) if said else pl.DataFrame(schema=_prediction_schema())


@table(CHURN_CHOICE, reads=(CHURN_PREDICTIONS,), kinds=("polars",))
def churn_choice(night: Night) -> pl.DataFrame:
    """The model to publish and why; one row.

    Past dates are scored again as their own night would have, so nothing that was published is looked at: the choice is
    a function of the data. Where a model lost to the rule at date after date, the row says so.
    """
    asked = night.configuration.measures.churn.model
    predictions = _predictions(night)
    verdicts = learning.verdicts(predictions)
    choice = learning.choose(asked, verdicts)
    if asked == "auto":
        choice = learning.after_losses(choice, verdicts, predictions)
    return pl.DataFrame({"model": [choice.model], "reason": [choice.reason], "because": [json.dumps(choice.because)]})


@table(CHURN_SCORES, reads=(CHURN_FEATURES, CHURN_LEARNED, CHURN_CHOICE), kinds=("scikitlearn",))
def churn_scores(night: Night) -> Amendment:
    """Tonight's churn risk with its reasons; one row per customer with a valid order in the window.

    Customers are scored some at a time, so that neither their features nor their reasons are all in memory.
    """
    models = _models(night, learned_on(night))
    rule = models[RULE]
    model = models.get(_chosen(night), rule)
    chunks = rows_in_chunks(night, night.as_of)
    return night.warehouse.gathered(CHURN_SCORES, (_scored(night, model, rule, customers) for customers in chunks))


def _scored(night: Night, model: Judged, rule: Judged, customers: pl.DataFrame) -> pl.DataFrame:
    measures = night.configuration.measures
    risk = model.risk(customers)
    scored = customers.select(
        "customer_id",
        pl.lit(night.as_of).alias("as_of"),
        pl.lit(measures.horizon_days).alias("horizon_days"),
        pl.Series("churn_risk", risk, dtype=pl.Float64),
        learning.risk_band(risk, measures.churn.risk_bands),
        pl.Series("baseline_risk", rule.risk(customers), dtype=pl.Float64),
        pl.lit(model.name).alias("model"),
        pl.lit(model.version).alias("model_version"),
        pl.lit(_reason(night)).alias("model_reason"),
        pl.lit(night.as_of + dt.timedelta(days=measures.horizon_days)).alias("due_on"),
    )
    assert isinstance(model, ChurnModel)
    return scored.hstack(model.reasons(customers, window_days=measures.window_days))


@table(CHURN_MODELS, reads=(CHURN_LEARNED, CHURN_CHOICE, MODEL_EVALUATION), kinds=("polars",))
def churn_models(night: Night) -> pl.DataFrame:
    """The model behind tonight's scores: its card and its artefact; one row."""
    measures = night.configuration.measures
    learned = night.warehouse.frame(
        "select * from churn_learned where origin = $origin and model = (select model from churn_choice)",
        {"origin": learned_on(night)},
    )
    [row] = learned.rows(named=True)
    figures = night.warehouse.rows(
        """select metric, avg(value), avg(low), avg(high), avg(baseline_value), count(*)
        from model_evaluation
        where is_published and scope = 'all' and list_contains($metrics, metric) group by metric order by metric""",
        {"metrics": list(METRICS)},
    )
    card = {
        "model": row["model"],
        "predicts": f"no valid order in the {measures.horizon_days} days after as_of, "
        f"of customers with a valid order in the {measures.window_days} days up to it",
        "chosen": _reason(night),
        "learned_from": {name: row[name] for name in ("rows", "customers", "origins", "data_hash")}
        | {"until": row["origin"].isoformat()},
        "judged_out_of_time": {
            metric: {"mean": value, "low": low, "high": high, "recency_rule": rule, "origins": origins}
            for metric, value, low, high, rule, origins in figures
        },
        "known_limits": [
            "One-time buyers are hard to tell apart: see the scope order_history in model_evaluation.",
            "Reasons say what moved the score, not what would change the customer's mind.",
        ],
    }
    return learned.select(
        "model",
        pl.lit(night.as_of).alias("as_of"),
        pl.col("origin").alias("learned_on"),
        "model_version",
        "sha256",
        "data_hash",
        pl.lit(learning.feature_hash()).alias("feature_hash"),
        pl.lit(_code_hash()).alias("code_hash"),
        "rows",
        "customers",
        "origins",
        pl.lit(json.dumps(card, sort_keys=True, ensure_ascii=False)).alias("card"),
        "artefact",
    )


@table(MODEL_EVALUATION, reads=(CHURN_PREDICTIONS, CHURN_CHOICE, VALUE_EVALUATION), kinds=("scikitlearn",))
def model_evaluation(night: Night) -> pl.DataFrame:
    """How each model did out of time beside the recency rule; one row per model, origin, metric and scope value."""
    from models.churn import evaluation

    predictions, chosen = _predictions(night), _chosen(night)
    judged = kept_frame(
        night.warehouse,
        "churn_evaluation",
        made_of(predictions, chosen=chosen),
        lambda: evaluation.evaluation(predictions, chosen),
    )
    of_churn = judged.with_columns(
        as_of=pl.lit(night.as_of),
        horizon_days=pl.lit(night.configuration.measures.horizon_days),
    )
    of_value = night.warehouse.frame("select * from value_evaluation")
    of_everybody = of_value.with_columns(scope=pl.lit("all"), scope_value=pl.lit("all"))
    return pl.concat((of_churn, of_everybody), how="diagonal_relaxed")


@table(CHURN_CALIBRATION, reads=(CHURN_PREDICTIONS, CHURN_CHOICE), kinds=("polars",))
def churn_calibration(night: Night) -> pl.DataFrame:
    """Predicted against observed churn; one row per model and bin of risk."""
    from models.churn import evaluation

    bins = evaluation.calibration(_predictions(night))
    return bins.with_columns(is_published=pl.col("model") == _chosen(night))


@table(
    CHURN_IMPORTANCE,
    reads=(CHURN_FEATURES, CHURN_ACTIVITY, CHURN_SAMPLES, CHURN_LEARNED, CHURN_CHOICE),
    kinds=("polars",),
)
def churn_importance(night: Night) -> pl.DataFrame:
    """What the published model leans on, at the newest judged origin; one row per theme and feature."""
    from models.churn import importance as permutation
    from models.churn.blend import ChurnBlend

    found = pl.DataFrame(schema=permutation.SCHEMA)
    origins = judged_origins(night)
    model = _models(night, origins[0]).get(_chosen(night)) if origins else None
    if isinstance(model, ChurnBlend):
        rows, seed = rows_of(night, origins[0], learning.JUDGED_ROWS), origins[0].toordinal()
        found = kept_frame(
            night.warehouse,
            "churn_importance",
            made_of(rows, model=model.name, version=model.version, seed=seed),
            lambda: permutation.importance(model, rows, seed),
        )
    return found.with_columns(
        as_of=pl.lit(night.as_of),
        model=pl.lit(_chosen(night)),
        origin=pl.lit(origins[0] if origins else None, pl.Date),
    )


@table(CHURN_RULES, reads=(CHURN_FEATURES, CHURN_ACTIVITY, CHURN_SAMPLES), kinds=("scikitlearn",))
def churn_rules(night: Night) -> pl.DataFrame:
    """A readable rule for every customer, validated at the newest judged origin; one row per rule."""
    from models.churn import rules

    mature = mature_origins(night)
    judged = learning.judged_origins(mature, night.configuration.measures.horizon_days)
    past = lesson_rows(night, mature, judged[0] if judged else night.as_of, learning.JUDGED_LEARNING_ROWS)
    judging = rows_of(night, judged[0], learning.JUDGED_ROWS) if judged else past.clear()
    asked = night.query("churn_rows.sql", origin=night.as_of)
    tonight = Query(f"select {', '.join(rules.MEASURED_COLUMNS)} from ({asked.sql})", asked.parameters)
    found = rules.judged(rules.grow(past), past, judging, rules.measures(night.warehouse.frame(tonight)))
    return found.with_columns(as_of=pl.lit(night.as_of), origin=pl.lit(judged[0] if judged else None, pl.Date))


@table(CHURN_DRIFT, reads=(CHURN_FEATURES, CHURN_ACTIVITY, CHURN_SAMPLES), kinds=("polars",))
def churn_drift(night: Night) -> pl.DataFrame:
    """Whether tonight's customers look like those learned from, and leave as often; one row per feature and outcome."""
    from models.churn import drift

    mature = mature_origins(night)
    found = pl.DataFrame(schema=drift.SCHEMA)
    if mature:
        found = drift.input_drift(
            lesson_rows(night, mature, night.as_of, learning.JUDGED_LEARNING_ROWS),
            rows_of(night, night.as_of, learning.JUDGED_ROWS),
        )
        newest, *earlier = [(lost, customers) for customers, lost in losses(night).values() if customers]
        if earlier:
            lost, customers = (sum(counted) for counted in zip(*earlier, strict=True))
            outcome = drift.outcome_drift(newest=newest, earlier=(lost, customers))
            found = pl.concat([found, pl.DataFrame([outcome], schema=drift.SCHEMA)])
    return found.with_columns(as_of=pl.lit(night.as_of))


@table(CHURN_WINDOWS, reads=(ORDER_STEPS,), kinds=("duckdb", "polars"))
def churn_windows(night: Night) -> pl.DataFrame:
    """Horizon and window beside those that the shop's own gaps speak for; one row per setting."""
    from models.churn import windows

    measures = night.configuration.measures
    found = windows.recommended(
        night.frame("lifecycle_gaps.sql"), horizon_days=measures.horizon_days, window_days=measures.window_days
    )
    return found.with_columns(as_of=pl.lit(night.as_of))


def _models(night: Night, origin: dt.date) -> dict[str, Judged]:
    """The models as learned at the origin, by name; an artefact that is not what was kept is refused."""
    from models.churn import artefact

    kept = night.warehouse.rows(
        "select model, artefact, sha256 from churn_learned where origin = $origin order by model", {"origin": origin}
    )
    return {name: artefact.loaded(text, sha256) for name, text, sha256 in kept}


def _segments(night: Night, present: pl.DataFrame) -> pl.DataFrame:
    """What each customer was at the origin: one-time or repeat buyer, value tier, main channel."""
    tiers = night.configuration.measures.tiers
    valued = present.select("customer_id", "order_days", "main_channel", value="net_value_window")
    cuts = value_tiers.tier_cuts(valued["value"], high=tiers.high, mid=tiers.mid)
    return value_tiers.tiers(valued, cuts).select(
        "customer_id",
        pl.when(pl.col("order_days") == 1).then(pl.lit("one_time")).otherwise(pl.lit("repeat")).alias("order_history"),
        "tier",
        channel="main_channel",
    )


def _prediction_schema() -> pl.Schema:
    from models.churn.evaluation import PREDICTION_SCHEMA

    return PREDICTION_SCHEMA


def _code_hash() -> str:
    """SHA-256 of the modules that learn and score."""
    root = Path(str(resources.files("models")))
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        if path.relative_to(root).as_posix().startswith(MODEL_SOURCES):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _predictions(night: Night) -> pl.DataFrame:
    return night.warehouse.frame("select * from churn_predictions order by model, origin, customer_id")


def _reason(night: Night) -> str:
    return str(night.warehouse.scalar("select reason from churn_choice"))


def _chosen(night: Night) -> str:
    return str(night.warehouse.scalar("select model from churn_choice"))

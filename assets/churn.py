"""Churn risk: what was known at past dates, what models would have said there, which one to publish, tonight's scores.

    orders, customer_days -> churn_origins -> churn_features -> churn_predictions -> churn_choice
                          -> churn_scores, model_evaluation, churn_calibration

The predictions at past origins are made once; the choice, the evaluation and the calibration are read from them. The
model that is published learns once more, from every mature origin, where it scores.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import polars as pl

from assets.night import Night, table
from assets.tables import (
    CHURN_CALIBRATION,
    CHURN_CHOICE,
    CHURN_FEATURES,
    CHURN_ORIGINS,
    CHURN_PREDICTIONS,
    CHURN_SCORES,
    CUSTOMER_DAYS,
    MODEL_EVALUATION,
    ORDER_LINES,
    ORDERS,
    SURVEY_RESPONSES,
)
from assets.warehouse import Query
from models import churn


@table(CHURN_ORIGINS, reads=(ORDERS,), kinds=("polars",))
def churn_origins(night: Night) -> pl.DataFrame:
    """The night itself and the past dates whose horizon is over by it; one row per origin."""
    first_order_on = night.warehouse.scalar(
        "select min(ordered_on) from orders where valid_from is not null and customer_id is not null"
    )
    horizon = dt.timedelta(days=night.configuration.measures.horizon_days)
    dates = [night.as_of, *churn.origins(first_order_on, night.as_of, horizon.days)]
    return pl.DataFrame(
        {
            "origin": dates,
            "label_until": [date + horizon for date in dates],
        }
    )


@table(CHURN_FEATURES, reads=(ORDERS, CUSTOMER_DAYS, ORDER_LINES, SURVEY_RESPONSES, CHURN_ORIGINS))
def churn_features(night: Night) -> Query:
    """What was known at each origin of the customers active by then; one row per origin and customer."""
    return night.query("churn_features.sql")


@table(CHURN_PREDICTIONS, reads=(CHURN_FEATURES, ORDERS), kinds=("scikitlearn",))
def churn_predictions(night: Night) -> pl.DataFrame:
    """What each model would have said at past origins; one row per model, origin and customer.

    At each judged origin the models learn only from origins whose horizon was over by then.
    """
    horizon_days = night.configuration.measures.horizon_days
    mature = _mature_origins(night)
    said = [
        churn.predict(churn.learn_all(lesson(night, mature, origin)), rows_of(night, origin, churn.JUDGED_ROWS))
        for origin in churn.judged_origins(mature, horizon_days)
    ]
    return pl.concat(said) if said else pl.DataFrame(schema=churn.PREDICTION_SCHEMA)


@table(CHURN_CHOICE, reads=(CHURN_PREDICTIONS,), kinds=("polars",))
def churn_choice(night: Night) -> pl.DataFrame:
    """The model to publish and why; one row."""
    asked = night.configuration.measures.churn.model
    choice = churn.choose(asked, churn.verdicts(_predictions(night)))
    return pl.DataFrame({"model": [choice.model], "reason": [choice.reason]})


@table(CHURN_SCORES, reads=(CHURN_FEATURES, CHURN_CHOICE, ORDERS), kinds=("scikitlearn",))
def churn_scores(night: Night) -> pl.DataFrame:
    """Tonight's churn risk with its reasons; one row per customer with a valid order in the window."""
    measures = night.configuration.measures
    known = lesson(night, _mature_origins(night), night.as_of)
    model = churn.learn(_chosen(night), known)
    customers = rows_of(night, night.as_of)
    risk = model.risk(customers)
    scored = customers.select(
        "customer_id",
        pl.lit(night.as_of).alias("as_of"),
        pl.lit(measures.horizon_days).alias("horizon_days"),
        pl.Series("churn_risk", risk, dtype=pl.Float64),
        churn.risk_band(risk, measures.churn.risk_bands),
        pl.lit(model.name).alias("model"),
        pl.lit(model.version).alias("model_version"),
        pl.lit(night.as_of + dt.timedelta(days=measures.horizon_days)).alias("due_on"),
    )
    return scored.hstack(model.reasons(customers, window_days=measures.window_days))


@table(MODEL_EVALUATION, reads=(CHURN_PREDICTIONS, CHURN_CHOICE), kinds=("scikitlearn",))
def model_evaluation(night: Night) -> pl.DataFrame:
    """How each model did out of time beside the recency rule; one row per model, origin and metric."""
    judged = churn.evaluation(_predictions(night), _chosen(night))
    return judged.with_columns(
        as_of=pl.lit(night.as_of),
        horizon_days=pl.lit(night.configuration.measures.horizon_days),
    )


@table(CHURN_CALIBRATION, reads=(CHURN_PREDICTIONS, CHURN_CHOICE), kinds=("polars",))
def churn_calibration(night: Night) -> pl.DataFrame:
    """Predicted against observed churn; one row per model and bin of risk."""
    bins = churn.calibration(_predictions(night))
    return bins.with_columns(is_published=pl.col("model") == _chosen(night))


def _mature_origins(night: Night) -> tuple[dt.date, ...]:
    """The origins that may teach or judge: outcome known, and somebody was active. Newest first."""
    rows = night.warehouse.rows("select distinct origin from churn_features where churned is not null")
    return tuple(sorted((origin for (origin,) in rows), reverse=True))


def rows_of(night: Night, origin: dt.date, most: int | None = None) -> pl.DataFrame:
    """The rows of one origin, by customer; at most so many, drawn by a generator that knows only the origin."""
    rows = night.frame("churn_rows.sql", origin=origin).sort("customer_id")
    return rows if most is None else churn.subsample(rows, most, np.random.default_rng(origin.toordinal()))


def lesson(night: Night, origins: Sequence[dt.date], at: dt.date) -> churn.Lesson:
    """What could be learned on a date: equally many rows at most of each origin mature by then, and all histories."""
    horizon_days = night.configuration.measures.horizon_days
    mature = churn.mature(origins, at, horizon_days)
    rows = [rows_of(night, origin, churn.LEARNING_ROWS // len(mature)) for origin in mature]
    histories = night.frame("churn_histories.sql", origin=at).sort("x", "t_x", "age")
    return churn.Lesson(
        past=pl.concat(rows) if rows else night.frame("churn_rows.sql", origin=night.as_of).clear(),
        histories=histories,
        horizon_days=horizon_days,
    )


def _predictions(night: Night) -> pl.DataFrame:
    return night.warehouse.frame(Query("select * from churn_predictions order by model, origin, customer_id", {}))


def _chosen(night: Night) -> str:
    return str(night.warehouse.scalar("select model from churn_choice"))

"""Which value model is published: what each would have said at past origins, held against what came.

    purchase_model, spend_model -> value_predictions -> value_choice
                                                     -> value_evaluation, value_calibration, value_tracking

The models are fitted in ``assets.purchase_models``.
"""

from __future__ import annotations

import json

import polars as pl

from assets.night import Night, table
from assets.purchase_models import rows_at, taught_by
from assets.tables import (
    CUSTOMER_DAYS,
    ORDERS,
    PURCHASE_COVARIATES,
    PURCHASE_HISTORIES,
    PURCHASE_MODEL,
    SPEND_MODEL,
    VALUE_CALIBRATION,
    VALUE_CHOICE,
    VALUE_EVALUATION,
    VALUE_ORIGINS,
    VALUE_PREDICTIONS,
    VALUE_TRACKING,
)
from models.value import customer_value as lifetime_value
from models.value import ladder, metrics, purchase_process, tracking
from models.value.history_scores import Horizon

JUDGED_CUSTOMERS = 50_000


@table(
    VALUE_PREDICTIONS,
    reads=(PURCHASE_HISTORIES, PURCHASE_COVARIATES, PURCHASE_MODEL, SPEND_MODEL, VALUE_ORIGINS),
    kinds=("scikitlearn",),
)
def value_predictions(night: Night) -> pl.DataFrame:
    """What each model would have said at the judged origins; one row per model, origin and customer.

    Not discounted: it is held against what came, when it came.
    """
    said = [pl.DataFrame(schema=ladder.PREDICTION_SCHEMA)]
    for origin, days in night.warehouse.rows(
        "select origin, horizon_days from value_origins where is_judged order by origin"
    ):
        horizon = Horizon(days, 0.0)
        rows = rows_at(night, origin, JUDGED_CUSTOMERS)
        taught = taught_by(night, origin)
        for model in taught.able() if rows.height else ():
            predicted = lifetime_value.predict(model, taught, rows, horizon, intervals=False)
            said.append(
                rows.select(
                    pl.lit(model).alias("model"),
                    "origin",
                    "customer_id",
                    predicted["expected_orders"].alias("predicted_orders"),
                    pl.col("future_order_days").cast(pl.Float64).alias("actual_orders"),
                    pl.col("recent_order_days").cast(pl.Float64).alias("last_orders"),
                    predicted["clv"].alias("predicted_value"),
                    pl.col("future_value").cast(pl.Float64).alias("actual_value"),
                    pl.col("recent_value").cast(pl.Float64).alias("last_value"),
                )
            )
    return pl.concat(said)


@table(
    VALUE_CHOICE,
    reads=(VALUE_PREDICTIONS, PURCHASE_HISTORIES, PURCHASE_COVARIATES, PURCHASE_MODEL, SPEND_MODEL),
    kinds=("polars",),
)
def value_choice(night: Night) -> pl.DataFrame:
    """The model whose value is published and why; one row."""
    asked = night.configuration.measures.clv.model
    taught = taught_by(night, night.as_of)
    evaluated = ladder.evaluation(_predictions(night))
    over = _judged_over(night)
    shorter = over if over != night.configuration.measures.horizon_days else None
    choice = ladder.choose(asked, taught, evaluated, judged_over=shorter)
    return pl.DataFrame({"model": [choice.model], "reason": [choice.reason], "because": [json.dumps(choice.because)]})


@table(VALUE_EVALUATION, reads=(VALUE_PREDICTIONS, VALUE_CHOICE), kinds=("polars",))
def value_evaluation(night: Night) -> pl.DataFrame:
    """How each model did out of time beside the naive rule; one row per model, origin and metric."""
    return ladder.evaluation(_predictions(night)).with_columns(
        as_of=pl.lit(night.as_of),
        threshold=pl.lit(None, dtype=pl.Float64),
        horizon_days=pl.lit(_judged_over(night)),
        is_published=pl.col("model") == chosen_model(night),
    )


@table(VALUE_CALIBRATION, reads=(VALUE_PREDICTIONS, VALUE_CHOICE), kinds=("polars",))
def value_calibration(night: Night) -> pl.DataFrame:
    """Predicted against actual value by tenths of the customers; one row per model and decile."""
    predictions = _predictions(night)
    said, happened, _ = ladder.judged_figures(predictions)
    parts = [
        metrics.deciles(rows[happened].to_numpy(), rows[said].to_numpy()).select(
            pl.lit(str(model)).alias("model"), pl.all(), pl.lit(model == chosen_model(night)).alias("is_published")
        )
        for (model,), rows in predictions.group_by(["model"], maintain_order=True)
    ]
    nothing = {"model": pl.String, "decile": pl.Int32, "n": pl.Int64, "predicted": pl.Float64, "actual": pl.Float64}
    return pl.concat(parts) if parts else pl.DataFrame(schema={**nothing, "is_published": pl.Boolean})


@table(
    VALUE_TRACKING,
    reads=(ORDERS, CUSTOMER_DAYS, PURCHASE_HISTORIES, PURCHASE_MODEL, VALUE_ORIGINS),
    kinds=("duckdb", "polars"),
)
def value_tracking_table(night: Night) -> pl.DataFrame:
    """Repeat order days so far against those expected by the latest judged fit without covariates; one row per week."""
    found = night.warehouse.rows(
        """select purchase_model.origin, purchase_model.model, purchase_model.parameters
        from purchase_model join value_origins on value_origins.origin = purchase_model.origin
        where value_origins.is_judged and purchase_model.is_certified and purchase_model.covariates is null
        order by purchase_model.origin desc, purchase_model.log_likelihood desc, purchase_model.model limit 1"""
    )
    if not found:
        return tracking.NOTHING
    [(origin, model, parameters)] = found
    process = purchase_process.process(model, tuple(json.loads(parameters).values()))
    days = night.warehouse.frame(night.query("order_days_since.sql", origin=origin).joined_as_written())
    return tracking.tracked(process, days, until=night.as_of).with_columns(origin=pl.lit(origin), model=pl.lit(model))


def chosen_model(night: Night) -> str:
    """The model whose value is published."""
    return str(night.warehouse.scalar("select model from value_choice"))


def _judged_over(night: Night) -> int | None:
    """Days that the models are judged over; None where no past date judges them."""
    return night.warehouse.scalar("select max(horizon_days) from value_origins where is_judged")


def _predictions(night: Night) -> pl.DataFrame:
    return night.warehouse.frame("select * from value_predictions order by model, origin, customer_id")

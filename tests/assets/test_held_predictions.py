"""Predictions of a predecessor's models, made again tonight."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from assets import churn, churn_samples, purchase_models, track_record, value, value_judging
from assets.moves.held_predictions import SCHEMA, predictions
from assets.night import Night, no_rows
from assets.tables import (
    CHURN_MODELS,
    CHURN_SCORES,
    CUSTOMER_VALUE,
    PURCHASE_MODEL,
    SPEND_MODEL,
    VALUE_EVALUATION,
)

from .publishing import publish_tables

OpenShop = Callable[..., Night]

AS_OF = dt.date(2024, 3, 31)
MEASURES: dict[str, Any] = {
    "horizon_days": 60,
    "lifecycle": {"warning_risk": 0.8},
    "tiers": {"basis": "predicted"},
    "clv": {"model": "bg_nbd"},
}
STEPS = (
    purchase_models.value_origin_dates, purchase_models.purchase_histories, purchase_models.purchase_cells,
    purchase_models.covariate_levels, purchase_models.purchase_model, purchase_models.spend_model,
    value_judging.value_predictions, value_judging.value_choice, value.history_scores, value.customer_value,
    churn.churn_origins, churn_samples.churn_activity, churn_samples.churn_samples, churn.churn_features,
    churn.churn_learned, churn.churn_predictions, track_record.prediction_scorecard, churn.churn_choice,
    churn.churn_scores, churn.model_evaluation, churn.churn_models,
)  # fmt: skip
MODELS = (CUSTOMER_VALUE, PURCHASE_MODEL, SPEND_MODEL, CHURN_SCORES, CHURN_MODELS)


def sales() -> list[tuple[str, dt.date, int]]:
    """Customers who buy at a pace of their own until they stop."""
    rng = np.random.default_rng(3)
    sold = []
    for number in range(120):
        day, gap = int(rng.integers(0, 300)), float(rng.gamma(2.0, 18.0)) + 3
        while day <= 455 and rng.random() < 0.85:
            sold.append((f"c{number:03}", dt.date(2023, 1, 1) + dt.timedelta(days=day), int(rng.integers(5, 90))))
            day += 1 + int(rng.exponential(gap))
    return sold


@pytest.fixture(scope="module")
def night(open_shop: OpenShop, tmp_path_factory: pytest.TempPathFactory) -> Night:
    home: Path = tmp_path_factory.mktemp("predicting")
    shop = open_shop(sales(), as_of=AS_OF, measures=MEASURES, home=home)
    nothing = no_rows(VALUE_EVALUATION)
    shop.warehouse.replace(VALUE_EVALUATION, nothing)
    shop.compute(*STEPS)
    return shop


def moving(night: Night) -> pl.DataFrame:
    return night.warehouse.frame("select customer_id from customers order by customer_id limit 50")


def test_the_same_night_again_predicts_what_was_published(night: Night) -> None:
    said = predictions(night, publish_tables(night, MODELS), moving(night))
    assert said.schema == SCHEMA
    assert said["customer_id"].equals(moving(night)["customer_id"])
    assert said["value_before"].drop_nulls().n_unique() > 20
    assert said["risk_before"].drop_nulls().n_unique() > 5
    for figure in ("value", "risk"):
        before, held, tonight = (said[f"{figure}_{when}"] for when in ("before", "held", "tonight"))
        assert before.equals(tonight)
        assert held.is_null().equals(tonight.is_null())
        apart = (held.cast(pl.Float64) - tonight.cast(pl.Float64)).abs().max()
        assert isinstance(apart, float)
        assert apart <= (0.01 if figure == "value" else 1e-9)


def test_what_a_predecessor_did_not_publish_is_not_held(night: Night) -> None:
    said = predictions(night, publish_tables(night, (CUSTOMER_VALUE, CHURN_SCORES)), moving(night))
    assert said["value_held"].null_count() == said["risk_held"].null_count() == said.height
    assert said["value_before"].null_count() < said.height


@contextmanager
def changed(night: Night, table: str, how: str, **values: Any) -> Iterator[None]:
    """The table with an update made, for as long as the block lasts."""
    night.warehouse.rows(f"create or replace temp table kept_{table} as from {table}")
    night.warehouse.rows(f"update {table} set {how}", values or None)
    try:
        yield
    finally:
        night.warehouse.rows(f"create or replace table {table} as from kept_{table}")


def test_without_money_tonight_no_value_is_said_of_a_predecessor_that_knew_it(night: Night) -> None:
    with changed(night, "purchase_histories", "value = NULL, recent_value = NULL"):
        said = predictions(night, publish_tables(night, MODELS), moving(night))
    assert said["value_held"].null_count() == said.height
    assert said["value_before"].null_count() < said.height


def test_a_model_of_other_features_is_not_applied_to_these(night: Night) -> None:
    with changed(night, "churn_models", "feature_hash = 'other'"):
        said = predictions(night, publish_tables(night, MODELS), moving(night))
    assert said["risk_held"].null_count() == said.height
    assert said["value_held"].null_count() < said.height


@pytest.mark.parametrize("model", ["blend", "bg_nbd_covariates"])
def test_a_value_of_more_than_a_plain_purchase_model_is_not_said_again(night: Night, model: str) -> None:
    with (
        changed(night, "customer_value", "model = $model", model=model),
        changed(night, "purchase_model", "model = $model where origin = $at", model=model, at=AS_OF),
    ):
        said = predictions(night, publish_tables(night, MODELS), moving(night))
    assert said["value_held"].null_count() == said.height
    assert said["risk_held"].null_count() < said.height

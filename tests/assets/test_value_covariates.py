"""Covariates of the purchase model: levels from what an origin knows, own parameters in the tables, the way back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest

from assets import purchase_models, segments, value, value_judging
from assets.night import Night
from models.value import customer_value, purchase_covariates
from models.value.purchase_covariates import NAME, OTHER

from .small_tables import rows

OpenShop = Callable[..., Night]
FIRST, AS_OF, HORIZON = dt.date(2023, 1, 1), dt.date(2024, 3, 31), 60
STEPS = (
    purchase_models.value_origin_dates, purchase_models.purchase_histories, purchase_models.purchase_cells,
    purchase_models.covariate_levels, purchase_models.purchase_model, purchase_models.spend_model,
    value_judging.value_predictions, value_judging.value_choice, value.history_scores, value.customer_value,
    segments.value_tiers, value.value_by_tier, value_judging.value_evaluation, value_judging.value_tracking_table,
)  # fmt: skip
BOTH = ("first_order_channel", "acquisition_channel")
SLOW = 4.0
"""How much longer than those of the web the customers of the app wait between two orders."""


def channel_of(number: int) -> str | None:
    return (*["web"] * 6, *["app"] * 4, None, "kiosk")[number % 12]


def drawn_shop(customers: int = 500, seed: int = 4) -> list[Any]:
    """Sales of customers at rates of their own, lower where the first order came through the app."""
    rng = np.random.default_rng(seed)
    sales: list[Any] = []
    for number in range(customers):
        day, gap, last = int(rng.integers(0, 380)), 1 / float(rng.gamma(0.8, 1 / 15.0)), rng.beta(0.8, 2.5)
        gap *= SLOW if channel_of(number) == "app" else 1.0
        while FIRST + dt.timedelta(days=day) <= AS_OF + dt.timedelta(days=HORIZON):
            sales.append((f"c{number:03}", FIRST + dt.timedelta(days=day), Decimal(10 + number % 7)))
            if rng.random() < last:
                break
            day += 1 + int(min(rng.exponential(gap), 1e6))
    return sales


SALES = drawn_shop()


@pytest.fixture(scope="module", autouse=True)
def _as_for_a_small_shop() -> Iterator[None]:
    """Levels of few customers, and intervals of few draws."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(purchase_covariates, "LEAST_REPEAT_BUYERS", 40)
        patch.setattr(customer_value, "MOST_DRAWS", 2)
        yield


def opened(
    open_shop: OpenShop, *, as_of: dt.date = AS_OF, channels: Mapping[str, str] | None = None, **clv: Any
) -> Night:
    """The shop's night before value; a customer's orders are of one channel, who brought the customer is even or odd.

    Args:
        open_shop: the fixture.
        as_of: of the night.
        channels: by customer, other than those of :func:`channel_of`.
        clv: configuration.
    """
    night = open_shop(SALES, as_of=as_of, measures={"horizon_days": HORIZON, "clv": clv})
    told = {f"c{number:03}": channel_of(number) for number in range(500)} | dict(channels or {})
    for table, column, said in (
        ("orders", "channel", told),
        ("customers", "acquisition_channel", {name: ("ads", "friend")[int(name[1:]) % 2] for name in told}),
    ):
        night.warehouse.connection.register("_told", pl.DataFrame({"c": list(said), "v": list(said.values())}))
        night.warehouse.rows(f"update {table} set {column} = _told.v from _told where customer_id = _told.c")
        night.warehouse.connection.unregister("_told")
    return night


def run(night: Night) -> Night:
    night.compute(*STEPS)
    return night


def level_counts(night: Night, covariate: str, origin: dt.date = AS_OF) -> dict[str | None, int]:
    found = rows(night, "purchase_covariates").filter(pl.col("origin") == origin)
    return dict(found.group_by(covariate).len().rows())


def test_rare_and_missing_values_are_one_level_and_too_few_count_with_the_most_frequent(open_shop: OpenShop) -> None:
    histories = ("value_origins", "purchase_histories", "purchase_covariates")
    steps = [step for step in STEPS if step.contract.name in histories]
    night = opened(open_shop, covariates=["first_order_channel"])
    night.compute(*steps)
    customers = {name for name, day, _ in SALES if day <= AS_OF}
    by_channel = {
        said: sum(channel_of(int(name[1:])) == said for name in customers) for said in ("web", "app", "kiosk", None)
    }
    # Of the kiosk, and without a channel, too few came back; together they are enough.
    assert level_counts(night, "first_order_channel") == {
        "web": by_channel["web"], "app": by_channel["app"], OTHER: by_channel["kiosk"] + by_channel[None],
    }  # fmt: skip
    assert level_counts(night, "acquisition_channel") == {None: len(customers)}
    found_again = {f"c{number:03}": "app" for number in range(500) if channel_of(number) == "kiosk"}
    fewer = opened(open_shop, covariates=["first_order_channel"], channels=found_again)
    fewer.compute(*steps)
    assert level_counts(fewer, "first_order_channel") == {
        "web": by_channel["web"] + by_channel[None], "app": by_channel["app"] + by_channel["kiosk"],
    }  # fmt: skip


@pytest.fixture(scope="module")
def apart(open_shop: OpenShop) -> Night:
    return run(opened(open_shop, model=NAME, covariates=list(BOTH)))


def test_customers_alike_in_their_orders_are_worth_what_their_covariates_say(apart: Night) -> None:
    fit = rows(apart, "purchase_model").filter(pl.col("model") == NAME, pl.col("origin") == AS_OF).row(0, named=True)
    factors = json.loads(fit["parameters"])
    assert fit["is_certified"]
    assert SLOW / 2 < factors["alpha first_order_channel=app"] < SLOW * 2
    assert 0.7 < factors[next(name for name in factors if name.startswith("alpha acquisition_channel="))] < 1.4
    levels = json.loads(fit["covariates"])
    assert list(levels) == list(BOTH)
    assert list(levels["first_order_channel"]) == ["web", "app", OTHER]
    assert len(json.loads(fit["covariance"])) == len(factors) == 4 + 3 * 3
    valued = rows(apart, "customer_value").join(
        rows(apart, "purchase_histories").filter(pl.col("origin") == AS_OF), on="customer_id"
    )
    assert set(valued["model"]) == {NAME}
    assert valued.height == rows(apart, "purchase_covariates").filter(pl.col("origin") == AS_OF).height
    assert ((valued["clv_low"] <= valued["clv"]) & (valued["clv"] <= valued["clv_high"])).all()
    told = valued.with_columns(
        channel=pl.col("customer_id").map_elements(lambda name: channel_of(int(name[1:])), return_dtype=pl.String),
        silence=pl.col("age_days") - pl.col("recency_days"),
    )
    silent = told.filter(pl.col("repeats") > 0, pl.col("silence") > 60)
    alive = dict(silent.group_by("channel").agg(pl.col("probability_alive").mean()).rows())
    assert alive["app"] > alive["web"] + 0.05  # silence of the slow says less
    sums = rows(apart, "value_by_tier")
    assert sums.filter(pl.col("tier") == "all")["expected_value"].item() == valued["clv"].sum()
    assert (sums["value_low"] < sums["value_high"]).all()


def test_it_is_judged_beside_the_others_where_covariates_are_configured_and_only_there(open_shop: OpenShop) -> None:
    night = run(opened(open_shop, covariates=["first_order_channel"]))
    assert NAME in set(rows(night, "value_evaluation")["model"])
    assert rows(night, "value_choice")["reason"][0].count(NAME) == 1
    assert NAME not in set(rows(night, "value_tracking")["model"])
    without = opened(open_shop)
    without.compute(*STEPS[:5])
    assert rows(without, "purchase_covariates").is_empty()
    plain = pl.col("model") != NAME
    fits = rows(without, "purchase_model")
    assert fits["covariates"].null_count() == fits.height
    assert fits.equals(rows(night, "purchase_model").filter(plain))


@pytest.mark.parametrize("asked", ["auto", NAME])
def test_covariates_all_missing_leave_the_plain_models_and_the_row_says_so(open_shop: OpenShop, asked: str) -> None:
    night = run(opened(open_shop, model=asked, covariates=["first_order_region"]))
    plain = run(opened(open_shop, model="auto" if asked == "auto" else "bg_nbd"))
    assert level_counts(night, "first_order_region").keys() == {OTHER}
    assert NAME not in set(rows(night, "purchase_model")["model"])
    said, without = rows(night, "customer_value"), rows(plain, "customer_value")
    assert said.drop("model_reason").equals(without.drop("model_reason"))
    assert "tell no customers apart" in said["model_reason"][0]


def test_a_judged_origin_has_the_levels_and_the_fit_of_its_own_night(apart: Night, open_shop: OpenShop) -> None:
    origin = AS_OF - dt.timedelta(days=HORIZON)
    then = run(opened(open_shop, as_of=origin, model=NAME, covariates=list(BOTH)))
    at = pl.col("origin") == origin
    for table in ("purchase_covariates", "purchase_model"):
        one, other = (rows(night, table).filter(at) for night in (then, apart))
        kept = [name for name in one.columns if name != "as_of"]
        assert one.height
        assert one.select(kept).equals(other.select(kept)), table


def test_a_level_that_came_after_a_judged_date_is_unknown_there(open_shop: OpenShop) -> None:
    origin = AS_OF - dt.timedelta(days=HORIZON)
    first: dict[str, dt.date] = {}
    for name, day, _ in SALES:
        first[name] = min(day, first.get(name, day))
    late = {name: "stall" for name, day in first.items() if origin < day}
    changed = {name: "moved" for name, day, _ in SALES if day > AS_OF}
    night = opened(open_shop, covariates=["first_order_channel"], channels=late)
    night.warehouse.connection.register("_moved", pl.DataFrame({"c": list(changed)}))
    night.warehouse.rows(
        f"insert into orders select * replace ('late' || order_id as order_id, 'moved' as channel, "
        f"date '{AS_OF + dt.timedelta(days=1)}' as ordered_on, date '{AS_OF + dt.timedelta(days=1)}' as valid_from) "
        "from orders semi join _moved on orders.customer_id = _moved.c"
    )
    night.warehouse.connection.unregister("_moved")
    run(night)
    tonight, then = (level_counts(night, "first_order_channel", at) for at in (AS_OF, origin))
    assert "moved" not in tonight
    assert set(then) == {"web", "app", OTHER}
    assert sum(then.values()) == rows(night, "purchase_histories").filter(pl.col("origin") == origin).height
    assert rows(night, "customer_value")["clv"].null_count() == 0


def test_a_fit_without_a_certificate_is_not_taken_and_the_row_says_why(
    open_shop: OpenShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purchase_covariates, "LEAST_REPEAT_BUYERS", 1)
    few = {f"c{number:03}": "stall" for number in (1, 2, 3)}
    night = run(opened(open_shop, covariates=["first_order_channel"], channels=few))
    fit = rows(night, "purchase_model").filter(pl.col("model") == NAME, pl.col("origin") == AS_OF)
    assert not fit["is_certified"].any()
    assert set(rows(night, "customer_value")["model"]).isdisjoint({NAME})
    assert f"{NAME} is not certified" in rows(night, "customer_value")["model_reason"][0]

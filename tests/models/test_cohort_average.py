"""The cohort average: what customers who looked alike did one horizon ago, and those of small cohorts together."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from models.value import cohort_average
from models.value.cohort_average import LEAST

HORIZON = 90


def customers(counts: dict[tuple[int, int], list[float]]) -> pl.DataFrame:
    """Customers by repeat orders and days of silence, each with the value that followed, in one order or none."""
    rows = [
        {
            "repeats": repeats, "recency_days": 500 - silence, "age_days": 500, "value": 10.0 * (repeats + 1),
            "future_order_days": int(value > 0), "future_value": value,
        }
        for (repeats, silence), values in counts.items()
        for value in values
    ]  # fmt: skip
    return pl.DataFrame(rows)


def test_a_customer_is_expected_to_do_what_those_with_as_many_orders_and_as_long_a_silence_did() -> None:
    bought, stayed = [30.0] * 15 + [0.0] * 5, [0.0] * 30 + [40.0] * 10
    said = cohort_average.learn(past := customers({(0, 10): bought, (0, 200): stayed}), past, HORIZON).predict(past)
    assert said["value"].to_list() == pytest.approx([22.5] * 20 + [10.0] * 40)
    assert said["orders"].to_list() == pytest.approx([0.75] * 20 + [0.25] * 40)
    assert said["none"].to_list() == pytest.approx([0.25] * 20 + [0.75] * 40)
    assert said.select("q10", "q80", "q90").unique().sort("q80").rows() == [(0.0, 30.0, 30.0), (0.0, 40.0, 40.0)]


def test_those_of_small_cohorts_are_expected_to_do_what_all_of_such_did_not_what_the_shop_does() -> None:
    once, regulars, heavy = [0.0] * 60, [50.0] * (LEAST - 1), [150.0] * (LEAST - 1)
    past = customers({(0, 200): once, (4, 10): regulars, (12, 10): heavy})
    said = cohort_average.learn(past, past, HORIZON).predict(past)
    assert said["value"].to_list() == pytest.approx([0.0] * 60 + [100.0] * 2 * (LEAST - 1))
    few = customers({(0, 200): once, (12, 10): heavy})  # too few to tell of themselves
    shop = 150 * (LEAST - 1) / (60 + LEAST - 1)
    assert cohort_average.learn(few, few, HORIZON).predict(few)["value"].to_list()[60:] == pytest.approx(
        [shop] * (LEAST - 1)
    )


@pytest.mark.parametrize("size", [60, 200, 400, 3000])
def test_what_is_expected_of_all_is_what_all_did_and_four_in_five_fall_into_their_intervals(size: int) -> None:
    """Of shops whose customers differ; at 400 most cohorts of those who buy are small."""
    held = []
    for seed in range(12_000 // size):
        past, present = (_drawn(size, np.random.default_rng((seed, again))) for again in (1, 2))
        learned = cohort_average.learn(past, past, HORIZON)
        assert learned.predict(past)["value"].sum() == pytest.approx(past["future_value"].sum(), rel=0.03)
        said, actual = learned.predict(present), present["future_value"]
        from_zero = said["none"] >= 0.1
        low = pl.select(pl.when(from_zero).then(0.0).otherwise(said["q10"])).to_series()
        high = pl.select(pl.when(from_zero).then(said["q80"]).otherwise(said["q90"])).to_series()
        may_buy = said["none"] <= 0.8
        held += actual.is_between(low, high).filter(may_buy).to_list()
    assert 0.76 < np.mean(held) < 0.86


def _drawn(size: int, rng: np.random.Generator) -> pl.DataFrame:
    """Orders come at a rate of the customer's own until she leaves; values are log-normal."""
    age = rng.integers(100, 700, size)
    rate = rng.gamma(0.7, 1 / 55, size)
    left_after = np.minimum(rng.exponential(250, size), age + HORIZON)
    lived, ahead = np.minimum(left_after, age), np.clip(left_after - age, 0, HORIZON)
    repeats, future = rng.poisson(rate * lived), rng.poisson(rate * ahead)
    recency = np.where(repeats > 0, lived * rng.beta(np.maximum(repeats, 1), 1), 0).astype(int)
    spent = np.where(future > 0, future * np.exp(rng.normal(3.5, 0.6, size)), 0.0)
    return pl.DataFrame(
        {
            "repeats": repeats, "recency_days": recency, "age_days": age, "value": 30.0 * (repeats + 1),
            "future_order_days": future, "future_value": spent,
        }
    )  # fmt: skip

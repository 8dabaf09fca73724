"""Intervals of means: what they hold of drawn samples, and their edges."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from models.means import mean_bounds, ratio_bounds, scale_mean_bounds
from models.net_promoter import net_promoter_score

LOWEST, HIGHEST = 1.0, 7.0


def bounds(answers: np.ndarray, lowest: float = LOWEST, highest: float = HIGHEST) -> tuple[np.ndarray, np.ndarray]:
    """Of one sample a row."""
    sums = pl.DataFrame({"total": answers.sum(axis=1), "squares": (answers**2).sum(axis=1)})
    n, low, high = (pl.lit(value) for value in (answers.shape[1], lowest, highest))
    ends = scale_mean_bounds(pl.col("total"), pl.col("squares"), n, low, high)
    found = sums.select(low=ends[0], high=ends[1])
    return found["low"].to_numpy(), found["high"].to_numpy()


@pytest.mark.parametrize("n", [10, 20, 30, 100])
@pytest.mark.parametrize(
    "chances",
    [
        (1, 1, 1, 1, 1, 1, 1),
        (35, 30, 15, 10, 5, 3, 2),
        (1, 1, 1, 1, 1, 5, 90),  # most are delighted: the normal interval holds 63 % at 10, 76 % at 30
        (2, 3, 10, 35, 50, 0, 0),
        (1, 0, 0, 0, 0, 0, 99),
    ],
    ids=["even", "low", "top", "middle", "nearly all alike"],
)
def test_nineteen_of_twenty_intervals_hold_the_mean_also_near_the_end_of_the_scale(n: int, chances: tuple[int, ...]):
    p = np.array(chances) / sum(chances)
    scores = np.arange(1.0, 8.0)
    low, high = bounds(np.random.default_rng(n).choice(scores, p=p, size=(20_000, n)))
    truth = float(p @ scores)
    assert np.mean((low <= truth + 1e-9) & (truth - 1e-9 <= high)) > 0.94


def test_answers_that_are_all_alike_are_no_certainty():
    (low,), (high,) = bounds(np.full((1, 5), 7.0))
    assert (high, low < 6.5) == (7.0, True)


def test_of_three_scores_it_is_the_interval_of_the_net_promoter_score():
    (low,), (high,) = bounds(np.array([[1.0] * 15 + [0.0] * 13 + [-1.0] * 8]), -1.0, 1.0)
    expected = net_promoter_score(15, 13, 8)
    assert (100 * low, 100 * high) == pytest.approx((expected.low, expected.high))


def test_one_answer_has_an_interval_on_the_scale_and_none_has_none():
    (low,), (high,) = bounds(np.array([[1.0]]))
    assert (low, LOWEST < high < HIGHEST) == (1.0, True)
    empty = scale_mean_bounds(*(pl.lit(value) for value in (0, 0, 0, 1.0, 7.0)))
    assert pl.select(low=empty[0], high=empty[1]).row(0) == (None, None)


@pytest.mark.parametrize("customers", [30, 100, 1000])
def test_nineteen_of_twenty_intervals_hold_an_average_of_orders_that_are_alike_by_customer(customers: int):
    """Customers have a level of their own, and those who order often pay more: taken for orders, 60 to 80 % would."""
    rng = np.random.default_rng(customers)
    shops = 1500
    level = rng.normal(size=(shops, customers))
    often = 1.0 + rng.poisson(3.0 * np.exp(0.4 * level))
    luck = rng.normal(size=(shops, customers)) * 8 / np.sqrt(often)  # of the average of so many orders
    paid = often * (50 + 8 * level + luck)
    truth = 50 + 8 * _mean_level_of_an_order()
    sums = pl.DataFrame(
        {
            "y": paid.sum(axis=1), "x": often.sum(axis=1), "yy": (paid**2).sum(axis=1),
            "xy": (paid * often).sum(axis=1), "xx": (often**2).sum(axis=1),
        }
    )  # fmt: skip
    y, x, yy, xy, xx = (pl.col(name) for name in sums.columns)
    low, high = ratio_bounds(y, x, yy, xy, xx, pl.lit(customers))
    found = sums.select(low=low, high=high)
    held = float(((found["low"] <= truth) & (truth <= found["high"])).mean())
    assert 0.93 < held < 0.97
    as_orders = 2 * 1.96 * np.sqrt(8**2 + 8**2) / np.sqrt(often.sum(axis=1).mean())
    assert float((found["high"] - found["low"]).mean()) > 1.3 * as_orders


def _mean_level_of_an_order() -> float:
    """E[often x level] / E[often], where often is 1 and a Poisson count of 3 exp(0.4 level)."""
    z, weights = np.polynomial.hermite_e.hermegauss(60)
    often = 1 + 3 * np.exp(0.4 * z)
    return float((weights * often * z).sum() / (weights * often).sum())


def test_a_mean_of_few_has_the_interval_of_student():
    values = np.array([3.0, 5.0, 10.0])
    ends = mean_bounds(pl.lit(values.sum()), pl.lit((values**2).sum()), pl.lit(3))
    expected = stats.t.interval(0.95, 2, loc=values.mean(), scale=stats.sem(values))
    assert pl.select(low=ends[0], high=ends[1]).row(0) == pytest.approx(expected)


@pytest.mark.parametrize("values", [[], [4.0], [0.1, 0.1, 0.1]], ids=["none", "one", "all alike"])
def test_what_does_not_vary_has_no_interval(values: list[float]):
    ends = mean_bounds(pl.lit(sum(values)), pl.lit(sum(value**2 for value in values)), pl.lit(len(values)))
    assert pl.select(low=ends[0], high=ends[1]).row(0) == (None, None)

"""Intervals of means: what they hold of drawn samples, and their edges."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from models.means import scale_mean_bounds
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

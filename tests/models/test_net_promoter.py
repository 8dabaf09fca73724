"""The net promoter score and its interval, against independent computation and the coverage it promises."""

from __future__ import annotations

from math import sqrt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.net_promoter import adjusted_wald_bounds, score

COUNTS = st.integers(0, 400)


def of(*counts: int) -> tuple[float, float, float]:
    """The score of so many promoters, passives and detractors with the ends of its interval."""
    groups = [pl.lit(count) for count in counts]
    low, high = adjusted_wald_bounds(*groups)
    return pl.select(score(*groups), low=low, high=high).row(0)


@settings(max_examples=60)
@given(COUNTS, COUNTS, COUNTS)
def test_the_interval_is_that_of_the_answers_and_three_made_up_ones(
    promoters: int, passives: int, detractors: int
) -> None:
    estimate, *ends = of(promoters, passives, detractors)
    if promoters + passives + detractors == 0:
        assert (estimate, *ends) == (None, None, None)
        return
    # An answer is worth 100, 0 or -100; 3/4, 3/2 and 3/4 of an answer are added.
    worth = np.array([100.0, 0.0, -100.0])
    weights = np.array([promoters, passives, detractors]) + np.array([0.75, 1.5, 0.75])
    centre = np.average(worth, weights=weights)
    error = sqrt(np.average((worth - centre) ** 2, weights=weights) / weights.sum())
    low, high = (float(np.clip(centre + side * 1.959963984540054 * error, -100, 100)) for side in (-1, 1))
    assert ends == pytest.approx([min(low, estimate), max(high, estimate)], abs=1e-9)
    assert -100 <= ends[0] <= estimate <= ends[1] <= 100


def test_the_score_is_the_share_of_promoters_less_that_of_detractors() -> None:
    assert of(50, 30, 20)[0] == pytest.approx(30.0)
    assert of(20, 30, 50)[0] == pytest.approx(-30.0)


def test_ten_promoters_are_a_full_score_but_not_certainty() -> None:
    estimate, low, high = of(10, 0, 0)
    # by hand: 10/13 -+ 1.96 sqrt((11.5/13 - (10/13)^2) / 13)
    assert (estimate, high) == (100.0, 100.0)
    assert low == pytest.approx(47.5036, abs=5e-5)


def test_a_single_answer_keeps_its_score_inside_the_interval() -> None:
    (_, low, highest), (_, lowest, high) = of(1, 0, 0), of(0, 0, 1)
    assert (highest, lowest) == (100.0, -100.0)
    assert low == -high == pytest.approx(-48.5, abs=0.01)


@pytest.mark.parametrize("shares", [(0.6, 0.3, 0.1), (0.35, 0.3, 0.35), (0.85, 0.1, 0.05)])
def test_the_interval_covers_the_truth_about_as_often_as_it_says(shares: tuple[float, float, float]) -> None:
    """Exact coverage over every outcome of 30 answers; without the three made-up ones it is 0.90 to 0.93."""
    n = 30
    outcomes = pl.DataFrame([(k, m, n - k - m) for k in range(n + 1) for m in range(n + 1 - k)], orient="row")
    low, high = adjusted_wald_bounds(*(pl.col(name) for name in outcomes.columns))
    bounds = outcomes.select(low=low, high=high)
    chances = stats.multinomial(n, shares).pmf(outcomes.to_numpy())
    truth = 100 * (shares[0] - shares[2])
    is_covered = ((bounds["low"] <= truth) & (truth <= bounds["high"])).to_numpy()
    assert 0.93 < chances[is_covered].sum() < 0.99


def test_a_column_gives_what_each_triple_of_counts_gives_alone() -> None:
    counts = pl.DataFrame({"a": [0, 1, 15, 4], "b": [0, 0, 13, 0], "c": [0, 0, 8, 9]})
    groups = (pl.col("a"), pl.col("b"), pl.col("c"))
    low, high = adjusted_wald_bounds(*groups)
    rows = counts.select(score(*groups), low=low, high=high).rows()
    assert rows == [of(*row) for row in counts.rows()]

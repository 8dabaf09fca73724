"""Wilson's interval against published and independent numbers."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.proportions import normal_quantile, share, wilson_bounds


def of(successes: int, n: int) -> tuple[float, float, float]:
    """The share with the ends of its interval."""
    low, high = wilson_bounds(pl.lit(successes), pl.lit(n))
    return pl.select(share(pl.lit(successes), pl.lit(n)), low=low, high=high).row(0)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_the_one_newcombe_published(successes: int, n: int, low: float, high: float) -> None:
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3 (score, no continuity correction)
    assert tuple(round(end, 4) for end in of(successes, n)[1:]) == (low, high)


@settings(max_examples=60)
@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_scipys_and_encloses_the_share(counts: tuple[int, int]) -> None:
    estimate, low, high = of(*counts)
    expected = stats.binomtest(*counts).proportion_ci(0.95, method="wilson")
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0.0 <= low <= estimate <= high <= 1.0


def test_nobody_asked_is_no_share_and_no_interval() -> None:
    assert of(0, 0) == (None, None, None)


@pytest.mark.parametrize(("successes", "low", "high"), [(0, 0.0, 0.27753), (10, 0.72247, 1.0)])
def test_none_or_all_of_ten_is_not_certainty(successes: int, low: float, high: float) -> None:
    assert of(successes, 10)[1:] == pytest.approx((low, high), abs=5e-6)


def test_a_column_gives_what_each_pair_of_counts_gives_alone() -> None:
    counts = pl.DataFrame({"k": [0, 3, 7, 50, 0], "n": [0, 3, 20, 51, 9]})
    low, high = wilson_bounds(pl.col("k"), pl.col("n"))
    rows = counts.select(share(pl.col("k"), pl.col("n")), low=low, high=high).rows()
    assert rows == [of(k, n) for k, n in counts.rows()]


def test_a_confidence_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        normal_quantile(1.0)

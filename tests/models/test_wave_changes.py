"""Changes between two waves: published intervals, the tests that invert them, and Holm's correction."""

from __future__ import annotations

import itertools
import math

import numpy as np
import polars as pl
import pytest

from models.net_promoter import adjusted_wald_bounds
from models.wave_changes import Change, Counts, change_of_shares, of_scores, with_holm

# Newcombe 1998, table II: the eight contrasts, method 10
PUBLISHED = [
    ((56, 70, 48, 80), 0.0524, 0.3339),
    ((9, 10, 3, 10), 0.1705, 0.8090),
    ((6, 7, 2, 7), 0.0582, 0.8062),
    ((5, 56, 0, 29), -0.0381, 0.1926),
    ((0, 10, 0, 20), -0.1611, 0.2775),
    ((0, 10, 0, 10), -0.2775, 0.2775),
    ((10, 10, 0, 20), 0.6791, 1.0000),
    ((10, 10, 0, 10), 0.6075, 1.0000),
]


def change_of_scores(now: tuple[int, int, int], before: tuple[int, int, int]) -> Change:
    columns = of_scores(*(Counts(*(pl.lit(count) for count in wave)) for wave in (now, before)))
    return Change(*pl.select(**columns._asdict()).row(0))


@pytest.mark.parametrize(("counts", "low", "high"), PUBLISHED)
def test_the_interval_is_newcombes(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    change = change_of_shares(*counts)
    assert (round(change.low, 4), round(change.high, 4)) == (low, high)
    assert change.estimate == counts[0] / counts[1] - counts[2] / counts[3]


def test_an_interval_of_shares_leaves_0_out_where_p_is_below_5_per_cent_and_only_there() -> None:
    seen = set()
    for n, before in ((7, 12), (40, 40), (300, 90)):
        for x, y in itertools.product(range(0, n + 1, max(n // 7, 1)), range(0, before + 1, max(before // 7, 1))):
            change = change_of_shares(x, n, y, before)
            assert (change.p_value < 0.05) == (change.low > 0 or change.high < 0), (x, n, y, before)
            seen.add(change.p_value < 0.05)
    assert seen == {True, False}


def test_of_many_answers_the_test_is_the_pooled_one_of_the_textbook() -> None:
    for x, y in ((5300, 5000), (5150, 5000), (4700, 4750), (1200, 1000)):
        pooled = (x + y) / 20_000
        z = (x - y) / 10_000 / math.sqrt(pooled * (1 - pooled) * 2 / 10_000)
        assert change_of_shares(x, 10_000, y, 10_000).p_value == pytest.approx(
            math.erfc(abs(z) / math.sqrt(2)), rel=0.02
        )


def test_a_wave_and_the_one_before_change_places_and_the_sign_changes() -> None:
    up, down = change_of_shares(30, 50, 10, 40), change_of_shares(10, 40, 30, 50)
    assert (up.estimate, up.low, up.high, up.p_value) == pytest.approx(
        (-down.estimate, -down.high, -down.low, down.p_value)
    )
    more, less = change_of_scores((30, 10, 10), (20, 20, 20)), change_of_scores((20, 20, 20), (30, 10, 10))
    assert (more.estimate, more.low, more.high, more.p_value) == pytest.approx(
        (-less.estimate, -less.high, -less.low, less.p_value)
    )


def test_no_change_is_no_evidence_and_a_huge_one_is_not_beyond_computing() -> None:
    assert change_of_shares(20, 40, 30, 60).p_value == 1.0
    assert change_of_shares(1_000_000, 1_000_000, 0, 1_000_000).p_value < 1e-300
    assert change_of_scores((10, 10, 10), (20, 20, 20)).p_value == 1.0


def test_the_change_of_a_score_is_a_difference_of_means_of_adjusted_answers() -> None:
    now, before = (52, 30, 18), (40, 33, 27)

    def adjusted(counts: tuple[int, int, int]) -> tuple[float, float]:
        shares = np.array([counts[0] + 0.75, counts[1] + 1.5, counts[2] + 0.75]) / (sum(counts) + 3)
        worth = np.array([1.0, 0.0, -1.0])
        mean = float(shares @ worth)
        return mean, float(shares @ (worth - mean) ** 2) / (sum(counts) + 3)

    (m1, v1), (m2, v2) = adjusted(now), adjusted(before)
    error = math.sqrt(v1 + v2)
    change = change_of_scores(now, before)
    assert change.estimate == pytest.approx(34 - 13)
    assert (change.low, change.high) == pytest.approx(
        (100 * (m1 - m2 - 1.959963984540054 * error), 100 * (m1 - m2 + 1.959963984540054 * error))
    )
    assert change.p_value == pytest.approx(math.erfc((m1 - m2) / error / math.sqrt(2)))


def test_against_a_wave_known_exactly_the_interval_is_that_of_the_score() -> None:
    low, high = adjusted_wald_bounds(*(pl.lit(count) for count in (30, 20, 10)))
    change = change_of_scores((30, 20, 10), (0, 10**9, 0))
    assert (change.low, change.high) == pytest.approx(pl.select(low=low, high=high).row(0), abs=0.01)


def test_an_interval_of_scores_leaves_0_out_where_p_is_below_5_per_cent_and_only_there() -> None:
    waves = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (5, 3, 2), (20, 50, 30), (400, 300, 300), (995, 0, 5), (0, 0, 80)]
    for now, before in itertools.product(waves, waves):
        change = change_of_scores(now, before)
        assert (change.p_value < 0.05) == (change.low > 0 or change.high < 0), (now, before)
        assert change.low <= change.estimate <= change.high


def test_a_change_that_only_the_pseudo_responses_turn_round_is_no_evidence() -> None:
    # one promoter after 990 of a thousand: up by a point, and down by 74 after adjustment
    change = change_of_scores((1, 0, 0), (995, 0, 5))
    assert (change.estimate, change.p_value) == (1.0, 1.0)


def test_waves_without_answers_have_no_change() -> None:
    empty = change_of_scores((0, 0, 0), (5, 3, 2))
    assert (empty.estimate, empty.low, empty.high, empty.p_value) == (None, None, None, None)
    assert change_of_shares(0, 0, 5, 10).p_value is None


def test_holms_p_values_reject_what_his_steps_reject() -> None:
    at_random = np.random.default_rng(3)
    for _ in range(40):
        p = at_random.uniform(0, 0.06, size=6)
        adjusted = with_holm(pl.DataFrame({"wave": ["a"] * 6, "p_value": p}), ["wave"])
        # Holm 1979: in ascending order, reject while p <= level / number not decided on
        rejected = set()
        for place, value in enumerate(sorted(p)):
            if value > 0.05 / (6 - place):
                break
            rejected.add(value)
        assert set(adjusted.filter(pl.col("p_value_adjusted") <= 0.05)["p_value"]) == rejected


def test_each_family_is_corrected_for_itself() -> None:
    frame = pl.DataFrame({"wave": ["a", "a", "a", "b"], "p_value": [0.01, 0.04, 0.03, 0.04]})
    found = with_holm(frame, ["wave"]).sort("wave", "p_value")
    assert found["p_value_adjusted"].to_list() == pytest.approx([0.03, 0.06, 0.06, 0.04])

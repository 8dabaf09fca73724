"""Importance of sub-scores: the published example, every order by hand, and the laws it keeps."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import numpy.typing as npt
import pytest

from models.satisfaction_drivers import explained, importance, shapley

Floats = npt.NDArray[np.float64]

# Correlations of the 47 Swiss provinces of 1888 (Mosteller & Tukey 1977, pp. 549-551): agriculture, examination,
# education, catholic, infant mortality; fertility last
SWISS = np.array(
    [
        [1.0, -0.686542208617, -0.639522518948, 0.401095053049, -0.060858608417, 0.35307918362],
        [-0.686542208617, 1.0, 0.698415296288, -0.572741806064, -0.114021596482, -0.645882706457],
        [-0.639522518948, 0.698415296288, 1.0, -0.153858917091, -0.099321845821, -0.663788857035],
        [0.401095053049, -0.572741806064, -0.153858917091, 1.0, 0.175495907597, 0.463684700652],
        [-0.060858608417, -0.114021596482, -0.099321845821, 0.175495907597, 1.0, 0.416556031435],
        [0.35307918362, -0.645882706457, -0.663788857035, 0.463684700652, 0.416556031435, 1.0],
    ]
)
# lmg of the same by the R package relaimpo (Groemping 2006)
PUBLISHED = [0.05709122, 0.17117303, 0.26013468, 0.10557015, 0.11276592]


def answers(n: int, weights: list[float], seed: int = 1) -> Floats:
    """Sub-scores 1..5 that have something in common, and an overall score of 1..5 made of them and of chance."""
    at_random = np.random.default_rng(seed)
    mood = at_random.normal(size=(n, 1))
    parts = np.clip(np.round(3 + 0.7 * mood + at_random.normal(size=(n, len(weights)))), 1, 5)
    overall = np.clip(np.round(parts @ weights / sum(weights) + at_random.normal(scale=0.5, size=n)), 1, 5)
    return np.column_stack([parts, overall])


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def r_squared_of(parts: Floats, overall: Floats) -> float:
    ones = np.column_stack([np.ones(len(parts)), parts])
    fitted = ones @ np.linalg.lstsq(ones, overall, rcond=None)[0]
    return 1 - float(((overall - fitted) ** 2).sum() / ((overall - overall.mean()) ** 2).sum())


def by_every_order(rows: Floats) -> list[float]:
    """Of every order in which the sub-scores can enter a regression, what each adds to R^2 when it does; the mean."""
    parts, overall = rows[:, :-1], rows[:, -1]
    gains: list[list[float]] = [[] for _ in range(parts.shape[1])]
    for order in permutations(range(parts.shape[1])):
        before = 0.0
        for place, one in enumerate(order):
            after = r_squared_of(parts[:, list(order[: place + 1])], overall)
            gains[one].append(after - before)
            before = after
    return [float(np.mean(gain)) for gain in gains]


def test_it_is_the_published_decomposition_of_the_swiss_provinces() -> None:
    sums = np.zeros((1, 7, 7))
    sums[0, 0, 0], sums[0, 1:, 1:] = 47, 46 * SWISS
    assert shapley(explained(sums))[0] == pytest.approx(PUBLISHED, abs=5e-9)


@pytest.mark.parametrize("weights", [[1.0], [3, 1], [4, 2, 1, 0], [1, 1, 1, 5, 2]])
def test_it_is_the_mean_gain_over_every_order(weights: list[float]) -> None:
    rows = answers(400, weights)
    found = importance(rows, rng(), rounds=20)
    assert found.importance == pytest.approx(by_every_order(rows))


def test_importances_are_not_negative_and_add_up_to_what_all_explain() -> None:
    rows = answers(900, [5, 3, 2, 1, 1, 0, 0, 1])
    found = importance(rows, rng(), rounds=20)
    assert found.importance is not None
    assert found.importance.min() >= 0
    assert found.importance.sum() == pytest.approx(found.r_squared)
    assert found.r_squared == pytest.approx(r_squared_of(rows[:, :-1], rows[:, -1]))
    assert found.n == 900


def test_neither_the_unit_nor_the_direction_nor_the_order_of_sub_scores_matters() -> None:
    rows = answers(500, [4, 2, 1])
    plain = importance(rows, rng(), rounds=20).importance
    turned = importance(rows * [10, -1, 1, 2] + [0, 6, 100, 1], rng(), rounds=20).importance
    mixed = importance(rows[:, [2, 0, 1, 3]], rng(), rounds=20).importance
    assert plain is not None
    assert mixed is not None
    assert turned == pytest.approx(plain)
    assert mixed == pytest.approx(plain[[2, 0, 1]])


def test_a_sub_score_that_is_asked_twice_shares_what_it_explains() -> None:
    rows = answers(500, [4, 2, 1])
    once = importance(rows, rng(), rounds=20)
    twice = importance(np.column_stack([rows[:, :1], rows]), rng(), rounds=20)
    assert twice.importance is not None
    assert twice.importance[0] == pytest.approx(twice.importance[1])
    assert twice.r_squared == pytest.approx(once.r_squared)
    assert twice.importance == pytest.approx(by_every_order(np.column_stack([rows[:, :1], rows])))


def test_a_sub_score_that_never_varies_explains_nothing() -> None:
    rows = answers(500, [4, 2])
    with_constant = importance(np.column_stack([rows[:, :1], np.full(500, 5.0), rows[:, 1:]]), rng(), rounds=20)
    assert with_constant.importance is not None
    assert with_constant.importance[1] == 0
    assert with_constant.importance[[0, 2]] == pytest.approx(importance(rows, rng(), rounds=20).importance)


def test_below_a_hundred_responses_it_is_withheld() -> None:
    assert importance(answers(99, [2, 1]), rng()).importance is None
    assert importance(answers(100, [2, 1]), rng(), rounds=20).importance is not None


def test_where_all_together_explain_less_than_a_tenth_it_is_withheld_and_said_how_much() -> None:
    at_random = np.random.default_rng(2)
    found = importance(at_random.integers(1, 6, size=(1000, 4)).astype(float), rng())
    assert (found.importance, found.low) == (None, None)
    assert found.r_squared is not None
    assert found.r_squared < 0.1


def test_where_everybody_says_the_same_nothing_is_explained() -> None:
    same = np.column_stack([answers(300, [1, 1])[:, :-1], np.full(300, 5.0)])
    assert importance(same, rng()).r_squared is None


def test_the_interval_is_the_same_every_time_and_covers_the_truth_as_often_as_it_says() -> None:
    truth = importance(answers(200_000, [4, 2, 1], seed=99), rng(), rounds=20).importance
    assert truth is not None
    covered = []
    for seed in range(60):
        rows = answers(250, [4, 2, 1], seed=seed)
        found = importance(rows, rng(), rounds=200)
        again = importance(rows, rng(), rounds=200)
        assert found.low is not None
        assert found.high is not None
        assert np.array_equal(found.low, again.low if again.low is not None else [])
        covered.append((found.low <= truth) & (truth <= found.high))
    assert 0.87 < np.mean(covered) <= 1.0


def test_blocks_of_many_responses_give_the_interval_of_single_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = answers(6000, [4, 2, 1])
    blocks = importance(rows, rng())
    monkeypatch.setattr("models.satisfaction_drivers._UNITS", 6000)
    singles = importance(rows, rng())
    assert blocks.low is not None
    assert blocks.high is not None
    assert singles.low is not None
    assert singles.high is not None
    assert blocks.high - blocks.low == pytest.approx(singles.high - singles.low, rel=0.15)

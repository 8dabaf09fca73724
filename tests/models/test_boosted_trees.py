"""Boosted trees against scikit-learn's own scores and against Shapley values counted out by hand."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import asdict

import numpy as np
import pytest

from models.churn import boosted_trees
from models.churn.boosted_trees import BoostedTrees, Tree

RNG = np.random.default_rng(1)
VALUES = np.where(RNG.random((3000, 4)) < 0.05, np.nan, RNG.normal(size=(3000, 4)))
VALUES[:, 3] = 7.0  # never varies
TRUE = np.nan_to_num(VALUES[:, 0] * np.where(VALUES[:, 1] > 0, 1, -1)) + np.isnan(VALUES[:, 2]) * 2.0
OUTCOME = RNG.random(3000) < 1 / (1 + np.exp(-TRUE))
SETTINGS = {"trees": 12, "rate": 0.2, "leaves": 8, "least_rows": 40, "ridge": 1.0}
FITTED = boosted_trees.fit(VALUES, OUTCOME, **SETTINGS)


def conditional(tree: Tree, row: np.ndarray, known: frozenset[int], node: int = 0) -> float:
    """The tree's expectation where only some features are known (Lundberg et al. 2020, algorithm 1, as written)."""
    feature = tree.feature[node]
    if feature < 0:
        return tree.value[node]
    left, right = tree.left[node], tree.right[node]
    if feature in known:
        value = row[feature]
        goes_left = tree.missing_left[node] if np.isnan(value) else value <= tree.threshold[node]
        return conditional(tree, row, known, left if goes_left else right)
    return sum(tree.rows[branch] / tree.rows[node] * conditional(tree, row, known, branch) for branch in (left, right))


def shapley(trees: BoostedTrees, row: np.ndarray, feature: int, features: int) -> float:
    """Shapley's formula over all subsets of the other features."""
    others = [other for other in range(features) if other != feature]
    total = 0.0
    for size in range(features):
        weight = math.factorial(size) * math.factorial(features - size - 1) / math.factorial(features)
        for chosen in itertools.combinations(others, size):
            known = frozenset(chosen)
            total += weight * sum(
                conditional(tree, row, known | {feature}) - conditional(tree, row, known) for tree in trees.trees
            )
    return total


def test_contributions_are_shapleys_formula_over_every_subset():
    rows = VALUES[:6]
    found = FITTED.contributions(rows)
    for place, row in enumerate(rows):
        by_hand = [shapley(FITTED, row, feature, 4) for feature in range(4)]
        assert found[place] == pytest.approx(by_hand, abs=1e-12)


def test_contributions_and_the_expected_logit_sum_to_the_logit():
    told = FITTED.expected + FITTED.contributions(VALUES).sum(axis=1)
    assert told == pytest.approx(FITTED.logits(VALUES), abs=1e-9)
    assert np.all(FITTED.contributions(VALUES)[:, 3] == 0)


def test_the_scores_are_those_of_the_library_that_fitted_them():
    from sklearn.ensemble import HistGradientBoostingClassifier

    booster = HistGradientBoostingClassifier(
        max_iter=12, learning_rate=0.2, max_leaf_nodes=8, min_samples_leaf=40, l2_regularization=1.0,
        early_stopping=False, random_state=0,
    ).fit(VALUES[:, :3], OUTCOME)  # fmt: skip
    assert FITTED.logits(VALUES) == pytest.approx(booster.decision_function(VALUES[:, :3]), abs=1e-8)


def test_a_tree_of_one_question_by_hand():
    stump = Tree((0, -1, -1), (1.5, 0, 0), (False, False, False), (1, 0, 0), (2, 0, 0), (0.0, -1.0, 2.0), (10, 4, 6))
    trees = BoostedTrees(0.5, (stump,))
    rows = np.array([[1.5], [1.6], [np.nan]])  # up to the threshold is left, a missing value goes right
    assert trees.logits(rows).tolist() == [-0.5, 2.5, 2.5]
    assert trees.expected == pytest.approx(0.5 + (4 * -1 + 6 * 2) / 10)
    assert trees.contributions(rows)[:, 0] == pytest.approx([-1.8, 1.2, 1.2])


def test_an_ensemble_survives_json_to_the_last_digit():
    told = json.loads(json.dumps(asdict(FITTED)))
    trees = tuple(Tree(**{name: tuple(numbers) for name, numbers in tree.items()}) for tree in told["trees"])
    assert BoostedTrees(told["base"], trees) == FITTED


def test_values_that_never_vary_leave_the_base_rate():
    flat = boosted_trees.fit(np.ones((100, 2)), OUTCOME[:100], **SETTINGS)
    assert flat.trees == ()
    assert flat.logits(np.ones((2, 2))).tolist() == [flat.base] * 2

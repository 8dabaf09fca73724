"""Gradient boosted trees as explicit numbers: fitted by scikit-learn, then scored and explained by the lines below.

A fitted ensemble is thresholds, branches and leaf values, so it can be kept as JSON and read by anything. Scoring asks
of each feature once which leaves it leaves open (QuickScorer: Lucchese et al. 2015, SIGIR, section 3): a leaf is a
bit, a feature's value between two thresholds is a bit mask per tree, and what all features leave open is one leaf.

Contributions are exact Shapley values of the trees' own conditional expectations (TreeSHAP: Lundberg et al. 2020,
Nature Machine Intelligence 2:56, algorithm 1), tabulated per leaf over the few answers its path can get (Fast TreeSHAP
v2: Yang 2021, arXiv:2109.09847, section 3.2), and per tree over the kinds of rows it can tell apart: a row is then one
entry per tree and feature.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
MaskArray = NDArray[np.uint16]

MOST_LEAVES: Final = 16  # a leaf is one bit of a mask
DIGITS: Final = 10
CHUNK: Final = 4096  # rows scored together: their masks stay in the processor's cache


@dataclass(frozen=True)
class Tree:
    """One tree by its nodes, the root first; for a leaf ``feature`` is -1 and the branches are 0.

    Attributes:
        feature: place of the feature asked, shape (nodes,).
        threshold: a value of at most this goes left.
        missing_left: whether a value that does not exist goes left.
        left: node of the left branch.
        right: node of the right branch.
        value: a leaf's logits; 0 inside.
        rows: past rows that came by.
    """

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    missing_left: tuple[bool, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]
    rows: tuple[int, ...]

    @cached_property
    def leaves(self) -> list[_Leaf]:
        """The leaves from left to right."""
        return list(_below(self, 0, {}, {}))


@dataclass(frozen=True)
class BoostedTrees:
    """logit = base + one leaf of each tree.

    Attributes:
        base: logit before the first tree.
        trees: at most MOST_LEAVES leaves each.
    """

    base: float
    trees: tuple[Tree, ...]

    @property
    def expected(self) -> float:
        """The logit of nobody in particular: every leaf weighted by the past rows in it."""
        return self.base + sum(
            sum(
                value * rows
                for value, rows, feature in zip(tree.value, tree.rows, tree.feature, strict=True)
                if feature < 0
            )
            / tree.rows[0]
            for tree in self.trees
        )

    @cached_property
    def _leaf_values(self) -> FloatArray:
        """The leaves' logits, from left to right: shape (trees, MOST_LEAVES)."""
        values = np.zeros((len(self.trees), MOST_LEAVES))
        for place, tree in enumerate(self.trees):
            values[place, : len(tree.leaves)] = [tree.value[leaf.node] for leaf in tree.leaves]
        return values

    @cached_property
    def _doors(self) -> list[_Door]:
        return _doors(self.trees)

    def logits(self, values: FloatArray) -> FloatArray:
        """The logit per row of ``values``, shape (n, features); NaN is a value that does not exist."""
        found = np.full(len(values), self.base)
        if not self.trees:
            return found
        flat, first = self._leaf_values.ravel(), np.arange(len(self.trees)) * MOST_LEAVES
        for start in range(0, len(values), CHUNK):
            chunk = values[start : start + CHUNK]
            open_ = np.full((len(chunk), len(self.trees)), 0xFFFF, dtype=np.uint16)
            for door in self._doors:
                open_ &= door.masks[door.place_of(chunk[:, door.feature])]
            found[start : start + CHUNK] += flat[_BIT[open_] + first].sum(axis=1)
        return found

    @cached_property
    def _share_tables(self) -> list[_ShareTable]:
        return [_share_table(tree, place, self._doors) for place, tree in enumerate(self.trees)]

    def contributions(self, values: FloatArray) -> FloatArray:
        """Shapley value of each feature per row, shape (n, features): with ``expected`` they sum to the logit."""
        found = np.zeros(values.shape[::-1])
        for start in range(0, len(values), CHUNK):
            chunk = values[start : start + CHUNK]
            places = {door.feature: door.place_of(chunk[:, door.feature]) for door in self._doors}
            for table in self._share_tables:
                row = np.zeros(len(chunk), dtype=np.int64)
                for feature, offsets in table.offsets.items():
                    row += offsets[places[feature]]
                for feature, shares in table.shares.items():
                    found[feature, start : start + CHUNK] += shares[row]
        return found.T


@dataclass(frozen=True)
class _ShareTable:
    """The Shapley values of one tree for everything it can tell apart: at most 2^(leaves - 1) kinds of rows.

    Attributes:
        offsets: per feature asked, by place among its door's thresholds, what it adds to the kind's number.
        shares: per feature asked, its Shapley value by the kind's number.
    """

    offsets: dict[int, NDArray[np.int64]]
    shares: dict[int, FloatArray]


def _share_table(tree: Tree, place: int, doors: list[_Door]) -> _ShareTable:
    """Places of a feature that leave the same leaves open are one answer; each combination of answers is a kind."""
    asked = {feature for feature in tree.feature if feature >= 0}
    offsets: dict[int, NDArray[np.int64]] = {}
    left_open: dict[int, MaskArray] = {}  # per feature: by kind, the leaves it leaves open
    kinds = 1
    for door in doors:
        if door.feature in asked:
            answers, answer_of = np.unique(door.masks[:, place], return_inverse=True)
            offsets[door.feature] = answer_of.astype(np.int64) * kinds
            left_open = {feature: np.tile(masks, len(answers)) for feature, masks in left_open.items()}
            left_open[door.feature] = np.repeat(answers, kinds)
            kinds *= len(answers)
    shares = {feature: np.zeros(kinds) for feature in offsets}
    for bit, leaf in enumerate(tree.leaves):
        answer = np.zeros(kinds, dtype=np.int64)
        for number, feature in enumerate(leaf.spans):
            answer += ((left_open[feature] >> np.uint16(bit)) & 1).astype(np.int64) << number
        of_leaf = _shapley(tree.value[leaf.node], tuple(leaf.shares[feature] for feature in leaf.spans))
        for number, feature in enumerate(leaf.spans):
            shares[feature] += of_leaf[number][answer]
    return _ShareTable(offsets, shares)


@dataclass(frozen=True)
class _Span:
    """Values (above, up_to] of one feature that lead on, and whether a missing one does."""

    above: float = -math.inf
    up_to: float = math.inf
    missing: bool = True


@dataclass(frozen=True)
class _Leaf:
    """A leaf, the span each feature on its path must lie in, and the share of past rows that did at those nodes."""

    node: int
    spans: dict[int, _Span]
    shares: dict[int, float]


@dataclass(frozen=True)
class _Door:
    """One feature's thresholds over all trees, and per place between them the leaves left open, one mask per tree."""

    feature: int
    thresholds: FloatArray
    masks: MaskArray

    def place_of(self, values: FloatArray) -> NDArray[np.int64]:
        """Place of each value among the thresholds; the last place is for values that do not exist."""
        places = np.searchsorted(self.thresholds, values, side="left")
        return np.where(np.isnan(values), len(self.thresholds) + 1, places)


def _within(thresholds: FloatArray, span: _Span) -> BoolArray:
    """Place k holds values above the (k - 1)-th threshold, up to the k-th; the last holds missing ones."""
    lower = np.concatenate([[-math.inf], thresholds])
    upper = np.concatenate([thresholds, [math.inf]])
    return np.append((lower >= span.above) & (upper <= span.up_to), span.missing)


def _doors(trees: tuple[Tree, ...]) -> list[_Door]:
    """One door per feature that any tree asks for, by its place."""
    asked: dict[int, set[float]] = {}
    for tree in trees:
        for feature, threshold in zip(tree.feature, tree.threshold, strict=True):
            if feature >= 0:
                asked.setdefault(feature, set()).add(threshold)
    thresholds = {feature: np.array(sorted(found)) for feature, found in sorted(asked.items())}
    all_leaves = np.array([2 ** len(tree.leaves) - 1 for tree in trees], dtype=np.uint16)
    masks = {feature: np.tile(all_leaves, (len(found) + 2, 1)) for feature, found in thresholds.items()}
    for place, tree in enumerate(trees):
        for bit, leaf in enumerate(tree.leaves):
            for feature, span in leaf.spans.items():  # every other feature leaves the leaf open
                masks[feature][~_within(thresholds[feature], span), place] &= ~np.uint16(1 << bit)
    return [_Door(feature, found, masks[feature]) for feature, found in thresholds.items()]


def _below(tree: Tree, node: int, spans: dict[int, _Span], shares: dict[int, float]) -> Iterator[_Leaf]:
    feature, threshold = tree.feature[node], tree.threshold[node]
    if feature < 0:
        yield _Leaf(node, spans, shares)
        return
    span = spans.get(feature, _Span())
    goes_left = span.missing and tree.missing_left[node]
    goes_right = span.missing and not tree.missing_left[node]
    for branch, narrowed in (
        (tree.left[node], _Span(span.above, min(span.up_to, threshold), goes_left)),
        (tree.right[node], _Span(max(span.above, threshold), span.up_to, goes_right)),
    ):
        share = shares.get(feature, 1.0) * tree.rows[branch] / tree.rows[node]
        yield from _below(tree, branch, {**spans, feature: narrowed}, {**shares, feature: share})


def _shapley(value: float, shares: tuple[float, ...]) -> FloatArray:
    """What each feature of a leaf's path contributes, by the answers: shape (features, 2^features).

    Bit j of an answer says whether the row's own value of feature j leads to the leaf. Known, it counts 1 or 0;
    unknown, the share of past rows that it leads there. phi_i = sum over subsets S without i of
    |S|! (d - |S| - 1)! / d! (v(S + i) - v(S)), v a product of those (Shapley 1953; Lundberg et al. 2020, eq. 4).
    """
    d = len(shares)
    answers: NDArray[np.int64] = np.arange(2**d, dtype=np.int64)
    known = np.stack([(answers >> feature) & 1 for feature in range(d)], axis=1).astype(np.float64)
    weights = [math.factorial(size) * math.factorial(d - size - 1) / math.factorial(d) for size in range(d)]
    found = np.zeros((d, 2**d))
    for i in range(d):
        # Products over the other features by how many are known: coefficients of prod_j (share_j + known_j y).
        by_size = np.zeros((2**d, d))
        by_size[:, 0] = 1.0
        for j in range(d):
            if j != i:
                by_size[:, 1:] = by_size[:, 1:] * shares[j] + by_size[:, :-1] * known[:, [j]]
                by_size[:, 0] *= shares[j]
        found[i] = value * (by_size @ np.array(weights)) * (known[:, i] - shares[i])
    return found


_BIT: Final = np.zeros(2**MOST_LEAVES, dtype=np.int64)
_BIT[1 << np.arange(MOST_LEAVES)] = np.arange(MOST_LEAVES)


def fit(
    values: FloatArray, outcome: BoolArray, *, trees: int, rate: float, leaves: int, least_rows: int, ridge: float
) -> BoostedTrees:
    """Trees that lower the log loss step by step (Friedman 2001; histograms: Ke et al. 2017).

    One thread, no early stopping, no subsampling: the same rows give the same trees on any number of cores.

    Args:
        values: shape (n, features); NaN is a value that does not exist.
        outcome: shape (n,), both classes present.
        trees: how many.
        rate: share of each tree's advice that is taken.
        leaves: most per tree, up to MOST_LEAVES.
        least_rows: fewest past rows of a leaf.
        ridge: penalty on a leaf's square.
    """
    ensemble: Any = import_module("sklearn.ensemble")
    threads: Any = import_module("threadpoolctl")
    varies = np.flatnonzero([len(np.unique(column[~np.isnan(column)])) > 1 for column in values.T])
    prior = float(outcome.mean())
    base = math.log(prior / (1 - prior))
    if not len(varies):
        return BoostedTrees(round(base, DIGITS), ())
    booster = ensemble.HistGradientBoostingClassifier(
        max_iter=trees, learning_rate=rate, max_leaf_nodes=leaves, min_samples_leaf=least_rows, l2_regularization=ridge,
        early_stopping=False, random_state=0,
    )  # fmt: skip
    with threads.threadpool_limits(limits=1):
        booster.fit(values[:, varies], outcome)
    found = tuple(_tree(predictor[0].nodes, varies) for predictor in booster._predictors)
    return BoostedTrees(round(float(booster._baseline_prediction.ravel()[0]), DIGITS), found)


def _tree(nodes: Any, varies: NDArray[np.int64]) -> Tree:
    """scikit-learn's node records as ours; numbers that would not survive JSON are kept out."""
    is_leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        feature=tuple(
            -1 if leaf else int(varies[feature]) for leaf, feature in zip(is_leaf, nodes["feature_idx"], strict=True)
        ),
        threshold=tuple(
            0.0 if leaf else float(min(max(threshold, -1e300), 1e300))
            for leaf, threshold in zip(is_leaf, nodes["num_threshold"], strict=True)
        ),
        missing_left=tuple(bool(goes) for goes in nodes["missing_go_to_left"]),
        left=tuple(int(node) for node in nodes["left"]),
        right=tuple(int(node) for node in nodes["right"]),
        value=tuple(
            round(float(value), DIGITS) if leaf else 0.0 for leaf, value in zip(is_leaf, nodes["value"], strict=True)
        ),
        rows=tuple(int(rows) for rows in nodes["count"]),
    )

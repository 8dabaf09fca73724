"""Rules for people: a tree of at most four questions, each answer a rule with its rate, held to a later date.

The rates are not those the tree was grown on: a rule is validated where the models are, at an origin whose outcome was
not known to what grew it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import numpy as np
import polars as pl

from models.churn.features import GAP_DAYS, OVERDUE
from models.proportions import wilson_bounds

DEPTH: Final = 4
LEAST_SHARE, LEAST_ROWS = 0.03, 50  # of a rule: smaller ones are anecdotes
LEAST_GAIN: Final = 0.0005  # a question that tells less is not asked


@dataclass(frozen=True)
class Measure:
    """Something a rule may ask for: where it comes from, how it is written, and to which step it is rounded."""

    name: str
    expression: pl.Expr
    words: str
    words_zh: str
    decimals: int = 0
    always_exists: bool = True


MEASURES: Final = (
    Measure("recency_days", pl.col("recency_days"), "days since the last order", "距上次下单天数"),
    Measure("orders_window", pl.col("orders_window"), "orders in the window", "窗口内下单次数"),
    Measure("orders_90", pl.col("orders_90"), "orders in the last 90 days", "近 90 天下单次数"),
    Measure("tenure_days", pl.col("tenure_days"), "days since the first order", "距首次下单天数"),
    Measure("mean_gap_days", GAP_DAYS, "mean days between orders", "平均下单间隔天数", always_exists=False),
    Measure("overdue", OVERDUE, "silence as a multiple of the own mean gap", "沉默时间相当于平均间隔的倍数", 1, False),
    Measure("net_value_window", pl.col("net_value_window"), "net value in the window", "窗口内净消费"),
)


MEASURED_COLUMNS: Final = tuple(
    sorted({column for measure in MEASURES for column in measure.expression.meta.root_names()})
)
"""The columns of ``models.churn.features`` that :func:`measures` reads."""


@dataclass(frozen=True)
class Bound:
    """``measure`` is at most (or more than) the border; a measure that does not exist counts as -1."""

    measure: str
    at_most: bool
    border: float

    def holds(self, rows: pl.DataFrame) -> pl.Series:
        """Which rows it holds for."""
        values = rows[self.measure]
        return values <= self.border if self.at_most else values > self.border


Rule = tuple[Bound, ...]


def grow(past: pl.DataFrame) -> tuple[Rule, ...]:
    """The rules of the past rows, each customer in exactly one; a single rule without bounds where nothing tells.

    Args:
        past: rows of ``models.churn.features`` with ``churned``; their order does not matter.
    """
    ordered = past.sort("origin", "customer_id")
    if ordered["churned"].n_unique() < 2:
        return ((),)
    library: Any = import_module("sklearn.tree")
    values = measures(ordered)
    tree = library.DecisionTreeClassifier(
        max_depth=DEPTH, min_samples_leaf=max(LEAST_ROWS, int(LEAST_SHARE * ordered.height)),
        min_impurity_decrease=LEAST_GAIN, random_state=0,
    ).fit(values.to_numpy(), ordered["churned"].to_numpy()).tree_  # fmt: skip
    return tuple(dict.fromkeys(_rules(tree, 0, {})))


def _rules(tree: Any, node: int, bounds: dict[tuple[str, bool], float]) -> list[Rule]:
    if tree.children_left[node] < 0:
        order = [measure.name for measure in MEASURES]
        named = sorted(bounds.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
        return [tuple(Bound(name, at_most, border) for (name, at_most), border in named)]
    measure = MEASURES[int(tree.feature[node])]
    border = float(np.floor(tree.threshold[node] * 10**measure.decimals) / 10**measure.decimals)
    left = {**bounds, (measure.name, True): border}
    right = {**bounds, (measure.name, False): border}
    return [*_rules(tree, int(tree.children_left[node]), left), *_rules(tree, int(tree.children_right[node]), right)]


def measures(rows: pl.DataFrame) -> pl.DataFrame:
    """The measures that rules ask for, rounded as they are written; -1 where one does not exist."""
    return rows.select(
        measure.expression.cast(pl.Float64).round(measure.decimals).fill_nan(None).fill_null(-1.0).alias(measure.name)
        for measure in MEASURES
    )


def judged(rules: tuple[Rule, ...], past: pl.DataFrame, judging: pl.DataFrame, tonight: pl.DataFrame) -> pl.DataFrame:
    """One row per rule, highest rate first: what it says, and how it did.

    Args:
        rules: as :func:`grow` finds them.
        past: rows that they were grown on.
        judging: rows of a later date, with ``churned``.
        tonight: the :func:`measures` of the customers to count.

    Returns ``rule`` (from 1), ``words``, ``words_zh``, ``questions``, ``n_past``, ``rate_past``, ``n``, ``churned``,
    ``rate``, ``low``, ``high`` (at the judging origin; NULL where nobody is in the rule) and ``customers`` tonight.
    """
    frames = {"past": measures(past), "judging": measures(judging), "tonight": tonight}
    lines: list[dict[str, Any]] = []
    for bounds in rules:
        held = {name: _all(bounds, frame) for name, frame in frames.items()}
        in_past, in_judging = past.filter(held["past"]), judging.filter(held["judging"])
        lines.append(
            {
                "words": _in_words(bounds, zh=False),
                "words_zh": _in_words(bounds, zh=True),
                "questions": len(bounds),
                "n_past": in_past.height,
                "rate_past": float(in_past["churned"].sum()) / in_past.height if in_past.height else None,
                "n": in_judging.height,
                "churned": int(in_judging["churned"].sum()),
                "customers": int(held["tonight"].sum()),
            }
        )
    low, high = wilson_bounds(pl.col("churned"), pl.col("n"))
    rate = pl.when(pl.col("n") > 0).then(pl.col("churned") / pl.col("n"))
    table = pl.DataFrame(lines).with_columns(rate=rate, low=low, high=high)
    ranked = table.sort("rate", "rate_past", "words", descending=[True, True, False], nulls_last=True)
    return ranked.with_row_index("rule", offset=1).with_columns(pl.col("rule").cast(pl.Int64))


def _all(bounds: Rule, values: pl.DataFrame) -> pl.Series:
    held = pl.Series([True]).new_from_index(0, values.height)
    for bound in bounds:
        held = held & bound.holds(values)
    return held


def _in_words(bounds: Rule, *, zh: bool) -> str:
    if not bounds:
        return "所有客户" if zh else "every customer"
    by_name = {measure.name: measure for measure in MEASURES}
    return ("，且" if zh else " and ").join(
        _of_one(by_name[name], [bound for bound in bounds if bound.measure == name], zh=zh)
        for name in dict.fromkeys(bound.measure for bound in bounds)
    )


def _of_one(measure: Measure, bounds: list[Bound], *, zh: bool) -> str:
    """What the bounds of one measure say, the lower first; who has any value of it is not unknown."""
    name = measure.words_zh if zh else measure.words
    most, least = ([bound.border for bound in bounds if bound.at_most is at_most] for at_most in (True, False))
    is_asked_for = not measure.always_exists and (most or least)[0] < 0  # between "does not exist" and any value
    if is_asked_for:
        return f"{('无' if most else '有') if zh else ('no ' if most else 'known ')}{name}"
    told_least = [border for border in least if measure.always_exists or border >= 0]
    signs = [("> ", border) for border in told_least] + [("≤ ", border) for border in most]
    told = ("且 " if zh else "and ").join(f"{sign}{border:,.{measure.decimals}f} " for sign, border in signs).strip()
    or_unknown = "" if measure.always_exists or least else ("（或尚无）" if zh else " or unknown")
    return f"{name} {told}{or_unknown}"

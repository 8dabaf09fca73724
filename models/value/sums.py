"""How far the value of many customers together may be from what is expected: by tier, and of the whole shop.

A parametric bootstrap. Each round draws the parameters once, for everybody, and then what every customer does under
them: so customers' sums share the doubt about the parameters, which does not average out, and the luck of each, which
does. Of very many customers the most valuable are drawn one by one and the others by a sample of them: their expected
sum is known, the parameters move it by its derivative in their logs, and the luck of the sample is the root of the
sampling factor times as large for all.

    sum = drawn of the listed
        + expected of the others exp(derivative . step) + sqrt(others / sampled) (drawn - expected) of the sampled

Where several models are each as likely, each expects of the others as much more or less as it does of the sampled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import polars as pl

from models.maximum_likelihood import FloatArray, Maximum
from models.value.history_scores import Horizon
from models.value.order_values import OrderValues
from models.value.parameter_draws import log_steps
from models.value.purchase_histories import IntArray
from models.value.purchase_process import PurchaseProcess
from models.value.two_part import TwoPart

ROUNDS: Final = 400
LEVELS: Final = (0.1, 0.9)
NUDGE: Final = 1e-3
SEED: Final = 19830101
LISTED: Final = 800
"""Customers drawn one by one where there are many: the most valuable of the shop."""
SAMPLED: Final = 400
"""Customers of a group that stand for its others."""
ALL_LISTED: Final = 3_000
"""Customers up to which all are drawn one by one."""


class World(Protocol):
    """What customers may do under parameters that are a step away, in logs or in their own unit, from the fit."""

    def steps(self, rounds: int, rng: np.random.Generator) -> FloatArray:
        """Steps of the parameters, shape (rounds, parameters)."""
        ...

    def expected(self, step: FloatArray) -> FloatArray:
        """Expected value of every customer."""
        ...

    def drawn(self, step: FloatArray, rng: np.random.Generator) -> FloatArray:
        """One drawn value of every customer."""
        ...


@dataclass(frozen=True)
class PurchaseWorld:
    """Customers who order as a purchase model says, for what the model of order values says.

    Attributes:
        fits: of the purchase model, and of Gamma-Gamma where values are by it.
        models: the two models at a step: of purchases for the customers at each places of the rows, of order values for
            all.
        rows: one per customer with ``repeats, recency_days, age_days, value``.
        horizon: how far ahead.
        nearer: what money of the horizon is worth today of itself.
    """

    fits: tuple[Maximum, ...]
    models: Callable[[FloatArray], tuple[Sequence[tuple[IntArray, PurchaseProcess]], OrderValues]]
    rows: pl.DataFrame
    horizon: Horizon
    nearer: float

    def steps(self, rounds: int, rng: np.random.Generator) -> FloatArray:
        """Of both fits side by side: nothing ties orders and their values."""
        return np.concatenate([log_steps(fit, rounds, rng) for fit in self.fits], axis=1)

    def expected(self, step: FloatArray) -> FloatArray:
        """P(alive) times orders times the value of one."""
        processes, values = self.models(step)
        x, t_x, T, z = self._histories()
        orders = np.empty(len(x))
        for some, process in processes:
            alive = process.probability_alive(x[some], t_x[some], T[some])
            orders[some] = alive * process.orders_if_alive(x[some], T[some], float(self.horizon.days))
        return self.nearer * orders * values.expected_value(x + 1.0, z)

    def drawn(self, step: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Orders, then what they are worth."""
        processes, values = self.models(step)
        x, t_x, T, z = self._histories()
        orders = np.empty(len(x))
        for some, process in processes:
            orders[some] = process.simulated_orders(x[some], t_x[some], T[some], float(self.horizon.days), rng)
        return self.nearer * values.simulated(orders, x + 1.0, z, rng)

    def _histories(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        names = ("repeats", "recency_days", "age_days", "value")
        x, t_x, T, value = (self.rows[name].cast(pl.Float64).to_numpy() for name in names)
        return x, t_x, T, value / (x + 1.0)


@dataclass(frozen=True)
class RegressionWorld:
    """Customers who buy as the two-part regression says, for a log-normal value."""

    two_part: TwoPart
    rows: pl.DataFrame
    nearer: float

    def steps(self, rounds: int, rng: np.random.Generator) -> FloatArray:
        """Of the coefficients of both parts."""
        return self.two_part.steps(rounds, rng)

    def expected(self, step: FloatArray) -> FloatArray:
        """P(buys) x E[value | buys]."""
        return self.nearer * self.two_part.moved(step).expected_value(self.rows)

    def drawn(self, step: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Buys or not, and a value where so."""
        moved = self.two_part.moved(step)
        buys, logs = moved.parts(self.rows)
        values = np.exp(logs + np.sqrt(moved.variance) * rng.standard_normal(len(logs)))
        return self.nearer * np.where(rng.random(len(buys)) < buys, values, 0.0)


@dataclass(frozen=True)
class Group:
    """Customers summed up.

    Attributes:
        name: of the group.
        listed: places in the rows of those drawn one by one.
        sampled: places of those that stand for all others.
        others: how many those are.
        others_expected: sum of their expected values.
    """

    name: str
    listed: IntArray
    sampled: IntArray
    others: int
    others_expected: float


def spokesmen(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows less those of groups that have more than enough to stand for the others.

    Args:
        rows: one per chosen customer, ordered: ``tier, is_listed`` and whatever a world needs.
    """
    rng = np.random.default_rng(SEED)
    drawn = rows.with_columns(pl.Series("place", rng.permutation(rows.height)))
    rank = pl.col("place").rank().over("tier", "is_listed")
    return drawn.filter((pl.col("is_listed") == 1) | (rank <= SAMPLED)).drop("place")


def grouped(rows: pl.DataFrame, totals: pl.DataFrame) -> list[Group]:
    """The groups, from the customers chosen to speak for them.

    Args:
        rows: one per chosen customer, with ``tier, is_listed, clv``.
        totals: ``tier, customers, expected_value`` of all customers.
    """
    found: list[Group] = []
    is_listed, clv = (rows["is_listed"] == 1).to_numpy(), rows["clv"].cast(pl.Float64).to_numpy()
    for tier, customers, expected in totals.select("tier", "customers", "expected_value").rows():
        own = (rows["tier"] == tier).to_numpy()
        listed, others = (np.flatnonzero(own & which).astype(np.int64) for which in (is_listed, ~is_listed))
        left = float(expected) - float(np.sum(clv[listed])) if customers > len(listed) else 0.0
        found.append(Group(tier, listed, others, customers - len(listed), left))
    return found


def intervals(worlds: tuple[World, ...], groups: list[Group]) -> dict[str, tuple[float, float]]:
    """The 80 % interval of every group's sum, and of the sum of all under the name ``all``.

    Args:
        worlds: one, or several that are each as likely: a blend's. The rounds go round them.
        groups: without a customer in common.
    """
    rng = np.random.default_rng(SEED)
    is_sampled = any(len(group.sampled) for group in groups)
    sums = np.zeros((ROUNDS, len(groups)))
    taken = [(world, world.steps(len(range(place, ROUNDS, len(worlds))), rng)) for place, world in enumerate(worlds)]
    stills: list[FloatArray] = [np.zeros(steps.shape[1]) for _, steps in taken]
    expectations = [world.expected(still) for (world, _), still in zip(taken, stills, strict=True)]
    for place, ((world, steps), still, expected) in enumerate(zip(taken, stills, expectations, strict=True)):
        slopes = _slopes(world, still, groups)
        others = [group.others_expected * _of_the_mean(expected, expectations, group) for group in groups]
        for round_, step in zip(range(place, ROUNDS, len(worlds)), steps, strict=True):
            drawn = world.drawn(step, rng)
            usual = world.drawn(still, rng) if is_sampled else expected
            for column, group in enumerate(groups):
                sums[round_, column] = float(np.sum(drawn[group.listed]))
                sums[round_, column] += others[column] * float(np.exp((slopes[column] * step).sum()))
                if len(group.sampled):
                    luck = float(np.sum((usual - expected)[group.sampled]))
                    sums[round_, column] += np.sqrt(group.others / len(group.sampled)) * luck
    ends = {group.name: _ends(sums[:, column]) for column, group in enumerate(groups)}
    return ends | {"all": _ends(sums.sum(axis=1))}


def _of_the_mean(expected: FloatArray, expectations: list[FloatArray], group: Group) -> float:
    """What a world expects of the group's sampled over the mean of all worlds, which the others' expected sum is of."""
    mean = float(np.mean([np.sum(each[group.sampled]) for each in expectations]))
    return float(np.sum(expected[group.sampled])) / mean if mean > 0 else 1.0


def _slopes(world: World, still: FloatArray, groups: list[Group]) -> FloatArray:
    """Derivatives of the log of the expected sum of each group's sampled in the parameters, shape (groups, size)."""
    found = np.zeros((len(groups), len(still)))
    if not any(len(group.sampled) for group in groups):
        return found
    for place in range(len(still)):
        nudge = np.zeros(len(still))
        nudge[place] = NUDGE
        after, before = world.expected(nudge), world.expected(-nudge)
        for row, group in enumerate(groups):
            if len(group.sampled):
                more, less = (max(float(np.sum(sums[group.sampled])), 1e-300) for sums in (after, before))
                found[row, place] = (np.log(more) - np.log(less)) / (2 * NUDGE)
    return found


def _ends(sums: FloatArray) -> tuple[float, float]:
    low, high = np.quantile(sums, LEVELS)
    return max(float(low), 0.0), max(float(high), 0.0)

"""How far a customer's value in the horizon may be from what is expected: the fitted process, not only its mean.

The value is the sum of N future orders, N as the purchase model says and each order as the model of order values says.
In units of the customer's own scale its distribution depends on (x, T) alone where the customer is alive, and is 0
where not: so it is computed once per (x, T), exactly up to the grid it is read from, instead of by simulation.

The 80 % interval is [q10, q90], and begins at 0 where 10 % or more is the probability of no order: then it is
[0, q80], which the same 80 % of the customers fall in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.maximum_likelihood import FloatArray
from models.order_values import OrderValues
from models.purchase_histories import IntArray
from models.purchase_process import PurchaseProcess

LOW: Final = 0.1
HIGH: Final = 0.9
FROM_ZERO: Final = 0.8
GRID: Final = 96
STEPS: Final = 7
"""Halvings that find a place among GRID."""
MOST_ORDERS: Final = 400
"""Orders in the horizon above which a log-normal distribution of the same mean and variance is read instead."""


@dataclass(frozen=True)
class Levels:
    """Distribution of the value of customers alive, per pair of (x, T), in units of the scale.

    Attributes:
        sums: grid of values, shape (pairs, GRID), ascending.
        below: P(value <= sums), shape (pairs, GRID).
        none: P(no order), shape (pairs,).
    """

    sums: FloatArray
    below: FloatArray
    none: FloatArray


def levels_if_alive(
    process: PurchaseProcess, values: OrderValues, x: FloatArray, T: FloatArray, horizon: float
) -> Levels:
    """The distributions of customers with these (x, T), shape (n,) each, who are alive.

    Args:
        process: the purchase model.
        values: the model of order values; orders so far are x + 1.
        x: repeat order days.
        T: age.
        horizon: time looked ahead.
    """
    expected = process.orders_if_alive(x, T, horizon)
    none = np.minimum(process.probability_none_if_alive(x, T, horizon), 1.0)
    one, within, between = values.moments_of_one(x + 1.0)
    # P(no order) of a Poisson count whose rate is Gamma distributed tells its variance: m + m^2 / (r + x) at most.
    spread = np.sqrt(expected + expected**2 / np.maximum(x + process.parameters[0], 0.05))
    mean = expected * one
    deviation = np.sqrt(expected * within + spread**2 * (one**2 + between) + expected**2 * between)
    most = np.ceil(expected + 9.0 * spread + 8.0)
    grid = np.linspace(0.0, 1.0, GRID)
    sums, below = np.empty((len(x), GRID)), np.empty((len(x), GRID))
    many = most > MOST_ORDERS
    if many.any():
        ratio = np.log1p((deviation[many] / np.maximum(mean[many], 1e-12)) ** 2)
        logs = np.log(mean[many]) - 0.5 * ratio
        steps = -4.0 + 8.0 * grid
        sums[many] = np.exp(logs[:, None] + np.sqrt(ratio)[:, None] * steps)
        below[many] = _normal(steps)[None, :]
    for some in _equal(x, ~many):
        orders = float(x[some[0]])
        top = float(np.max(mean[some] + 7.0 * deviation[some])) + 4.0 * float(one[some[0]])
        least = 0.01 * float(one[some[0]])
        row = np.exp(np.log(least) + grid * np.log(max(top, 2.0 * least) / least))
        n = np.arange(1.0, float(most[some].max()) + 1.0)
        counts = process.counts_if_alive(x[some], T[some], horizon, len(n))
        of_sums = values.sum_of_orders(n, orders + 1.0, row)
        sums[some] = row
        below[some] = counts[:, :1] + np.einsum("in,ng->ig", counts[:, 1:], of_sums)
    return Levels(sums, np.minimum(np.maximum.accumulate(below, axis=1), 1.0), none)


def interval(levels: Levels, pair: IntArray, alive: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lower and upper end in units of the scale, and P(no order), per history.

    Args:
        levels: distributions per pair of (x, T).
        pair: the history's pair, shape (n,).
        alive: P(alive) of the history, shape (n,).
    """
    none = 1.0 - alive * (1.0 - levels.none[pair])
    from_zero = none >= LOW
    low = np.where(from_zero, 0.0, quantile(levels, pair, alive, np.full(len(pair), LOW)))
    high = quantile(levels, pair, alive, np.where(from_zero, FROM_ZERO, HIGH))
    return low, high, none


def quantile(levels: Levels, pair: IntArray, alive: FloatArray, level: FloatArray) -> FloatArray:
    """The value not exceeded with that probability, per history, in units of the scale."""
    among_living = (level - (1.0 - alive)) / np.maximum(alive, 1e-12)
    found = np.zeros(len(pair))
    for start in range(0, len(pair), 100_000):
        some = slice(start, start + 100_000)
        own, wanted = pair[some], among_living[some]
        place, most = np.zeros(len(own), dtype=np.int64), np.full(len(own), GRID - 1, dtype=np.int64)
        for _ in range(STEPS):  # the first place that is not below, by halving
            middle = (place + most) // 2
            is_below = levels.below[own, middle] < wanted
            place, most = np.where(is_below, middle + 1, place), np.where(is_below, most, middle)
        place = np.clip(place, 1, GRID - 1)
        lower, upper = levels.below[own, place - 1], levels.below[own, place]
        share = np.clip((wanted - lower) / np.maximum(upper - lower, 1e-15), 0.0, 1.0)
        before, behind = (np.log(levels.sums[own, at]) for at in (place - 1, place))
        between = np.exp(before * (1 - share) + behind * share)
        found[some] = np.where(wanted > levels.none[own], between, 0.0)
    return found


def _equal(x: FloatArray, chosen: FloatArray | np.ndarray) -> list[IntArray]:
    """Places of the chosen rows, one array per distinct x."""
    places = np.flatnonzero(chosen)
    if not len(places):
        return []
    order = places[np.argsort(x[places], kind="stable")]
    return [part.astype(np.int64) for part in np.split(order, np.flatnonzero(np.diff(x[order])) + 1)]


def _normal(steps: FloatArray) -> FloatArray:
    from scipy.special import ndtr

    return np.asarray(ndtr(steps), dtype=np.float64)

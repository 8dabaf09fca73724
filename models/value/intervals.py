"""How far a customer's value in the horizon may be from what is expected: the fitted process, not only its mean.

The value is the sum of N future orders, N as the purchase model says and each order as the model of order values says.
In units of the customer's own scale its distribution depends on (x, T) alone where the customer is alive, and is 0
where not: so it is computed once per (x, T), exactly up to the grid it is read from, instead of by simulation.

The 80 % interval is [q10, q90], and begins at 0 where 10 % or more is the probability of no order: then it is
[0, q80], which the same 80 % of the customers fall in. Where that probability is above 80 %, q80 is 0 too, and the
interval cannot be made to hold as few as 80 %: 0 alone holds more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.maximum_likelihood import FloatArray
from models.value.order_values import OrderValues
from models.value.purchase_histories import IntArray
from models.value.purchase_process import PurchaseProcess

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
        are_whole: whether the values are whole numbers of the scale, and nothing between.
    """

    sums: FloatArray
    below: FloatArray
    none: FloatArray
    are_whole: bool


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
    size = _size(process, values, x, T, horizon)
    sums = _grid(values, size, x)
    return Levels(sums, _below(process, values, x, T, horizon, size, sums), size.none, values.sums_are_whole)


def levels_in_doubt(
    drawn: Sequence[tuple[PurchaseProcess, OrderValues]], x: FloatArray, t_x: FloatArray, T: FloatArray, horizon: float
) -> Levels:
    """The distributions of customers with these histories, whether alive or not, over draws of the parameters.

    They are mixtures: a customer's future varies, and so does what the few customers of a shop tell of it. Sums are in
    units of the scale of the first draw, which is the fit itself; a later draw's unit is that of a customer whose
    orders so far are worth the shop's usual.

    Args:
        drawn: models of purchases and order values, drawn together.
        x: repeat order days, shape (n,).
        t_x: recency.
        T: age.
        horizon: time looked ahead.
    """
    process, values = drawn[0]
    sums = _grid(values, _size(process, values, x, T, horizon), x)
    below, none = np.zeros_like(sums), np.zeros(len(x))
    usual = np.full(len(x), values.usual)
    for own, worth in drawn:
        alive = own.probability_alive(x, t_x, T)
        size = _size(own, worth, x, T, horizon)
        own_scale, scale = (each.scale(x + 1.0, usual) for each in (worth, values))
        # of orders worth nothing any unit will do
        unit = np.divide(scale, own_scale, out=np.ones(len(x)), where=own_scale > 0)
        among_living = _below(own, worth, x, T, horizon, size, sums * unit[:, None])
        below += 1.0 - alive[:, None] * (1.0 - among_living)
        none += 1.0 - alive * (1.0 - size.none)
    return Levels(sums, below / len(drawn), none / len(drawn), values.sums_are_whole)


@dataclass(frozen=True)
class _Size:
    """Mean and deviation of the value of customers alive, orders that are enough, P(no order); shape (n,) each."""

    mean: FloatArray
    deviation: FloatArray
    most: FloatArray
    none: FloatArray


def _size(process: PurchaseProcess, values: OrderValues, x: FloatArray, T: FloatArray, horizon: float) -> _Size:
    expected = process.orders_if_alive(x, T, horizon)
    none = np.minimum(process.probability_none_if_alive(x, T, horizon), 1.0)
    one, within, between = values.moments_of_one(x + 1.0)
    # P(no order) of a Poisson count whose rate is Gamma distributed tells its variance: m + m^2 / (r + x) at most.
    spread = np.sqrt(expected + expected**2 / np.maximum(x + process.parameters[0], 0.05))
    deviation = np.sqrt(expected * within + spread**2 * (one**2 + between) + expected**2 * between)
    return _Size(expected * one, deviation, np.ceil(expected + 9.0 * spread + 8.0), none)


def _grid(values: OrderValues, size: _Size, x: FloatArray) -> FloatArray:
    """Values to tell the distribution at, shape (n, GRID), ascending: from a hundredth of an order to what is enough.

    Where sums are whole numbers and that is not too far, all of them.
    The same for all rows of an x, so that sums of orders are told once; a log-normal distribution has its own.
    """
    grid = np.linspace(0.0, 1.0, GRID)
    many = size.most > MOST_ORDERS
    logs, width = _log_normal(size)
    sums = np.exp(logs[:, None] + width[:, None] * (-4.0 + 8.0 * grid))
    for some in _equal(x, ~many):
        one = float(values.moments_of_one(x[some[:1]] + 1.0)[0][0])
        top = float(np.max(size.mean[some] + 7.0 * size.deviation[some])) + 4.0 * one
        if values.sums_are_whole and top <= GRID:
            sums[some] = np.arange(1.0, GRID + 1.0)
            continue
        sums[some] = np.exp(np.log(0.01 * one) + grid * np.log(max(top, 0.02 * one) / (0.01 * one)))
    return sums


def _log_normal(size: _Size) -> tuple[FloatArray, FloatArray]:
    """Mean and deviation of the logs with this mean and deviation."""
    ratio = np.log1p((size.deviation / np.maximum(size.mean, 1e-12)) ** 2)
    return np.log(np.maximum(size.mean, 1e-300)) - 0.5 * ratio, np.sqrt(np.maximum(ratio, 1e-12))


def _below(
    process: PurchaseProcess, values: OrderValues, x: FloatArray, T: FloatArray, horizon: float, size: _Size,
    sums: FloatArray,
) -> FloatArray:  # fmt: skip
    """P(value <= sums) of customers alive, shape of the sums: P(n orders) times that of the sum of n, over n."""
    below = np.empty_like(sums)
    many = size.most > MOST_ORDERS
    logs, width = _log_normal(size)
    below[many] = _normal((np.log(sums[many]) - logs[many][:, None]) / width[many][:, None])
    for some in _equal(x, ~many):
        n = np.arange(1.0, float(size.most[some].max()) + 1.0)
        counts = process.counts_if_alive(x[some], T[some], horizon, len(n))
        of_sums = values.sum_of_orders(n, float(x[some[0]]) + 1.0, sums[some[0]])
        below[some] = counts[:, :1] + np.einsum("in,ng->ig", counts[:, 1:], of_sums)
    return np.minimum(np.maximum.accumulate(below, axis=1), 1.0)


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
        if levels.are_whole:  # the least whole number that is likely enough: short of it, an order would be left out
            between = np.minimum(np.ceil(between), np.floor(np.exp(behind) * (1 + 1e-9)))
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

"""What a purchase model may know of a customer: repeat orders, recency, age; equal histories are counted, not repeated.

    x    days with an order after the first
    t_x  time from the first to the latest order; 0 without a repeat
    T    time from the first order to the moment of looking

Any unit of time will do, the same for all. A night counts in whole days, and all orders of a day are one purchase: a
customer who buys at rate lambda then orders on a day with probability 1 - exp(-lambda), and x order days among T have

    (1 - exp(-lambda))^x exp(-lambda (T - x)) = lambda^x exp(-lambda (T - x / 2)) (1 + lambda^2 x / 24 + ...),

which is the likelihood of x moments in the time T - x / 2: half of an order's day is at risk, the half before it. So
whole days need no other model, only ``Histories.at_risk``; taken for moments they would make r and alpha several per
cent too high.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Histories:
    """Distinct purchase histories and how many customers have each.

    Attributes:
        x: repeat order days, shape (n,).
        t_x: time from the first order to the latest, shape (n,).
        T: time from the first order to the moment of looking, shape (n,).
        customers: customers with the history, shape (n,).
        grain: 0 where the times are exact; where they are whole units and all orders of one are one, the unit: 1.
    """

    x: FloatArray
    t_x: FloatArray
    T: FloatArray
    customers: FloatArray
    grain: float = 0.0

    @property
    def total(self) -> float:
        """Customers in all."""
        return float(self.customers.sum())

    @cached_property
    def at_risk(self) -> Histories:
        """The same with the times in which an order could come, as if they were exact; itself where they are."""
        if not self.grain:
            return self
        blind = 0.5 * self.grain * self.x
        return Histories(self.x, self.t_x - blind, self.T - blind, self.customers)

    @cached_property
    def distinct_times(self) -> tuple[tuple[FloatArray, IntArray], ...]:
        """The distinct values of x, t_x and T, each with every row's place among them: the same for every parameter."""
        return distinct(self.x), distinct(self.t_x), distinct(self.T)

    @cached_property
    def customers_of_x(self) -> FloatArray:
        """Customers per distinct x."""
        values, place = self.distinct_times[0]
        return np.asarray(np.bincount(place, weights=self.customers, minlength=len(values)), dtype=np.float64)


def grouped(
    x: FloatArray, t_x: FloatArray, T: FloatArray, customers: FloatArray | None = None, *, grain: float = 0.0
) -> Histories:
    """The distinct histories in ascending order, whatever order the customers come in.

    Args:
        x: repeat order days, shape (n,).
        t_x: recency, shape (n,).
        T: age, shape (n,).
        customers: customers per row, shape (n,); one each where not given.
        grain: unit that the times are whole numbers of, with one order in each at most; 0 where they are exact.

    Raises:
        ValueError: where a history is impossible; how many, and the first.

    Examples:
        >>> grouped(np.array([1.0, 0.0, 1.0]), np.array([5.0, 0.0, 5.0]), np.array([9.0, 9.0, 9.0])).customers
        array([1., 2.])
    """
    repeats, recency, age = (np.asarray(column, dtype=np.float64) for column in (x, t_x, T))
    possible = (repeats >= 0) & (recency >= grain * repeats) & (recency <= age) & ((repeats > 0) | (recency == 0))
    if not possible.all():
        first = [float(column[~possible][0]) for column in (repeats, recency, age)]
        raise ValueError(
            f"{int((~possible).sum())} of {len(x)} purchase histories are impossible, first (x, t_x, T) = {first}; "
            f"x >= 0 and {f'{grain:g} x' if grain else '0'} <= t_x <= T expected, and t_x = 0 where x = 0"
        )
    code, span = _codes(repeats, recency, age)
    if code is not None and customers is None:
        # Single numbers sort many times faster than the places of three, and tell what they were made of.
        code = np.sort(code)
        first = _first_of_equals(code)
        pair, own_T = np.divmod(code[first], span)
        own_x, own_t_x = np.divmod(pair, span)
        return Histories(own_x, own_t_x, own_T, np.diff(np.append(first, len(code))).astype(np.float64), grain)
    order = np.lexsort((age, recency, repeats)) if code is None else np.argsort(code, kind="stable")
    own_x, own_t_x, own_T = ordered = (repeats[order], recency[order], age[order])
    first = _first_of_equals(*ordered)
    weights = np.ones(len(x)) if customers is None else np.asarray(customers, dtype=np.float64)
    each = np.add.reduceat(weights[order], first) if len(first) else np.empty(0)
    return Histories(own_x[first], own_t_x[first], own_T[first], each, grain)


def _codes(x: FloatArray, t_x: FloatArray, T: FloatArray) -> tuple[FloatArray | None, float]:
    """One number per history, in the order of x, t_x, T, and its base; None where the times are no whole numbers."""
    span = float(T.max()) + 1.0 if len(T) else 1.0
    if not len(x) or float(x.max() + 1.0) * span * span >= 2**53:
        return None, span
    if any(bool((column != np.floor(column)).any()) for column in (x, t_x, T)):
        return None, span
    return (x * span + t_x) * span + T, span


def _first_of_equals(*columns: FloatArray) -> IntArray:
    """Places in ordered columns where another row begins."""
    is_first = np.ones(len(columns[0]), dtype=np.bool_)
    is_first[1:] = False
    for column in columns:
        is_first[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(is_first).astype(np.int64)


def coarsened(histories: Histories, step: float) -> Histories:
    """The histories with both times rounded to multiples of the step: fewer cells, to look for a first guess on."""
    histories = histories.at_risk
    t_x, T = (np.round(time / step) * step for time in (histories.t_x, histories.T))
    return grouped(histories.x, np.where(histories.x > 0, np.minimum(t_x, T), 0.0), T, histories.customers)


def distinct(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """The distinct values ascending, and each row's place among them.

    A fit calls costly functions at these: a million histories have a few hundred distinct x, t_x and T.
    """
    found, place = np.unique(values, return_inverse=True)
    return found, place.astype(np.int64).reshape(-1)

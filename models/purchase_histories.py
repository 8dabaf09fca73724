"""What a purchase model may know of a customer: repeat orders, recency, age; equal histories are counted, not repeated.

    x    days with an order after the first
    t_x  time from the first to the latest order; 0 without a repeat
    T    time from the first order to the moment of looking

All orders of one day are one purchase. Any unit of time will do, the same for all; the night uses days.
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
    """

    x: FloatArray
    t_x: FloatArray
    T: FloatArray
    customers: FloatArray

    @property
    def total(self) -> float:
        """Customers in all."""
        return float(self.customers.sum())

    @cached_property
    def distinct_times(self) -> tuple[tuple[FloatArray, IntArray], ...]:
        """The distinct values of x, t_x and T, each with every row's place among them: the same for every parameter."""
        return distinct(self.x), distinct(self.t_x), distinct(self.T)


def grouped(x: FloatArray, t_x: FloatArray, T: FloatArray, customers: FloatArray | None = None) -> Histories:
    """The distinct histories in ascending order, whatever order the customers come in.

    Args:
        x: repeat order days, shape (n,).
        t_x: recency, shape (n,).
        T: age, shape (n,).
        customers: customers per row, shape (n,); one each where not given.

    Raises:
        ValueError: where a history is impossible; how many, and the first.

    Examples:
        >>> grouped(np.array([1.0, 0.0, 1.0]), np.array([5.0, 0.0, 5.0]), np.array([9.0, 9.0, 9.0])).customers
        array([1., 2.])
    """
    rows = np.stack([np.asarray(column, dtype=np.float64) for column in (x, t_x, T)], axis=1)
    weights = np.ones(len(rows)) if customers is None else np.asarray(customers, dtype=np.float64)
    possible = (
        (rows[:, 0] >= 0) & (rows[:, 1] >= 0) & (rows[:, 1] <= rows[:, 2]) & ((rows[:, 0] > 0) | (rows[:, 1] == 0))
    )
    if not possible.all():
        first = rows[~possible][0].tolist()
        raise ValueError(
            f"{int((~possible).sum())} of {len(rows)} purchase histories are impossible, first (x, t_x, T) = {first}; "
            f"x >= 0 and 0 <= t_x <= T expected, and t_x = 0 where x = 0"
        )
    order = _ascending(rows)
    ordered = rows[order]
    is_first = np.ones(len(rows), dtype=np.bool_)
    is_first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    first = np.flatnonzero(is_first)
    customers_each = np.add.reduceat(weights[order], first) if len(first) else np.empty(0)
    return Histories(ordered[first, 0], ordered[first, 1], ordered[first, 2], customers_each)


def _ascending(rows: FloatArray) -> IntArray:
    """Places of the rows by x, t_x, T. Whole numbers become one number, which sorts several times faster."""
    span = float(rows[:, 2].max()) + 1.0 if len(rows) else 1.0
    if len(rows) and bool((rows == np.floor(rows)).all()) and float(rows[:, 0].max() + 1.0) * span * span < 2**53:
        code = (rows[:, 0] * span + rows[:, 1]) * span + rows[:, 2]
        return np.argsort(code, kind="stable").astype(np.int64)
    return np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0])).astype(np.int64)


def coarsened(histories: Histories, step: float) -> Histories:
    """The histories with both times rounded to multiples of the step: fewer cells, to look for a first guess on."""
    t_x, T = (np.round(time / step) * step for time in (histories.t_x, histories.T))
    return grouped(histories.x, np.where(histories.x > 0, np.minimum(t_x, T), 0.0), T, histories.customers)


def distinct(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """The distinct values ascending, and each row's place among them.

    A fit calls costly functions at these: a million histories have a few hundred distinct x, t_x and T.
    """
    found, place = np.unique(values, return_inverse=True)
    return found, place.astype(np.int64).reshape(-1)

"""A shop counted in days: every customer orders at most once a day, until an order turns out to have been the last."""

from __future__ import annotations

import numpy as np


def drawn(customers: int, parameters: tuple[float, ...], rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """x, t_x, T of customers with these r, alpha, a, b: an order of a day with probability 1 - exp(-lambda)."""
    r, alpha, a, b = parameters
    T = rng.integers(30, 700, customers).astype(float)
    rate, last = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    x, t_x, day, some = np.zeros(customers), np.zeros(customers), np.zeros(customers), np.arange(customers)
    while len(some):
        day[some] += np.ceil(rng.exponential(1 / rate[some]))
        some = some[day[some] <= T[some]]
        x[some] += 1
        t_x[some] = day[some]
        some = some[rng.random(len(some)) > last[some]]
    return x, t_x, T

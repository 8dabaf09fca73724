"""What every purchase model can be asked, and the fitted models by name.

A model answers for customers who are alive at T; P(alive) is asked apart. What depends on (x, T) alone is then
computed once for many recencies.
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np

from models.maximum_likelihood import FloatArray, Maximum
from models.value import beta_geometric_nbd, pareto_nbd
from models.value.purchase_histories import Histories

PROCESSES: Final = ("bg_nbd", "mbg_nbd", "pareto_nbd")
WHOLE_DAYS: Final = 1.0
"""Grain of the histories of a night: times in whole days, one order a day at most."""


class PurchaseProcess(Protocol):
    """A fitted purchase model; arrays of shape (n,), times in the unit of the fit."""

    @property
    def name(self) -> str:
        """Its id among PROCESSES."""
        ...

    @property
    def parameters(self) -> tuple[float, ...]:
        """In the order of its module's PARAMETERS."""
        ...

    @property
    def grain(self) -> float:
        """0 where times are exact, else the unit they are whole numbers of."""
        ...

    @property
    def nearest_scale(self) -> float:
        """Figures of customers alive are smooth down to a time of minus this."""
        ...

    def probability_alive(self, x: FloatArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
        """P(alive at T | history)."""
        ...

    def orders_if_alive(
        self, x: FloatArray, T: FloatArray, horizon: FloatArray | float, discount: float = 0.0
    ) -> FloatArray:
        """E[orders in (T, T + horizon] | alive], each worth exp(-discount x time until it)."""
        ...

    def probability_none_if_alive(self, x: FloatArray, T: FloatArray, horizon: FloatArray | float) -> FloatArray:
        """P(no order in (T, T + horizon] | alive)."""
        ...

    def next_order_if_alive(self, x: FloatArray, T: FloatArray, share: float) -> FloatArray:
        """Time from T by which that share of the customers alive who order again have done so."""
        ...

    def counts_if_alive(self, x: FloatArray, T: FloatArray, horizon: float, most: int) -> FloatArray:
        """P(n orders in (T, T + horizon] | alive), n = 0 .. most, shape (n, most + 1)."""
        ...

    def simulated_orders(
        self, x: FloatArray, t_x: FloatArray, T: FloatArray, horizon: float, rng: np.random.Generator
    ) -> FloatArray:
        """How many orders come in (T, T + horizon], one drawn future per history."""
        ...

    def orders_since_first(self, t: FloatArray) -> FloatArray:
        """E[repeat orders within time t of the first], of a customer nothing else is known of."""
        ...


def fit(name: str, histories: Histories) -> Maximum:
    """The likelihood's maximum of the model of that name."""
    return pareto_nbd.fit(histories) if name == "pareto_nbd" else beta_geometric_nbd.fit(name, histories)


def process(name: str, parameters: tuple[float, ...], *, grain: float = WHOLE_DAYS) -> PurchaseProcess:
    """The model of that name with these parameters, of histories of that grain."""
    if name == "pareto_nbd":
        r, alpha, s, beta = parameters
        return pareto_nbd.ParetoNbd(r, alpha, s, beta, grain)
    return beta_geometric_nbd.model(name, parameters, grain)

"""What a customer's orders are worth: by Gamma-Gamma, or at the shop's average where that cannot be believed.

Both say what an order is expected to be worth, and how the sum of n future orders is distributed in units of a scale of
the customer's own, which depends on nothing but the number of orders so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.maximum_likelihood import FloatArray
from models.value.gamma_gamma import GammaGamma


class OrderValues(Protocol):
    """A fitted model of order values. x: orders so far, at least 1; z: their mean value."""

    @property
    def name(self) -> str:
        """``gamma_gamma`` or ``shop_average``."""
        ...

    def expected_value(self, x: FloatArray, z: FloatArray) -> FloatArray:
        """E[value of an order | x orders of mean value z]."""
        ...

    @property
    def usual(self) -> float:
        """Value of an order that is nothing special in this shop."""
        ...

    @property
    def sums_are_whole(self) -> bool:
        """Whether sums of orders, in units of the scale, are whole numbers and nothing between."""
        ...

    def scale(self, x: FloatArray, z: FloatArray) -> FloatArray:
        """The unit in which sums of future orders are counted."""
        ...

    def simulated(self, orders: FloatArray, x: FloatArray, z: FloatArray, rng: np.random.Generator) -> FloatArray:
        """What so many future orders turn out to be worth, of customers with x orders of mean value z."""
        ...

    def sum_of_orders(self, n: FloatArray, x: float, sums: FloatArray) -> FloatArray:
        """P(n future orders are worth no more than the sums), sums in units of the scale; shape (n, sums)."""
        ...

    def moments_of_one(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Mean of an order, variance within a customer, variance of a customer's own mean; in units of the scale."""
        ...


@dataclass(frozen=True)
class GammaGammaValues:
    """Order values by Gamma-Gamma.

    Of a customer with x orders of mean z, nu ~ Gamma(q + p x, gamma + x z); n orders sum to Gamma(p n, nu). In units
    of gamma + x z that is a beta prime distribution with p n and q + p x.
    """

    model: GammaGamma

    @property
    def name(self) -> str:
        """Its id."""
        return "gamma_gamma"

    def expected_value(self, x: FloatArray, z: FloatArray) -> FloatArray:
        """As of :meth:`models.value.gamma_gamma.GammaGamma.expected_value`."""
        return self.model.expected_value(x, z)

    @property
    def usual(self) -> float:
        """The mean of customers whose rate nu is what it is on average, q / gamma."""
        return self.model.p * self.model.gamma / self.model.q

    @property
    def sums_are_whole(self) -> bool:
        """No: orders are worth anything."""
        return False

    def simulated(self, orders: FloatArray, x: FloatArray, z: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Gamma(p n) over the customer's own nu."""
        nu = rng.gamma(self.model.q + self.model.p * x) / self.scale(x, z)
        return np.where(orders > 0, rng.gamma(np.maximum(self.model.p * orders, 1e-9)), 0.0) / nu

    def scale(self, x: FloatArray, z: FloatArray) -> FloatArray:
        """Gamma + x z."""
        return self.model.gamma + x * np.maximum(z, 0.0)

    def sum_of_orders(self, n: FloatArray, x: float, sums: FloatArray) -> FloatArray:
        """The beta prime's distribution function."""
        from scipy.special import betainc

        found = betainc(self.model.p * n[:, None], self.model.q + self.model.p * x, (sums / (1.0 + sums))[None, :])
        return np.asarray(found, dtype=np.float64)

    def moments_of_one(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Of 1 / nu the mean is 1 / (q + p x - 1), the variance its square / (q + p x - 2)."""
        p, Q = self.model.p, self.model.q + self.model.p * x
        mean = 1.0 / (Q - 1.0)
        variance = mean**2 / np.maximum(Q - 2.0, 0.1)
        return p * mean, p * (variance + mean**2), p**2 * variance


@dataclass(frozen=True)
class ShopAverage:
    """Every order is worth what the shop's orders are on average."""

    mean: float

    @property
    def name(self) -> str:
        """Its id."""
        return "shop_average"

    def expected_value(self, x: FloatArray, z: FloatArray) -> FloatArray:
        """The mean."""
        return np.full(len(x), self.mean)

    @property
    def usual(self) -> float:
        """The mean."""
        return self.mean

    @property
    def sums_are_whole(self) -> bool:
        """Yes: they count the orders."""
        return True

    def simulated(self, orders: FloatArray, x: FloatArray, z: FloatArray, rng: np.random.Generator) -> FloatArray:
        """The mean, as often."""
        return orders * self.mean

    def scale(self, x: FloatArray, z: FloatArray) -> FloatArray:
        """The mean."""
        return np.full(len(x), self.mean)

    def sum_of_orders(self, n: FloatArray, x: float, sums: FloatArray) -> FloatArray:
        """All or nothing."""
        return (n[:, None] <= sums[None, :] * (1 + 1e-9)).astype(np.float64)

    def moments_of_one(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """One, for certain."""
        return np.ones(len(x)), np.zeros(len(x)), np.zeros(len(x))

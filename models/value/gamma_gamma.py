"""Gamma-Gamma: what an order is worth, from the orders a customer has placed so far.

    z   mean value of a customer's orders          x   how many they are
    nu     ~ Gamma(q, gamma)   per customer
    values ~ Gamma(p, nu)      per order, independent of how often the customer buys

Fader & Hardie 2013, "The Gamma-Gamma Model of Monetary Value". Their figures for CDNOW use repeat orders of repeat
buyers. A night counts all order days instead, the first too: every customer then has a value of their own, and on
two logs the ranking was better for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.maximum_likelihood import FloatArray, Maximum, maximise

PARAMETERS: Final = ("p", "q", "gamma")


@dataclass(frozen=True)
class GammaGamma:
    """A fitted model of order values.

    Attributes:
        p: shape of the values of one customer's orders.
        q: shape of the customers' rates.
        gamma: their scale, in money.
    """

    p: float
    q: float
    gamma: float

    @property
    def parameters(self) -> tuple[float, ...]:
        """In the order of PARAMETERS."""
        return (self.p, self.q, self.gamma)

    def expected_value(self, x: FloatArray, z: FloatArray) -> FloatArray:
        """E[value of an order | x orders of mean value z]: Fader & Hardie 2013, eq. 5.

        Who has paid nothing so far, or got back more than paid, counts as z = 0: expected to be worth less with every
        order more. The mean exists for every customer with an order where p + q > 1.
        """
        return self.p * (self.gamma + x * np.maximum(z, 0.0)) / (self.p * x + self.q - 1.0)


def log_likelihood(
    parameters: FloatArray, x: FloatArray, z: FloatArray, customers: FloatArray
) -> tuple[float, FloatArray]:
    """Log-likelihood of all customers, and its gradient in (p, q, gamma): Fader & Hardie 2013, eq. 1a.

    Args:
        parameters: p, q, gamma.
        x: orders behind the mean, at least 1, shape (n,).
        z: mean value, positive, shape (n,).
        customers: customers with such figures, shape (n,).
    """
    from scipy.special import gammaln, psi

    p, q, gamma = (float(value) for value in parameters)
    px = p * x
    log_sum = np.log(gamma + x * z)
    values = (
        gammaln(px + q)
        - gammaln(px)
        - gammaln(q)
        + q * np.log(gamma)
        + (px - 1) * np.log(z)
        + px * np.log(x)
        - (px + q) * log_sum
    )
    of_both = psi(px + q)
    gradient = (
        x * (of_both - psi(px) + np.log(x * z) - log_sum),
        of_both - psi(q) + np.log(gamma) - log_sum,
        q / gamma - (px + q) / (gamma + x * z),
    )
    return float((customers * values).sum()), np.array([float((customers * part).sum()) for part in gradient])


def fit(x: FloatArray, z: FloatArray, customers: FloatArray | None = None) -> Maximum:
    """Maximum-likelihood parameters with their certificate.

    Args:
        x: orders behind the mean, shape (n,).
        z: mean value in money, shape (n,); rows that are not positive are left out: the model has no zero.
        customers: customers with such figures, shape (n,); one each where not given.

    Raises:
        ValueError: where no row has a positive value.
    """
    weights = np.ones(len(z)) if customers is None else customers
    usable = (z > 0) & (x >= 1)
    if not usable.any():
        raise ValueError(f"none of {len(z)} customers has orders of positive value; at least one expected")
    x, z, weights = x[usable], z[usable], weights[usable]
    total = float(weights.sum())
    typical = float(np.exp((weights * np.log(z)).sum() / total))

    def objective(logs: FloatArray) -> tuple[float, FloatArray]:
        parameters = np.exp(logs)
        value, gradient = log_likelihood(parameters, x, z, weights)
        return value / total, gradient * parameters / total

    starts = [(5.0, 4.0, typical / 2), (1.0, 2.0, typical), (10.0, 1.5, typical / 20), (2.0, 10.0, typical * 5)]
    return maximise(objective, starts, names=PARAMETERS, sizes=(1.0, 1.0, typical), customers=total)

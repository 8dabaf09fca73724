"""Pareto/NBD: buying at a Poisson rate until an unobserved moment of death.

    lambda ~ Gamma(r, alpha)   purchases per unit of time while alive
    mu     ~ Gamma(s, beta)    rate of dying
    x, t_x, T                  see models.value.purchase_histories

Schmittlein, Morrison & Colombo 1987, "Counting Your Customers: Who Are They and What Will They Do Next?", Management
Science 33(1). The likelihood is that of Fader & Hardie's note "A Note on Deriving the Pareto/NBD Model and Related
Expressions" (2005) before the integral over the moment of death becomes two hypergeometric functions: the integral has
positive terms only, and holds where alpha and beta are far apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.maximum_likelihood import FloatArray, Maximum, Objective, maximise
from models.value.beta_geometric_nbd import purchase_counts, scale_of_whole_units, undisturbed_orders
from models.value.dropout_integrals import panels
from models.value.purchase_histories import Histories

PARAMETERS: Final = ("r", "alpha", "s", "beta")
WIDEST = 1.5
CHUNK: Final = 50_000


@dataclass(frozen=True)
class ParetoNbd:
    """A fitted Pareto/NBD.

    Attributes:
        r: shape of the purchase rates.
        alpha: their scale, in units of time.
        s: shape of the rates of dying.
        beta: their scale, in units of time.
        grain: 0 where times are exact; the unit where they are whole units with one purchase in each at most.
    """

    r: float
    alpha: float
    s: float
    beta: float
    grain: float = 0.0
    name: str = "pareto_nbd"

    @property
    def parameters(self) -> tuple[float, ...]:
        """In the order of PARAMETERS."""
        return (self.r, self.alpha, self.s, self.beta)

    @property
    def nearest_scale(self) -> float:
        """Figures of customers alive are smooth down to a time of minus this."""
        return min(self.alpha, self.beta)

    def probability_alive(self, x: FloatArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
        """P(alive at T | x, t_x, T): Fader & Hardie 2005, eq. 11, from the two terms of the likelihood."""
        log_alive, log_dead = _log_terms(np.array(self.parameters), x, t_x, T, self.grain)[:2]
        return np.exp(-np.logaddexp(0.0, log_dead - log_alive))

    def orders_if_alive(
        self, x: FloatArray, T: FloatArray, horizon: FloatArray | float, discount: float = 0.0
    ) -> FloatArray:
        """E[orders in (T, T + horizon] | x, T, alive at T], each worth exp(-discount x time until it).

        The rate after time t is (r + x) / (alpha + T) ((beta + T) / (beta + T + t))^s: eq. 18 of Fader & Hardie 2005
        before it is integrated, so that s = 1 is no exception.
        """
        scale = self.beta + T
        found = np.zeros(len(x))
        for rows, w, share in panels(np.log1p(horizon / scale), self.s + 1.0, WIDEST):
            t = scale[rows][:, None] * np.expm1(w)
            found[rows] += scale[rows] * (share * np.exp(w - self.s * w - discount * t)).sum(axis=1)
        return (self.r + x) / scale_of_whole_units(self.r + x, self._scale(x, T), self.grain) * found

    def probability_none_if_alive(self, x: FloatArray, T: FloatArray, horizon: FloatArray | float) -> FloatArray:
        """P(no order in (T, T + horizon] | x, T, alive at T): survives without one, or dies before the next."""
        h = np.broadcast_to(np.asarray(horizon, dtype=np.float64), T.shape)
        alpha, beta, n = self._scale(x, T), self.beta + T, self.r + x
        waits = np.exp(-n * np.log1p(h / alpha) - self.s * np.log1p(h / beta))
        dies = log_power_integral(alpha, n, beta, self.s + 1.0, np.zeros_like(T), h)[0]
        return waits + self.s * np.exp(dies + n * np.log(alpha) + self.s * np.log(beta))

    def next_order_if_alive(self, x: FloatArray, T: FloatArray, share: float) -> FloatArray:
        """Time from T by which that share of those who will order again have done so, of customers alive."""
        never = self.probability_none_if_alive(x, T, 1e12)
        aim = never + (1.0 - never) * (1.0 - share)
        low, high = np.full(len(x), -10.0), np.full(len(x), 25.0)  # log of the time
        for _ in range(50):
            middle = 0.5 * (low + high)
            waiting = self.probability_none_if_alive(x, T, np.exp(middle)) > aim
            low, high = np.where(waiting, middle, low), np.where(waiting, high, middle)
        return np.exp(0.5 * (low + high))

    def counts_if_alive(self, x: FloatArray, T: FloatArray, horizon: float, most: int) -> FloatArray:
        """P(n orders in (T, T + horizon] | x, T, alive at T) for n = 0 .. most, shape (customers, most + 1).

        Purchases at random until the horizon or death, whichever is first; the integral over the moment of death is
        taken by panels (Fader & Hardie 2014, "Deriving the conditional PMF of the Pareto/NBD Model", eq. 8).
        """
        alpha, beta = self._scale(x, T), self.beta + T
        survives = np.exp(-self.s * np.log1p(horizon / beta))[:, None]
        found = survives * purchase_counts(self.r + x, alpha, np.full_like(T, horizon), most, self.grain)[0]
        nearest = np.minimum(alpha, beta)
        decay = self.r + x + self.s + 1.0 + most
        for rows, w, share in panels(np.log1p(horizon / nearest), decay, WIDEST):
            y = nearest[rows][:, None] * np.expm1(w)
            density = self.s * np.exp(
                self.s * np.log(beta[rows])[:, None] - (self.s + 1.0) * np.log(beta[rows][:, None] + y)
            )
            weight = share * nearest[rows][:, None] * np.exp(w) * density
            for node in range(w.shape[1]):
                counts = purchase_counts(self.r + x[rows], alpha[rows], y[:, node], most, self.grain)[0]
                found[rows] += weight[:, node][:, None] * counts
        return found

    def simulated_orders(
        self, x: FloatArray, t_x: FloatArray, T: FloatArray, horizon: float, rng: np.random.Generator
    ) -> FloatArray:
        """How many orders come in (T, T + horizon], one drawn future per history."""
        alive = rng.random(len(x)) < self.probability_alive(x, t_x, T)
        leaving = np.maximum(rng.gamma(self.s, size=len(x)), 1e-300) / (self.beta + T)
        stays = np.minimum(rng.exponential(size=len(x)) / leaving, horizon)
        counts = undisturbed_orders(rng.gamma(self.r + x) / self._scale(x, T), stays, self.grain, rng)
        return np.where(alive, counts, 0.0)

    def orders_since_first(self, t: FloatArray) -> FloatArray:
        """E[repeat orders within time t of the first], of a customer nothing else is known of."""
        nothing = np.zeros(len(t))
        return self.orders_if_alive(nothing, nothing, t)

    def _scale(self, x: FloatArray, t: FloatArray) -> FloatArray:
        """Of a living customer's lambda ~ Gamma(r + x, this), after the time t: alpha and the time at risk."""
        return self.alpha + t - 0.5 * self.grain * x


def log_power_integral(
    alpha: FloatArray,
    n: FloatArray,
    beta: FloatArray,
    k: float,
    low: FloatArray,
    high: FloatArray,
    *,
    moments: bool = False,
) -> FloatArray:
    """Log of the integral of (alpha + y)^-n (beta + y)^-k over [low, high]; -inf where that is empty.

    With ``moments``, rows 1..4 are the weighted means of log(alpha + y), 1 / (alpha + y), log(beta + y) and
    1 / (beta + y) under the integrand: its derivatives.
    """
    nearest = np.minimum(alpha, beta) + low
    log_a, log_b = np.log(alpha + low), np.log(beta + low)
    sums = np.zeros((5 if moments else 1, len(n)))
    length = np.log1p((high - low) / nearest)
    for rows, w, share in panels(length, n + k + 1.0, WIDEST):
        y = nearest[rows][:, None] * np.expm1(w)
        in_a, in_b = (alpha + low)[rows][:, None] + y, (beta + low)[rows][:, None] + y
        more_a, more_b = np.log(in_a), np.log(in_b)
        falls = n[rows][:, None] * (more_a - log_a[rows][:, None]) + k * (more_b - log_b[rows][:, None])
        weight = share * nearest[rows][:, None] * np.exp(w - falls)
        sums[0, rows] += weight.sum(axis=1)
        if moments:
            for place, measure in enumerate((more_a, 1.0 / in_a, more_b, 1.0 / in_b), start=1):
                sums[place, rows] += (weight * measure).sum(axis=1)
    whole = np.maximum(sums[0], 1e-300)
    sums[1:] /= whole
    sums[0] = np.where(sums[0] > 0, np.log(whole), -np.inf) - n * log_a - k * log_b
    return sums


def _log_terms(
    parameters: FloatArray, x: FloatArray, t_x: FloatArray, T: FloatArray, grain: float, *, moments: bool = False
) -> FloatArray:
    """Rows: log of the likelihood's part of the living and of the dead, without what depends on x alone; moments.

    Of whole units only purchases lose half a unit each: dying has the whole time.
    """
    r, alpha, s, beta = (float(value) for value in parameters)
    scale = alpha - 0.5 * grain * x
    log_alive = -(r + x) * np.log(scale + T) - s * np.log(beta + T)
    dead = log_power_integral(scale, r + x, np.full_like(x, beta), s + 1.0, t_x, T, moments=moments)
    return np.vstack([log_alive, np.log(s) + dead[0], dead[1:]])


def log_likelihood(parameters: FloatArray, histories: Histories) -> tuple[float, FloatArray]:
    """Log-likelihood of all customers, and its gradient in the parameters (r, alpha, s, beta).

    Fader & Hardie 2005, the unnumbered line before eq. 10: Gamma(r + x) alpha^r beta^s / Gamma(r) times
    (alpha + T)^-(r + x) (beta + T)^-s + s integral over [t_x, T] of (alpha + y)^-(r + x) (beta + y)^-(s + 1).
    """
    from scipy.special import gammaln, psi

    r, alpha, s, beta = (float(value) for value in parameters)
    value, gradient = 0.0, np.zeros(4)
    for start in range(0, len(histories.x), CHUNK):
        x, t_x, T, weights = (
            part[start : start + CHUNK] for part in (histories.x, histories.t_x, histories.T, histories.customers)
        )
        log_alive, log_dead, log_a, over_a, log_b, over_b = _log_terms(
            parameters, x, t_x, T, histories.grain, moments=True
        )
        scale = alpha + T - 0.5 * histories.grain * x
        both = np.logaddexp(log_alive, log_dead)
        w = np.exp(log_dead - both)
        known = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        value += float((weights * (known + both)).sum())
        derivatives = (
            psi(r + x) - psi(r) + np.log(alpha) - (1 - w) * np.log(scale) - w * log_a,
            r / alpha - (r + x) * ((1 - w) / scale + w * over_a),
            np.log(beta) - (1 - w) * np.log(beta + T) + w * (1 / s - log_b),
            s / beta - (1 - w) * s / (beta + T) - w * (s + 1) * over_b,
        )
        gradient += np.array([float((weights * derivative).sum()) for derivative in derivatives])
    return value, gradient


def fit(histories: Histories) -> Maximum:
    """Maximum-likelihood parameters with their certificate; the histories in any unit of time."""
    age = float(histories.T.max()) or 1.0

    def objective(logs: FloatArray) -> tuple[float, FloatArray]:
        parameters = np.exp(logs)
        value, gradient = log_likelihood(parameters, histories)
        return value / histories.total, gradient * parameters / histories.total

    found: Objective = objective
    starts = [(0.5, age / 4, 0.5, age / 4), (1.0, age, 1.0, age), (0.5, age / 10, 0.3, age / 20)]
    return maximise(found, starts, names=PARAMETERS, sizes=(1.0, age, 1.0, age), customers=histories.total)

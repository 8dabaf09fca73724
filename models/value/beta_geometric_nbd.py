"""BG/NBD and MBG/NBD: buying at a Poisson rate until a purchase turns out to have been the last.

    lambda ~ Gamma(r, alpha)   purchases per unit of time while alive
    p      ~ Beta(a, b)        chance that a purchase is the last
    x, t_x, T                  see models.value.purchase_histories

In the BG/NBD (Fader, Hardie & Lee 2005, "Counting Your Customers the Easy Way", Marketing Science 24(2)) the first
purchase is never the last, so whoever has not repeated is alive for certain. In the MBG/NBD (Batislam, Denizel &
Filiztekin 2007, International Journal of Research in Marketing 24(3)) it may be. The two differ by that one chance to
drop out, ``k`` below: 0 or 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from models.maximum_likelihood import Derivatives, FloatArray, Maximum, Objective, maximise
from models.value.dropout_integrals import panels, power_mean
from models.value.purchase_histories import Histories, coarsened

PARAMETERS: Final = ("r", "alpha", "a", "b")
CHANCES: Final = {"bg_nbd": 0, "mbg_nbd": 1}
NO_DROPOUT: Final = (1e-9, 1.0)
"""a and b of a chance that is never taken."""
AS_LIKELY: Final = 0.05
"""Log-likelihood of all customers that may be lost by it."""
BLOCK: Final = 16_384
"""Histories that are looked at at a time."""
SCOUT_FROM: Final = 10_000
"""Distinct histories above which the starts are led on coarser ones."""
SCOUT_STEPS: Final = 20
"""Steps of time that the oldest customer's age is divided into there."""


@dataclass(frozen=True)
class BetaGeometricNbd:
    """A fitted BG/NBD or MBG/NBD.

    Attributes:
        name: ``bg_nbd`` or ``mbg_nbd``.
        r: shape of the purchase rates.
        alpha: their scale, in units of time.
        a: of the chance that a purchase is the last, the first parameter.
        b: the second.
        grain: 0 where times are exact; the unit where they are whole units with one purchase in each at most.
    """

    name: str
    r: float
    alpha: float
    a: float
    b: float
    grain: float = 0.0

    @property
    def parameters(self) -> tuple[float, ...]:
        """In the order of PARAMETERS."""
        return (self.r, self.alpha, self.a, self.b)

    @property
    def nearest_scale(self) -> float:
        """Figures of customers alive are smooth down to a time of minus this."""
        return self.alpha

    def probability_alive(self, x: FloatArray, t_x: FloatArray, T: FloatArray) -> FloatArray:
        """P(alive at T | x, t_x, T).

        BG/NBD: Fader, Hardie & Lee 2008, "Computing P(alive) Using the BG/NBD Model", eq. 1. MBG/NBD: the same with one
        chance more. In logs, as ((alpha + T) / (alpha + t_x))^(r + x) overflows for busy customers who went silent.
        """
        from scipy.special import expit

        k = CHANCES[self.name]
        found = np.empty(len(x))
        for start in range(0, len(x), BLOCK):  # what a block needs stays in the processor's cache
            some = slice(start, start + BLOCK)
            chances = x[some] + k
            silence = np.log(self._scale(x[some], T[some]) / self._scale(x[some], t_x[some]))
            log_odds_against = np.where(
                chances > 0,
                np.log(self.a) - np.log(np.maximum(self.b + chances - 1.0, 1e-300)) + (self.r + x[some]) * silence,
                -np.inf,
            )
            found[some] = expit(-log_odds_against)
        return found

    def orders_if_alive(
        self, x: FloatArray, T: FloatArray, horizon: FloatArray | float, discount: float = 0.0
    ) -> FloatArray:
        """E[orders in (T, T + horizon] | x, T, alive at T], each worth exp(-discount x time until it).

        Of a living customer lambda ~ Gamma(r + x, alpha + T) and p ~ Beta(a, b + x + k), so the rate after time t is
        E[lambda exp(-lambda p t)] = (r + x) / (alpha + T) E[(1 + p t / (alpha + T))^-(r + x + 1)]. Its integral is the
        factor beside P(alive) in eq. 10 of Fader, Hardie & Lee 2005, without dividing by a - 1.
        """
        s = self.r + x
        # Of whole units (1 - p q)^t = exp(-p l t) with q = 1 - exp(-lambda) and l = lambda - (1 - p) lambda^2 / 2 + ..,
        # and a living customer's orders are (1 - exp(-p l t)) / p: those at moments with l for lambda.
        last = self.a / (self.a + self.b + x + CHANCES[self.name])
        scale = scale_of_whole_units(s, self._scale(x, T), self.grain * (1.0 - last))
        found = np.zeros(len(x))
        # In w = log(1 + t / scale) the rate falls no faster than exp(-s w).
        for rows, w, share in panels(np.log1p(horizon / scale), s, 2.0):
            t = scale[rows][:, None] * np.expm1(w)
            chances = (self.b + x[rows] + CHANCES[self.name])[:, None]
            left = power_mean(self.a, chances, s[rows][:, None] + 1.0, np.expm1(w)).reshape(w.shape)
            found[rows] += s[rows] * (share * np.exp(w) * left * np.exp(-discount * t)).sum(axis=1)
        return found

    def probability_none_if_alive(self, x: FloatArray, T: FloatArray, horizon: FloatArray | float) -> FloatArray:
        """P(no order in (T, T + horizon] | x, T, alive at T): who is alive stays so until the next purchase."""
        return np.exp(-(self.r + x) * np.log1p(horizon / self._scale(x, T)))

    def next_order_if_alive(self, x: FloatArray, T: FloatArray, share: float) -> FloatArray:
        """Time from T by which that share of the customers with this history who are alive have ordered again."""
        # Where r is next to nothing this is later than any number of days.
        return self._scale(x, T) * np.expm1(np.minimum(-np.log1p(-share) / (self.r + x), 600.0))

    def counts_if_alive(self, x: FloatArray, T: FloatArray, horizon: float, most: int) -> FloatArray:
        """P(n orders in (T, T + horizon] | x, T, alive at T) for n = 0 .. most, shape (customers, most + 1).

        Either alive after n purchases, or the n-th was the last (eq. 8 of Fader, Hardie & Lee 2005, with the
        parameters of a customer who is alive with this history).
        """
        from scipy.special import betaln

        n = np.arange(most + 1.0)
        chances = (self.b + x + CHANCES[self.name])[:, None]
        counts, at_least = purchase_counts(self.r + x, self._scale(x, T), horizon, most, self.grain)
        whole = betaln(self.a, chances)
        survived = np.exp(betaln(self.a, chances + n) - whole)
        last = np.exp(betaln(self.a + 1.0, chances + np.maximum(n - 1.0, 0.0)) - whole)
        return survived * counts + np.where(n > 0, last * at_least, 0.0)

    def simulated_orders(
        self, x: FloatArray, t_x: FloatArray, T: FloatArray, horizon: float, rng: np.random.Generator
    ) -> FloatArray:
        """How many orders come in (T, T + horizon], one drawn future per history."""
        alive = rng.random(len(x)) < self.probability_alive(x, t_x, T)
        counts = undisturbed_orders(rng.gamma(self.r + x) / self._scale(x, T), horizon, self.grain, rng)
        chance = np.clip(rng.beta(self.a, self.b + x + CHANCES[self.name]), 1e-12, 1.0 - 1e-12)
        last = np.floor(np.log(1.0 - rng.random(len(x))) / np.log1p(-chance)) + 1.0
        return np.where(alive, np.minimum(counts, last), 0.0)

    def orders_since_first(self, t: FloatArray) -> FloatArray:
        """E[repeat orders within time t of the first], of a customer nothing else is known of."""
        nothing = np.zeros(len(t))
        return self.probability_alive(nothing, nothing, nothing) * self.orders_if_alive(nothing, nothing, t)

    def _scale(self, x: FloatArray, t: FloatArray) -> FloatArray:
        """Of a living customer's lambda ~ Gamma(r + x, this), after the time t: alpha and the time at risk."""
        return self.alpha + t - 0.5 * self.grain * x if self.grain else self.alpha + t


def undisturbed_orders(
    rate: FloatArray, time: FloatArray | float, grain: float, rng: np.random.Generator
) -> FloatArray:
    """How many orders come within the time of customers who stay: a Poisson count, or a binomial one of whole units."""
    if not grain:
        return rng.poisson(np.minimum(rate * time, 1e12)).astype(np.float64)
    units = np.broadcast_to(np.round(np.asarray(time) / grain), rate.shape).astype(np.int64)
    return rng.binomial(units, -np.expm1(-grain * rate)).astype(np.float64)


def scale_of_whole_units(s: FloatArray, scale: FloatArray, grain: FloatArray | float) -> FloatArray:
    """The scale at which a rate ~ Gamma(s, scale) is expected to bring what it brings where units hold one purchase.

    In a unit there is a purchase with probability E[1 - exp(-lambda)] = 1 - (scale / (scale + 1))^s, not s / scale.
    """
    unit = np.maximum(grain, 1e-9)
    return np.where(np.asarray(grain) > 0, s * unit / -np.expm1(-s * np.log1p(unit / scale)), scale)


def purchase_counts(
    s: FloatArray, scale: FloatArray, horizon: FloatArray | float, most: int, grain: float
) -> tuple[FloatArray, FloatArray]:
    """P(n) and P(at least n), n = 0 .. most, of the purchases within the horizon at a rate ~ Gamma(s, scale).

    Where a unit holds one purchase, each takes the rest of its unit, half on average: n of them need n waits within the
    horizon less (n - 1) / 2.
    """
    if not grain:
        return negative_binomial(s, horizon / scale, most)
    from scipy.special import betainc

    n = np.arange(1.0, most + 2.0)
    end = np.broadcast_to(np.asarray(horizon, dtype=np.float64), s.shape)[:, None]
    u = np.maximum(end - 0.5 * grain * (n - 1.0), 0.0) / scale[:, None]
    found = np.asarray(betainc(n[None, :], s[:, None], u / (1.0 + u)), dtype=np.float64)
    at_least = np.concatenate([np.ones((len(s), 1)), np.where(n * grain <= end, found, 0.0)], axis=1)
    return at_least[:, :-1] - at_least[:, 1:], at_least[:, :-1]


def negative_binomial(s: FloatArray, u: FloatArray, most: int) -> tuple[FloatArray, FloatArray]:
    """P(n) and P(at least n), n = 0 .. most, of a Poisson count over time u with rate ~ Gamma(s, 1)."""
    from scipy.special import gammaln

    n = np.arange(most + 1.0)
    logs = (
        gammaln(s[:, None] + n)
        - gammaln(s)[:, None]
        - gammaln(n + 1.0)
        - s[:, None] * np.log1p(u)[:, None]
        + n * np.log(u / (1.0 + u))[:, None]
    )
    counts = np.exp(logs)
    at_least = np.clip(1.0 - np.cumsum(counts, axis=1) + counts, 0.0, 1.0)
    return counts, at_least


def log_likelihood(name: str, parameters: FloatArray, histories: Histories) -> tuple[float, FloatArray]:
    """Log-likelihood of all customers, and its gradient in the parameters (r, alpha, a, b).

    BG/NBD: eq. 6 of Fader, Hardie & Lee 2005, split as in their note "Implementing the BG/NBD Model in Excel":
    A1 + A2 + log(exp(A3) + exp(A4)). What depends on x, t_x or T alone is computed once per distinct value.
    """
    value, gradient, _ = derivatives(name, parameters, histories, bends=False)
    return value, gradient


def derivatives(
    name: str, parameters: FloatArray, histories: Histories, *, bends: bool = True
) -> tuple[float, FloatArray, FloatArray]:
    """:func:`log_likelihood` with its second derivatives, shape (4, 4); zeros without ``bends``."""
    from scipy.special import betaln, gammaln, polygamma, psi

    histories = histories.at_risk
    r, alpha, a, b = (float(value) for value in parameters)
    k = CHANCES[name]
    weights, total = histories.customers, histories.total
    (x, of_x), (t_x, of_t_x), (T, of_T) = histories.distinct_times
    per_x = histories.customers_of_x
    chances, last = x + k, np.maximum(b + x + k - 1.0, 1e-300)

    A1 = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    A2 = betaln(a, b + chances) - betaln(a, b)
    log_last = np.where(chances > 0, np.log(a) - np.log(last), -np.inf)

    log_T, log_t_x = np.log(alpha + T), np.log(alpha + t_x)
    over_T, over_t_x = 1.0 / (alpha + T), 1.0 / (alpha + t_x)
    each = np.zeros(10)  # sums over the histories, in the order of the line that adds them up
    dead_per_x, torn_per_x, silent_per_x, steps_per_x = (np.zeros(len(x)) for _ in range(4))
    for start in range(0, len(weights), BLOCK):  # what a block needs stays in the processor's cache
        some = slice(start, start + BLOCK)
        own_x, own_weights = of_x[some], weights[some]
        s, until_T = (r + x)[own_x], log_T[of_T[some]]
        silent = until_T - log_t_x[of_t_x[some]]
        # log(exp(A3) + exp(A4)) = A3 + log(1 + exp(A4 - A3)), and w is the share of exp(A4)
        odds = log_last[own_x] + s * silent
        against = np.exp(-np.abs(odds))
        above = np.maximum(odds, 0.0) + np.log1p(against)
        dead = own_weights * np.where(odds > 0, 1.0, against) / (1.0 + against)
        dead_per_x += np.bincount(own_x, weights=dead, minlength=len(x))
        nearer_T, nearer_t_x = over_T[of_T[some]], over_t_x[of_t_x[some]]
        nearer = nearer_T - nearer_t_x
        each[:5] += (
            _dot(own_weights, above - s * until_T), _dot(own_weights, until_T), _dot(dead, silent),
            _dot(own_weights * s, nearer_T), _dot(dead * s, nearer),
        )  # fmt: skip
        if not bends:
            continue
        # With o = A4 - A3 the derivatives of log(1 + exp(o)) are w o_ij + w (1 - w) o_i o_j.
        torn = dead * (1.0 - dead / own_weights)
        steps = s * nearer
        torn_silent, torn_steps = torn * silent, torn * steps
        for found_per_x, part in ((torn_per_x, torn), (silent_per_x, torn_silent), (steps_per_x, torn_steps)):
            found_per_x += np.bincount(own_x, weights=part, minlength=len(x))
        each[5:] += (
            _dot(torn_silent, silent), _dot(torn_steps, silent), _dot(dead, nearer) - _dot(own_weights, nearer_T),
            _dot(torn_steps, steps), _dot(s, (own_weights - dead) * nearer_T**2 + dead * nearer_t_x**2),
        )  # fmt: skip

    value = float((per_x * (A1 + A2)).sum() + each[0])
    whole = dead_per_x.sum()
    d_r = float((per_x * (psi(r + x) - psi(r) + np.log(alpha))).sum() - each[1] + each[2])
    d_alpha = total * r / alpha - float(each[3] - each[4])
    of_both = psi(a + b) - psi(a + b + chances)
    of_b = np.where(chances > 0, -1.0 / last, 0.0)
    d_a = (per_x * of_both).sum() + whole / a
    d_b = (per_x * (of_both + psi(b + chances) - psi(b))).sum() + (dead_per_x * of_b).sum()
    gradient, found = np.array([d_r, d_alpha, d_a, d_b]), np.zeros((4, 4))
    if not bends:
        return value, gradient, found

    def bend(of: FloatArray | float) -> FloatArray:
        return np.asarray(polygamma(1, of), dtype=np.float64)

    both = bend(a + b) - bend(a + b + chances)
    found[0, 0] = each[5] + (per_x * (bend(r + x) - bend(r))).sum()
    found[0, 1] = each[6] + each[7] + total / alpha
    found[1, 1] = each[8] + each[9] - total * r / alpha**2
    found[0, 2], found[0, 3] = silent_per_x.sum() / a, (silent_per_x * of_b).sum()
    found[1, 2], found[1, 3] = steps_per_x.sum() / a, (steps_per_x * of_b).sum()
    found[2, 2] = (torn_per_x.sum() - whole) / a**2 + (per_x * both).sum()
    found[2, 3] = (torn_per_x * of_b).sum() / a + (per_x * both).sum()
    found[3, 3] = ((torn_per_x + dead_per_x) * of_b**2 + per_x * (both + bend(b + chances) - bend(b))).sum()
    return value, gradient, np.triu(found) + np.triu(found, 1).T


def _dot(first: FloatArray, second: FloatArray) -> float:
    """Without the linear algebra library, whose threads cost more than they bring and add up in any order."""
    return float(np.einsum("i,i->", first, second))


def fit(name: str, histories: Histories) -> Maximum:
    """Maximum-likelihood parameters with their certificate.

    Where nobody is seen to drop out, a and b run away together and mean no dropout at all: the model is then the NBD of
    Ehrenberg (1959), fitted with a and b held there, if that is as likely.

    Args:
        name: ``bg_nbd`` or ``mbg_nbd``.
        histories: at least one, in any unit of time.
    """
    starts, sizes = starts_and_sizes(float(histories.T.max()))
    scout = mean_log_likelihood(name, scouted(histories)) if len(histories.x) > SCOUT_FROM else None
    free = maximise(
        mean_log_likelihood(name, histories),
        starts,
        names=PARAMETERS,
        sizes=sizes,
        customers=histories.total,
        scout=scout,
        derivatives=mean_derivatives(name, histories),
    )
    if not set(free.certificate.on_boundary) & {"a", "b"}:
        return free
    without = _without_dropout(name, histories, [start[:2] for start in starts])
    return without if without.log_likelihood >= free.log_likelihood - AS_LIKELY else free


def starts_and_sizes(oldest: float) -> tuple[list[tuple[float, ...]], tuple[float, ...]]:
    """Parameter values to begin with, and the usual size of each, where the oldest customer is of that age."""
    age = oldest or 1.0
    starts = [(0.5, age / 8, 0.7, 2.5), (1.0, age / 2, 1.0, 1.0), (0.2, age / 40, 0.3, 5.0), (3.0, age * 2, 0.1, 1.0)]
    return [*starts], (1.0, age, 1.0, 1.0)


def scouted(histories: Histories) -> Histories:
    """The coarser histories that the starts are led on where there are many."""
    return coarsened(histories, (float(histories.T.max()) or 1.0) / SCOUT_STEPS)


def _without_dropout(name: str, histories: Histories, starts: list[tuple[float, ...]]) -> Maximum:
    """The maximum over r and alpha with no dropout."""
    age = float(histories.T.max()) or 1.0
    of_all = mean_log_likelihood(name, histories)

    def objective(logs: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = of_all(np.concatenate([logs, np.log(NO_DROPOUT)]))
        return value, gradient[:2]

    found = maximise(objective, starts, names=PARAMETERS[:2], sizes=(1.0, age), customers=histories.total)
    covariance = np.zeros((4, 4))
    covariance[:2, :2] = np.array(found.log_covariance)
    return replace(
        found,
        names=PARAMETERS,
        parameters=(*found.parameters, *NO_DROPOUT),
        log_covariance=tuple(map(tuple, covariance.tolist())),
        certificate=replace(found.certificate, held=PARAMETERS[2:]),
    )


def model(name: str, parameters: tuple[float, ...], grain: float = 0.0) -> BetaGeometricNbd:
    """The model with these parameters (r, alpha, a, b)."""
    r, alpha, a, b = parameters
    return BetaGeometricNbd(name, r, alpha, a, b, grain)


def mean_log_likelihood(name: str, histories: Histories) -> Objective:
    """Per customer, in log parameters: d/d log v = v d/dv."""

    def objective(logs: FloatArray) -> tuple[float, FloatArray]:
        parameters = np.exp(logs)
        value, gradient = log_likelihood(name, parameters, histories)
        return value / histories.total, gradient * parameters / histories.total

    return objective


def mean_derivatives(name: str, histories: Histories) -> Derivatives:
    """Per customer, in log parameters: d2/d log v d log u = v u d2/dv du, and v d/dv more where they are the same."""

    def all_of_them(logs: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        parameters = np.exp(logs)
        value, gradient, bends = derivatives(name, parameters, histories)
        of_logs = gradient * parameters
        found = bends * np.outer(parameters, parameters) + np.diag(of_logs)
        return value / histories.total, of_logs / histories.total, found / histories.total

    return all_of_them

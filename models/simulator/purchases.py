"""Who the customers of the simulated shop are, and when and for how much they order.

BG/NBD (Fader, Hardie & Lee 2005, "Counting your customers" the easy way, assumptions i-v): while alive a customer
orders at rate lambda; after each repeat order she drops out with probability p; lambda ~ Gamma(r, alpha) and
p ~ Beta(a, b), independent. The order that makes her a customer is time 0: nobody drops out at it. Here p alone leans
on satisfaction, by a Gaussian copula, so that both margins stay as in the paper.
Gamma-Gamma (Fader & Hardie 2013, section 2): order values z ~ Gamma(p, nu), nu ~ Gamma(q, gamma), independent of the
purchase process.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import special

from models.simulator.calendar import Calendar, Floats, Ints
from models.simulator.parameters import ShopParameters

GUEST = -1  # owner of an order without a customer id
SMALLEST_ORDER_CENTS = 100


@dataclass(frozen=True)
class Buyers:
    """Customers who order at least once; every array has one value per buyer, in order of their first order.

    Attributes:
        rate: lambda, orders per (even) day while alive.
        dropout: p, probability of dropping out after a repeat order.
        satisfaction: latent, standard normal over buyers.
        value_rate: nu of the order values; the mean order value is p / nu.
        refund_propensity: mean share of her orders that she returns.
        first_at: moment of the first order on the even clock, in days.
    """

    rate: Floats
    dropout: Floats
    satisfaction: Floats
    value_rate: Floats
    refund_propensity: Floats
    first_at: Floats

    def __len__(self) -> int:
        return len(self.rate)


@dataclass(frozen=True)
class Orders:
    """Orders in the order of time; every array has one value per order.

    Attributes:
        owner: position of the buyer in `Buyers`, or GUEST.
        ordered_at: local seconds since 1970-01-01.
        value_cents: what the order is worth after vouchers, before returns.
        experience: how the order went for the buyer, standard normal given an average customer.
        refund_propensity: of the buyer.
    """

    owner: Ints
    ordered_at: Ints
    value_cents: Ints
    experience: Floats
    refund_propensity: Floats

    def __len__(self) -> int:
        return len(self.owner)


def draw_buyers(buyers: int, calendar: Calendar, parameters: ShopParameters, rng: np.random.Generator) -> Buyers:
    """Draw the buyers and the moment of their first orders."""
    arrivals = np.sort(arrival_days(buyers, calendar, parameters, rng))
    satisfaction = rng.standard_normal(buyers)
    tie = parameters.churn_by_satisfaction
    churn_score = -tie * satisfaction + sqrt(1.0 - tie**2) * rng.standard_normal(buyers)
    return Buyers(
        rate=rng.gamma(parameters.r, 1.0 / parameters.alpha, buyers),
        dropout=special.betaincinv(parameters.a, parameters.b, special.ndtr(churn_score)),
        satisfaction=satisfaction,
        value_rate=rng.gamma(parameters.q, 1.0 / parameters.gamma, buyers),
        refund_propensity=_refund_propensity(buyers, parameters, rng),
        first_at=arrivals,
    )


def arrival_days(n: int, calendar: Calendar, parameters: ShopParameters, rng: np.random.Generator) -> Floats:
    """When n customers arrive, on the even clock: a rush at the opening and a steady stream."""
    u = rng.random(n)
    steady = u * calendar.days
    mean = parameters.early_days
    rush = -mean * np.log1p(-u * -np.expm1(-calendar.days / mean))  # exponential, truncated to the window
    return np.where(rng.random(n) < parameters.early_share, rush, steady)


def draw_orders(
    buyers: Buyers, calendar: Calendar, parameters: ShopParameters, rng: np.random.Generator
) -> tuple[Orders, Floats]:
    """Draw every order of the window, guests' included.

    Returns:
        The orders, and per buyer the even day of the order after which she dropped out, NaN where she did not.
    """
    repeat_owner, repeat_at, dropped_at = _repeat_orders(buyers, calendar, parameters, rng)
    of_customers = len(buyers) + len(repeat_owner)
    guests = int(rng.poisson(parameters.guest_share * of_customers))

    # Guests are numbered after the buyers, one order each.
    owner = np.concatenate([np.arange(len(buyers)), repeat_owner, len(buyers) + np.arange(guests)])
    at = np.concatenate([buyers.first_at, repeat_at, rng.random(guests) * calendar.days])
    in_time = np.argsort(at, kind="stable")
    owner, at = owner[in_time], at[in_time]
    value_rate = np.concatenate([buyers.value_rate, rng.gamma(parameters.q, 1.0 / parameters.gamma, guests)])
    satisfaction = np.concatenate([buyers.satisfaction, rng.standard_normal(guests)])
    propensity = np.concatenate([buyers.refund_propensity, _refund_propensity(guests, parameters, rng)])

    tie = parameters.satisfaction_in_experience
    value = rng.gamma(parameters.p, 1.0, len(owner)) / value_rate[owner]
    orders = Orders(
        owner=np.where(owner < len(buyers), owner, GUEST),
        ordered_at=calendar.seconds(at),
        value_cents=np.maximum(np.rint(value * 100.0).astype(np.int64), SMALLEST_ORDER_CENTS),
        experience=tie * satisfaction[owner] + sqrt(1.0 - tie**2) * rng.standard_normal(len(owner)),
        refund_propensity=propensity[owner],
    )
    return orders, dropped_at


def _repeat_orders(
    buyers: Buyers, calendar: Calendar, parameters: ShopParameters, rng: np.random.Generator
) -> tuple[Ints, Floats, Floats]:
    """Owner and even day of every repeat order, sorted by both, and the even day of each buyer's dropout.

    The orders of a buyer who never drops out are drawn first (a Poisson count and uniform moments); the dropout coin
    of each order is one geometric draw; what comes after it is not kept.
    """
    exposure = calendar.days - buyers.first_at
    undisturbed = rng.poisson(buyers.rate * exposure)
    owner = np.repeat(np.arange(len(buyers)), undisturbed)
    # Sorting owner + uniform sorts the moments inside each owner in one pass.
    moments = np.sort(owner + rng.random(len(owner))) - owner
    first_row = np.cumsum(undisturbed) - undisturbed
    rank = np.arange(len(owner)) - first_row[owner]

    last_kept = _orders_until_dropout(buyers, parameters, rng)
    kept = rank < last_kept[owner]
    at = buyers.first_at[owner] + moments * exposure[owner]

    dropped = last_kept <= undisturbed
    dropped_at = np.full(len(buyers), np.nan)
    dropped_at[dropped] = at[first_row[dropped] + last_kept[dropped].astype(np.int64) - 1]
    return owner[kept], at[kept], dropped_at


def _orders_until_dropout(buyers: Buyers, parameters: ShopParameters, rng: np.random.Generator) -> Floats:
    """Repeat orders up to and with the one she drops out at: geometric on 1, 2, ...; infinite where none is."""
    uniform = rng.random(len(buyers))
    if not parameters.dropout:
        return np.full(len(buyers), np.inf)
    p = np.clip(buyers.dropout, 1e-12, 1.0 - 1e-12)  # the inverse below divides by log(1 - p)
    return np.floor(np.log1p(-uniform) / np.log1p(-p)) + 1.0


def _refund_propensity(n: int, parameters: ShopParameters, rng: np.random.Generator) -> Floats:
    if parameters.refund_share == 0.0:
        return np.zeros(n)
    mean, weight = parameters.refund_share, parameters.refund_concentration
    return rng.beta(mean * weight, (1.0 - mean) * weight, n)

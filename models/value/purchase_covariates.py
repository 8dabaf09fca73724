"""BG/NBD whose parameters depend on what is known of a customer from the first order on and never changes.

    alpha_i = alpha_0 exp(-gamma_1' z_i)    a_i = a_0 exp(gamma_2' z_i)    b_i = b_0 exp(gamma_3' z_i)    r of everybody

Fader & Hardie 2007, "Incorporating Time-Invariant Covariates into the Pareto/NBD and BG/NBD Models", the section on the
BG/NBD: a covariate multiplies the rate of purchases, and moves the two parameters of dropout each on its own. Here
every covariate enters all three, and z_i is 1 for the customer's level of each covariate, unless it is the reference.

Customers with the same levels are then a shop with the plain BG/NBD, and the logs of its four parameters are sums of
the logs of what is fitted: the design below. So the likelihood, its derivatives and the scores are the plain model's.
What is fitted are factors, exp(-gamma_1), exp(gamma_2) and exp(gamma_3): all positive like the other parameters, and
the covariance of their logs is that of the gammas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from models.maximum_likelihood import Derivatives, FloatArray, Maximum, Objective, maximise
from models.value import beta_geometric_nbd
from models.value.beta_geometric_nbd import PARAMETERS, SCOUT_FROM, scouted, starts_and_sizes
from models.value.purchase_histories import Histories

NAME: Final = "bg_nbd_covariates"
OTHER: Final = "(other)"
"""Level of all values that are rare or missing."""
LEAST_REPEAT_BUYERS: Final = 200
"""Customers who came back that a level must have, to have parameters of its own."""
MOST_LEVELS: Final = 4
"""Levels of a covariate, beside that of all other values."""

Traits = tuple[tuple[str, str], ...]
"""Covariate and level of each covariate of some customers."""
Shops = Mapping[Traits, Histories]
"""The histories of customers with the same traits."""


def levels(shops: Shops) -> dict[str, dict[str, float]]:
    """Customers per covariate and level, the reference first: the level that most have, then the text's order."""
    found: dict[str, dict[str, float]] = {}
    for traits, histories in shops.items():
        for covariate, level in traits:
            of_level = found.setdefault(covariate, {})
            of_level[level] = of_level.get(level, 0.0) + histories.total
    return {
        covariate: dict(sorted(customers.items(), key=lambda one: (-one[1], one[0])))
        for covariate, customers in found.items()
    }


def tells_apart(shops: Shops) -> bool:
    """Whether any covariate has more levels than one."""
    return any(len(customers) > 1 for customers in levels(shops).values())


def fit(shops: Shops) -> Maximum:
    """Maximum-likelihood parameters with their certificate; those of the plain model where nothing tells apart.

    Args:
        shops: histories by traits, all in the same unit of time; at least one.
    """
    if not tells_apart(shops):
        [histories] = shops.values()
        return beta_geometric_nbd.fit("bg_nbd", histories)
    own = [f"{covariate}={level}" for covariate, customers in levels(shops).items() for level in list(customers)[1:]]
    names = (*PARAMETERS, *(f"{parameter} {trait}" for trait in own for parameter in PARAMETERS[1:]))
    starts, sizes = starts_and_sizes(max(float(histories.T.max()) for histories in shops.values()))
    ones = (1.0,) * (len(names) - len(PARAMETERS))
    cells = sum(len(histories.x) for histories in shops.values())
    coarser = {traits: scouted(histories) for traits, histories in shops.items()} if cells > SCOUT_FROM else None
    return maximise(
        mean_log_likelihood(names, shops),
        [(*start, *ones) for start in starts],
        names=names,
        sizes=(*sizes, *ones),
        customers=_total(shops),
        scout=None if coarser is None else mean_log_likelihood(names, coarser),
        derivatives=mean_derivatives(names, shops),
    )


def own_parameters(names: tuple[str, ...], parameters: tuple[float, ...], traits: Traits) -> tuple[float, ...]:
    """r, alpha, a and b of customers with these traits; a level that was not fitted counts as the reference."""
    return tuple(np.exp(design(names, traits) @ np.log(np.array(parameters))).tolist())


def design(names: tuple[str, ...], traits: Traits) -> FloatArray:
    """Which fitted parameters each of the customers' own four is the product of, shape (4, fitted)."""
    own = [f"{covariate}={level}" for covariate, level in traits]
    factors = [{parameter, *(f"{parameter} {trait}" for trait in own)} for parameter in PARAMETERS]
    return np.array([[float(name in factor) for name in names] for factor in factors])


def mean_log_likelihood(names: tuple[str, ...], shops: Shops) -> Objective:
    """Per customer, and its gradient, in the logs of the fitted parameters."""
    tied = _tied(names, shops, lambda some: _without_bends(beta_geometric_nbd.mean_log_likelihood("bg_nbd", some)))

    def objective(logs: FloatArray) -> tuple[float, FloatArray]:
        value, gradient, _ = tied(logs)
        return value, gradient

    return objective


def mean_derivatives(names: tuple[str, ...], shops: Shops) -> Derivatives:
    """The same with the second derivatives."""
    return _tied(names, shops, lambda some: beta_geometric_nbd.mean_derivatives("bg_nbd", some))


def _tied(names: tuple[str, ...], shops: Shops, of_one: Callable[[Histories], Derivatives]) -> Derivatives:
    """The mean over the shops of what each says of its own four parameters, by the chain rule: the logs are D logs."""
    total = _total(shops)
    parts = [(some.total / total, design(names, traits), of_one(some)) for traits, some in shops.items()]

    def all_of_them(logs: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        value, gradient, bends = 0.0, np.zeros(len(names)), np.zeros((len(names), len(names)))
        for share, D, own in parts:
            own_value, own_gradient, own_bends = own(D @ logs)
            value += share * own_value
            gradient += share * (D.T @ own_gradient)
            bends += share * (D.T @ own_bends @ D)
        return value, gradient, bends

    return all_of_them


def _without_bends(objective: Objective) -> Derivatives:
    def derivatives(logs: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        return (*objective(logs), np.zeros((len(PARAMETERS), len(PARAMETERS))))

    return derivatives


def _total(shops: Shops) -> float:
    return sum(histories.total for histories in shops.values())

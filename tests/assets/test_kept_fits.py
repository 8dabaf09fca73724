"""What is kept of a fit depends on its data alone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from assets.kept_fits import fit_of, row_of
from assets.tables.value import PURCHASE_MODEL, SPEND_MODEL
from models.value import gamma_gamma


def test_a_fit_is_kept_alike_in_whatever_order_a_machine_adds_up() -> None:
    draw = np.random.default_rng(3)
    orders = draw.geometric(0.3, 281).astype(np.float64)
    values = draw.gamma(4 * orders, 1 / (orders * draw.gamma(4, 1 / 36, 281)))
    each = [np.arange(281), np.argsort(values), *(np.random.default_rng(seed).permutation(281) for seed in range(6))]
    kept = [row_of("gamma_gamma", gamma_gamma.fit(orders[order], values[order])) for order in each]
    assert {json.loads(row["certificate"])["gradient_norm"] for row in kept} == {0.0}
    first, *others = [np.array(fit_of(row).log_covariance) for row in kept]
    for other in others:
        assert other == pytest.approx(first, rel=1e-7)


def test_a_kept_covariance_is_of_what_the_dictionary_of_tables_says() -> None:
    """A reader takes standard errors from the column: value x root of the diagonal, of logarithms."""
    draw = np.random.default_rng(7)
    orders = draw.geometric(0.3, 2000).astype(np.float64)
    values = draw.gamma(4 * orders, 1 / (orders * draw.gamma(4, 1 / 36, 2000)))
    row = row_of("gamma_gamma", gamma_gamma.fit(orders, values))
    logs = np.log(list(json.loads(row["parameters"]).values()))

    def likelihood(*steps: np.ndarray) -> float:
        return gamma_gamma.log_likelihood(np.exp(logs + sum(steps)), orders, values, np.ones(2000))[0]

    nudges = 1e-3 * np.eye(3)
    curvature = [
        [likelihood(i, j) - likelihood(i, -j) - likelihood(-i, j) + likelihood(-i, -j) for j in nudges] for i in nudges
    ]
    expected = np.linalg.inv(-np.array(curvature) / (4 * 1e-6))
    assert np.array(json.loads(row["covariance"])) == pytest.approx(expected, rel=1e-3)
    for table in (PURCHASE_MODEL, SPEND_MODEL):
        (column,) = [each for each in table.columns if each.name == "covariance"]
        assert "the parameters' natural logarithms" in column.description

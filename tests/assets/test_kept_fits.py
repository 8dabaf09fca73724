"""What is kept of a fit depends on its data alone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from assets.kept_fits import fit_of, row_of
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

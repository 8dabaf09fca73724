"""The holdout of value: a model is called worse than another where the same customers say so, and not by chance."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.value_holdout import differences
from models.value.metrics import METRICS, metrics

RNG = np.random.default_rng(7)
ACTUAL = RNG.gamma(0.5, 100.0, 400)
NEAR, FAR = (ACTUAL * RNG.lognormal(0.0, spread, 400) for spread in (0.2, 0.6))


def test_a_clearly_better_model_is_told_by_every_metric_and_in_one_direction_only() -> None:
    [worse], [better] = (
        differences(ACTUAL, chosen, {"other": other}, rounds=200).values()
        for chosen, other in ((FAR, NEAR), (NEAR, FAR))
    )
    for metric in METRICS:
        one, two = worse[metric], better[metric]
        assert one
        assert two
        assert one.is_worse
        assert not two.is_worse
        assert one.low <= one.value <= one.high
        assert one.value == pytest.approx(-two.value)
    found = [metrics(ACTUAL, said)["mae"] for said in (FAR, NEAR)]
    assert worse["mae"] is not None
    assert worse["mae"].value == pytest.approx(found[0] - found[1])


def test_equal_predictions_do_not_differ_and_a_missing_figure_is_none() -> None:
    found = differences(ACTUAL, NEAR, {"same": NEAR, "constant": np.full(400, 50.0)}, rounds=50)
    for difference in found["same"].values():
        assert difference
        assert (difference.low, difference.high, difference.is_worse) == (0.0, 0.0, False)
    assert found["constant"]["spearman"] is None


def test_chance_is_not_called_worse() -> None:
    noise = np.random.default_rng(1)
    said = [ACTUAL * noise.lognormal(0.0, 0.5, 400) for _ in range(2)]
    found = [differences(ACTUAL, said[one], {"other": said[1 - one]}, rounds=200)["other"] for one in (0, 1)]
    worse = sum(bool(told and told.is_worse) for of_one in found for told in of_one.values())
    assert worse <= 1

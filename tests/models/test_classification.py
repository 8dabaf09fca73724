"""Metrics of predicted risks: hand-computed values, brute-force counts and published intervals."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import polars as pl
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from models.classification import METRICS, auc_difference, calibration_bins, metrics

SCIKIT_LEARN: Any = sklearn.metrics  # its stubs know no zero_division=0

# Four customers churned, six did not; one of each on the wrong side of 0.5, and a tie at 0.4.
CHURNED = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], dtype=bool)
RISK = np.array([0.9, 0.8, 0.7, 0.4, 0.6, 0.4, 0.3, 0.2, 0.2, 0.1])

# scikit-learn checks its arguments at length, and loads on the first example.
a_few = settings(max_examples=25)
judged = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5000001, 0.9, 1.0])), min_size=0, max_size=40
)


def arrays(pairs: list[tuple[bool, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([churned for churned, _ in pairs], dtype=bool), np.array([risk for _, risk in pairs], dtype=float)


def pair_count_auc(churned: np.ndarray, risk: np.ndarray) -> float:
    """Share of (churned, stayed) pairs in the right order, ties half."""
    differences = risk[churned][:, None] - risk[~churned][None, :]
    return float(np.mean((differences > 0) + 0.5 * (differences == 0)))


@a_few
@given(judged)
def test_figures_equal_those_of_scikit_learn_where_it_defines_them(pairs):
    churned, risk = arrays(pairs)
    found = metrics(churned, risk)
    if churned.size:
        assert found["accuracy"] == pytest.approx(sklearn.metrics.accuracy_score(churned, risk >= 0.5))
        assert found["log_loss"] == pytest.approx(sklearn.metrics.log_loss(churned, risk, labels=[False, True]))
    if churned.any() and not churned.all():
        assert found["roc_auc"] == pytest.approx(sklearn.metrics.roc_auc_score(churned, risk))
        predicted = risk >= 0.5
        scores = SCIKIT_LEARN.precision_recall_fscore_support(churned, predicted, average="binary", zero_division=0)
        of_rows = {"precision": predicted.any(), "recall": True, "f1": True}
        for metric, theirs in zip(of_rows, scores, strict=False):
            assert found[metric] == (pytest.approx(theirs) if of_rows[metric] else None)


def test_figures_of_ten_customers_equal_those_computed_by_hand():
    found = metrics(CHURNED, RISK)
    # 24 pairs: 0.9, 0.8, 0.7 beat all six; 0.4 loses to 0.6, ties with 0.4 and beats four.
    assert found["roc_auc"] == pytest.approx((18 + 4.5) / 24)
    # Precision after each churned customer met from above; the tie at 0.4 is one step of 4 of 6.
    assert found["pr_auc_churn"] == pytest.approx((1 + 1 + 1 + 4 / 6) / 4)
    assert found["precision"] == found["recall"] == found["f1"] == pytest.approx(3 / 4)
    assert found["accuracy"] == pytest.approx(8 / 10)
    assert found["brier"] == pytest.approx((0.01 + 0.04 + 0.09 + 0.36 + 0.36 + 0.16 + 0.09 + 0.04 + 0.04 + 0.01) / 10)
    likelihood = 0.9 * 0.8 * 0.7 * 0.4 * 0.4 * 0.6 * 0.7 * 0.8 * 0.8 * 0.9
    assert found["log_loss"] == pytest.approx(-math.log(likelihood) / 10)
    assert (found["precision_top_decile"], found["recall_top_decile"]) == (1.0, 0.25)
    assert found["f1_top_decile"] == pytest.approx(2 * 1.0 * 0.25 / (1.0 + 0.25))
    assert found["lift_top_decile"] == pytest.approx(2.5)


def test_the_two_precision_recall_areas_belong_to_opposite_outcomes():
    found, mirrored = metrics(CHURNED, RISK), metrics(~CHURNED, 1 - RISK)
    assert found["pr_auc_buy"] == pytest.approx(mirrored["pr_auc_churn"])
    assert found["pr_auc_churn"] != pytest.approx(found["pr_auc_buy"])


@a_few
@given(judged)
def test_every_metric_is_a_finite_number_or_none(pairs: list[tuple[bool, float]]):
    found = metrics(*arrays(pairs))
    assert tuple(found) == METRICS
    assert all(value is None or math.isfinite(value) for value in found.values())


@a_few
@given(judged.filter(lambda pairs: len({churned for churned, _ in pairs}) == 2))
def test_the_auc_is_the_share_of_pairs_in_the_right_order(pairs: list[tuple[bool, float]]):
    churned, risk = arrays(pairs)
    assert metrics(churned, risk)["roc_auc"] == pytest.approx(pair_count_auc(churned, risk))


@a_few
@given(judged, st.randoms(use_true_random=False))
def test_no_figure_depends_on_the_order_of_customers(pairs: list[tuple[bool, float]], random):
    shuffled = random.sample(pairs, len(pairs))
    first, second = metrics(*arrays(pairs)), metrics(*arrays(shuffled))
    for metric in METRICS:
        assert first[metric] == (None if second[metric] is None else pytest.approx(second[metric], abs=1e-6)), metric


def test_risks_that_rounding_tells_apart_have_no_calibration_slope():
    pairs = [(False, 0.0), (False, 0.5), (True, 0.5), (False, 0.5000001), (True, 0.5000001), (True, 0.5000001)]
    assert metrics(*arrays(pairs))["calibration_slope"] is None


def test_one_outcome_only_has_errors_but_no_ranking():
    found = metrics(np.array([True, True]), np.array([0.9, 0.4]))
    assert found["brier"] == pytest.approx((0.01 + 0.36) / 2)
    assert found["recall"] == 0.5
    for metric in ("roc_auc", "pr_auc_churn", "pr_auc_buy", "calibration_slope", "calibration_intercept"):
        assert found[metric] is None, metric


def test_nobody_predicted_has_no_precision():
    found = metrics(CHURNED, np.full(10, 0.1))
    assert (found["precision"], found["recall"]) == (None, 0.0)


def test_customers_tied_at_the_border_of_the_top_decile_share_its_places():
    churned = np.array([True] + [False] * 9 + [True] * 10)
    # The top decile is two places; one customer is above, four are tied for the second, one of them churned.
    risk = np.array([0.9, 0.8, 0.8, 0.8] + [0.1] * 6 + [0.8] + [0.2] * 9)
    assert metrics(churned, risk)["precision_top_decile"] == pytest.approx((1 + 1 / 4) / 2)


def test_risks_that_come_true_in_every_group_have_slope_one_and_intercept_zero():
    risk = np.array([0.25] * 4 + [0.75] * 4)
    churned = np.array([True, False, False, False, True, True, True, False])
    found = metrics(churned, risk)
    assert found["calibration_slope"] == pytest.approx(1, abs=1e-8)
    assert found["calibration_intercept"] == pytest.approx(0, abs=1e-8)


def test_doubled_logits_show_as_slope_one_half_and_low_risks_as_a_positive_intercept():
    churned = np.array([True, False, False, False, True, True, True, False])
    overconfident = np.array([0.1] * 4 + [0.9] * 4)  # logits twice those of 1/4 and 3/4
    assert metrics(churned, overconfident)["calibration_slope"] == pytest.approx(0.5)
    too_low = np.array([1 / 7] * 4 + [0.6] * 4)  # logits log 2 below those of 1/4 and 3/4
    assert metrics(churned, too_low)["calibration_intercept"] == pytest.approx(math.log(2))


def test_risks_that_are_no_probabilities_are_refused():
    with pytest.raises(ValueError, match=r"not in 0\.\.1"):
        metrics(np.array([True]), np.array([float("nan")]))
    with pytest.raises(ValueError, match="one of each per customer"):
        metrics(np.array([True]), np.array([0.1, 0.2]))


# Wilson score intervals published by Newcombe (1998), Statistics in Medicine 17:857, table I, method 3.
@pytest.mark.parametrize(
    ("churned", "n", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)]
)
def test_the_interval_of_a_calibration_bin_is_newcombes(churned: int, n: int, low: float, high: float):
    bins = calibration_bins(np.arange(n) < churned, np.full(n, 0.3))
    assert bins.rows(named=True) == [
        {
            "bin": 1,
            "n": n,
            "mean_risk": pytest.approx(0.3),
            "churned": churned,
            "observed": pytest.approx(churned / n),
            "low": pytest.approx(low, abs=5e-5),
            "high": pytest.approx(high, abs=5e-5),
        }
    ]


@a_few
@given(judged)
def test_calibration_bins_hold_every_prediction_once_and_equal_risks_together(pairs: list[tuple[bool, float]]):
    churned, risk = arrays(pairs)
    bins = calibration_bins(churned, risk)
    assert (bins["n"].sum(), bins["churned"].sum()) == (len(pairs), churned.sum())
    assert bins["mean_risk"].is_sorted()
    assert bins.height <= len(set(risk.tolist()))


def test_nineteen_of_twenty_calibration_intervals_hold_the_risk_where_horizons_overlap():
    """Customers of known risk, judged at three dates a month apart: taken for three customers, 83 % hold."""
    rng = np.random.default_rng(2)
    customers, shops, held = 600, 120, []
    for _ in range(shops):
        rate = rng.gamma(1.0, 1 / 5, size=customers)  # orders a month
        ordered = rng.random((customers, 5)) < 1 - np.exp(-rate)[:, None]
        churned = np.concatenate([~ordered[:, origin : origin + 3].any(axis=1) for origin in range(3)])
        bins = calibration_bins(churned, np.tile(np.exp(-3 * rate), 3), np.tile(np.arange(customers), 3))
        held += bins.select(pl.col("mean_risk").is_between("low", "high")).to_series().to_list()
    assert 0.93 < np.mean(held) < 0.98


def test_predictions_of_customers_who_always_do_the_same_count_once():
    churned, risk = np.arange(60) % 20 < 5, np.full(60, 0.3)
    [thrice] = calibration_bins(churned, risk, np.tile(np.arange(20), 3)).rows(named=True)
    [once] = calibration_bins(churned[:20], risk[:20]).rows(named=True)
    assert (thrice["n"], thrice["churned"], thrice["observed"]) == (60, 15, once["observed"])
    assert (thrice["low"], thrice["high"]) == pytest.approx((once["low"], once["high"]), abs=0.01)
    [nobody] = calibration_bins(np.zeros(60, dtype=bool), risk, np.tile(np.arange(20), 3)).rows(named=True)
    assert nobody["high"] == pytest.approx(0.1611, abs=5e-5)  # Newcombe's of none in 20


def paired(customers: int, seed: int, origin: dt.date = dt.date(2024, 1, 1)) -> pl.DataFrame:
    """A world where the model sees more of the truth than the baseline does."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=customers)
    return pl.DataFrame(
        {
            "origin": [origin] * customers,
            "customer_id": [f"c{number:04}" for number in range(customers)],
            "churned": rng.random(customers) < 1 / (1 + np.exp(-truth)),
            "risk": 1 / (1 + np.exp(-truth - rng.normal(size=customers))),
            "baseline": 1 / (1 + np.exp(-truth - 2 * rng.normal(size=customers))),
        }
    )


def test_the_interval_of_an_auc_difference_is_delongs():
    """DeLong's covariances written out over all pairs (1988, eq. 3-5)."""
    judged = paired(300, seed=1)
    churned = judged["churned"].to_numpy()
    placed = []
    for name in ("risk", "baseline"):
        risk = judged[name].to_numpy()
        wins = np.sign(risk[churned][:, None] - risk[~churned][None, :]) / 2 + 0.5
        placed.append((wins.mean(axis=1), wins.mean(axis=0)))
    churner_part, stayer_part = (placed[0][side] - placed[1][side] for side in (0, 1))
    variance = churner_part.var(ddof=1) / churner_part.size + stayer_part.var(ddof=1) / stayer_part.size
    found = auc_difference(judged)
    assert found is not None
    assert found.estimate == pytest.approx(churner_part.mean())
    assert (found.high - found.low) / 2 == pytest.approx(1.959964 * math.sqrt(variance), rel=0.01)


def test_the_same_customers_at_a_second_origin_are_no_further_evidence():
    once = paired(200, seed=2)
    twice = pl.concat([once, once.with_columns(origin=pl.lit(dt.date(2024, 2, 1)))])
    first, second = auc_difference(once), auc_difference(twice)
    assert first is not None
    assert second is not None
    assert (second.low, second.high) == (pytest.approx(first.low), pytest.approx(first.high))
    assert (second.customers, second.origins) == (200, 2)


@a_few
@given(st.integers(0, 10_000))
def test_a_model_compared_with_itself_is_no_better(seed: int):
    same = paired(30, seed).with_columns(baseline="risk")
    found = auc_difference(same)
    assert found is None or (found.estimate, found.low, found.high) == (0, 0, 0)


def test_one_outcome_only_tells_no_models_apart():
    assert auc_difference(paired(20, seed=3).with_columns(churned=pl.lit(True))) is None

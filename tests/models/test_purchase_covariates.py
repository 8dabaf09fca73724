"""BG/NBD with covariates: the plain model where they say nothing, known factors found again, own parameters used."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from models.value import beta_geometric_nbd, gamma_gamma, purchase_covariates, sums
from models.value.customer_value import FIGURES, Taught, learn_cohorts, predict, worlds
from models.value.gamma_gamma import GammaGamma
from models.value.history_scores import Horizon
from models.value.order_values import GammaGammaValues
from models.value.purchase_covariates import NAME, Traits
from models.value.purchase_histories import Histories, grouped

from .day_grain_shop import drawn

HORIZON = Horizon(90, 0.1)
CHANNELS = {"web": (0.5, (1.0, 1.0, 1.0)), "app": (0.3, (0.6, 1.3, 0.8)), "store": (0.2, (1.5, 0.7, 1.2))}
SOURCES = {"ads": (0.7, (1.0, 1.0, 1.0)), "friend": (0.3, (1.3, 0.6, 1.1))}
TRUTH = (0.7, 40.0, 0.8, 2.5, *CHANNELS["app"][1], *CHANNELS["store"][1], *SOURCES["friend"][1])
COVARIATES = ("first_order_channel", "acquisition_channel")


def drawn_shops(customers: int, seed: int) -> dict[Traits, tuple[np.ndarray, ...]]:
    """Customers of three channels and two sources, whose alpha, a and b are products of both factors."""
    rng = np.random.default_rng(seed)
    return {
        tuple(zip(COVARIATES, (channel, source), strict=True)): drawn(
            int(customers * share * part),
            (TRUTH[0], *(own * of_both for own, of_both in zip(TRUTH[1:4], np.multiply(one, two), strict=True))),
            rng,
        )
        for channel, (share, one) in CHANNELS.items()
        for source, (part, two) in SOURCES.items()
    }


def shops_of(drawn_: dict[Traits, tuple[np.ndarray, ...]]) -> dict[Traits, Histories]:
    return {traits: grouped(*columns, grain=1.0) for traits, columns in drawn_.items()}


@pytest.fixture(scope="module")
def taught_and_rows() -> tuple[Taught, pl.DataFrame]:
    """A small shop with its fit, order values and one row per customer."""
    some = drawn_shops(2_500, 5)
    fit = purchase_covariates.fit(shops_of(some))
    assert fit.certificate.holds
    rng = np.random.default_rng(1)
    parts = [
        pl.DataFrame({"repeats": x, "recency_days": t_x, "age_days": T}).with_columns(
            pl.all().cast(pl.Int64), *(pl.lit(level).alias(name) for name, level in traits)
        )
        for traits, (x, t_x, T) in some.items()
    ]
    rows = pl.concat(parts).sample(fraction=1.0, shuffle=True, seed=2)
    orders = rows["repeats"].to_numpy() + 1.0
    value = rng.gamma(6.0 * orders) / rng.gamma(3.7, 1 / 100.0, rows.height)
    rows = rows.with_columns(pl.Series("value", value), customer_id=pl.int_range(pl.len()).cast(pl.String))
    spend = gamma_gamma.fit(orders, value / orders)
    values = GammaGammaValues(GammaGamma(*spend.parameters))
    return Taught({NAME: fit}, values, None, learn_cohorts(None, rows, HORIZON), spend, COVARIATES), rows


def test_the_derivatives_are_those_of_finite_differences() -> None:
    shops = shops_of(drawn_shops(400, 2))
    names = purchase_covariates.fit(shops).names
    assert len(names) == len(TRUTH)
    point = np.log(np.array(TRUTH)) + np.linspace(-0.2, 0.2, len(names))
    mean = purchase_covariates.mean_log_likelihood(names, shops)
    value, gradient, bends = purchase_covariates.mean_derivatives(names, shops)(point)
    assert (value, *gradient) == pytest.approx((mean(point)[0], *mean(point)[1]))
    for place, step in enumerate(np.eye(len(names)) * 1e-5):
        after, before = mean(point + step), mean(point - step)
        assert gradient[place] == pytest.approx((after[0] - before[0]) / 2e-5, rel=1e-5, abs=1e-8)
        assert bends[place] == pytest.approx((after[1] - before[1]) / 2e-5, rel=1e-4, abs=1e-7)


def test_covariates_that_tell_nobody_apart_leave_the_plain_model() -> None:
    [histories] = shops_of(
        {(("first_order_channel", "web"),): drawn(600, TRUTH[:4], np.random.default_rng(3))}
    ).values()
    plain = beta_geometric_nbd.fit("bg_nbd", histories)
    constant = {(("first_order_channel", "web"), ("acquisition_channel", "(other)")): histories}
    assert not purchase_covariates.tells_apart(constant)
    assert purchase_covariates.fit(constant) == plain


def test_levels_that_do_not_differ_have_factors_of_one_and_the_plain_parameters() -> None:
    one = grouped(*drawn(1_500, TRUTH[:4], np.random.default_rng(3)), grain=1.0)
    twice = replace(one, customers=2 * one.customers)
    found = purchase_covariates.fit({(("c", "web"),): one, (("c", "app"),): one})
    plain = beta_geometric_nbd.fit("bg_nbd", twice)
    assert found.parameters == pytest.approx((*plain.parameters, 1.0, 1.0, 1.0), rel=1e-6)
    assert found.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-6)
    assert found.certificate.holds


def test_the_reference_is_the_level_most_have_and_unknown_levels_count_as_it() -> None:
    fit = purchase_covariates.fit(shops_of(drawn_shops(2_500, 4)))
    traits = (("first_order_channel", "app"), ("acquisition_channel", "friend"))
    r, alpha, a, b = purchase_covariates.own_parameters(fit.names, fit.parameters, traits)
    told = dict(zip(fit.names, fit.parameters, strict=True))
    assert not [name for name in fit.names if "web" in name or "ads" in name]
    assert (r, alpha) == pytest.approx(
        (told["r"], told["alpha"] * told["alpha first_order_channel=app"] * told["alpha acquisition_channel=friend"])
    )
    assert (a, b) == pytest.approx(
        tuple(told[p] * told[f"{p} first_order_channel=app"] * told[f"{p} acquisition_channel=friend"] for p in "ab")
    )
    unseen = (("first_order_channel", "kiosk"), ("acquisition_channel", "ads"))
    assert purchase_covariates.own_parameters(fit.names, fit.parameters, unseen) == pytest.approx(fit.parameters[:4])


@pytest.mark.slow
def test_a_level_of_as_many_who_came_back_as_it_needs_is_certified() -> None:
    for seed in range(6):
        rng = np.random.default_rng(seed)
        some, few = drawn(3_000, TRUTH[:4], rng), drawn(310, (0.7, 60.0, 0.6, 2.5), rng)
        assert (few[0] > 0).sum() == pytest.approx(purchase_covariates.LEAST_REPEAT_BUYERS, abs=25)
        shops = shops_of({(("first_order_channel", "web"),): some, (("first_order_channel", "app"),): few})
        assert purchase_covariates.fit(shops).certificate.holds


@pytest.mark.slow
def test_known_factors_are_found_again_within_their_standard_errors() -> None:
    distances = []
    for seed in (1, 2, 3):
        found = purchase_covariates.fit(shops_of(drawn_shops(300_000, seed)))
        assert found.certificate.holds
        off = np.log(np.array(found.parameters) / TRUTH)
        covariance = np.array(found.log_covariance)
        distances.append(off / np.sqrt(np.diag(covariance)))
        assert off @ np.linalg.solve(covariance, off) < 27.7  # 99 of 100 of chi-squared with 13 degrees of freedom
    assert np.mean(np.abs(distances) < 2.0) > 0.85  # of 39; 95 of 100 where they are normal and independent
    assert np.abs(distances).max() < 3.5
    assert np.diag(covariance).max() < 0.1**2


def test_every_customer_is_scored_by_the_parameters_of_customers_alike(
    taught_and_rows: tuple[Taught, pl.DataFrame],
) -> None:
    taught, rows = taught_and_rows
    said = predict(NAME, taught, rows, HORIZON, draws=4)
    assert said["customer_id"].equals(rows["customer_id"])
    fit = taught.processes[NAME]
    for traits, some in taught.told_apart(NAME, rows):
        own = purchase_covariates.own_parameters(fit.names, fit.parameters, traits)
        alone = replace(fit, names=fit.names[:4], parameters=own)
        plainly = replace(taught, processes={"bg_nbd": alone}, covariates=())
        expected = predict("bg_nbd", plainly, some, HORIZON)
        found = said.filter(pl.col("customer_id").is_in(some["customer_id"].implode()))
        both = found.join(expected, on="customer_id", suffix="_plain")
        for name in (figure for figure in FIGURES if figure not in ("clv_low", "clv_high")):
            close = (both[name] - both[f"{name}_plain"]).abs() <= 1e-6 * (1 + both[name].abs())
            assert close.drop_nulls().all(), (traits, name)
        assert ((both["clv_low"] <= both["clv"]) & (both["clv"] <= both["clv_high"])).all()


def test_the_sum_over_customers_alike_and_apart_is_the_sum_of_their_values(
    taught_and_rows: tuple[Taught, pl.DataFrame],
) -> None:
    taught, rows = taught_and_rows
    undiscounted = Horizon(90, 0.0)
    said = predict(NAME, taught, rows, undiscounted, intervals=False)
    [world] = worlds(NAME, taught, rows, undiscounted)
    still = np.zeros(len(TRUTH) + 3)
    assert world.expected(still) == pytest.approx(said["clv"].to_numpy(), rel=1e-6)
    everybody = sums.Group("shop", np.arange(rows.height), np.empty(0, dtype=np.int64), 0, 0.0)
    low, high = sums.intervals((world,), [everybody])["all"]
    assert low < said["clv"].sum() < high
    assert high - low < 0.5 * said["clv"].sum()

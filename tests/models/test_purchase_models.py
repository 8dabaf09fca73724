"""BG/NBD, MBG/NBD, Pareto/NBD and Gamma-Gamma: published numbers, arbitrary precision, simulation, edges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import polars as pl
import pytest
import yaml

from models.maximum_likelihood import Maximum
from models.value import beta_geometric_nbd, cohort_average, customer_value, gamma_gamma, pareto_nbd, purchase_process
from models.value.ages import at_every_age
from models.value.beta_geometric_nbd import BetaGeometricNbd
from models.value.customer_value import Taught
from models.value.dropout_integrals import power_mean
from models.value.gamma_gamma import GammaGamma
from models.value.history_scores import Horizon, score
from models.value.order_values import ShopAverage
from models.value.pareto_nbd import ParetoNbd
from models.value.purchase_histories import Histories, coarsened, grouped

from .day_grain_shop import drawn

PUBLISHED: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "published" / "purchase_models.yaml").read_text(encoding="utf-8")
)
LAST_DAY = dt.date(1997, 9, 30)
BG = BetaGeometricNbd("bg_nbd", 0.2425945, 4.4136019, 0.7929199, 2.4258881)
MBG = BetaGeometricNbd("mbg_nbd", 0.525, 6.183, 0.891, 1.614)
PARETO = ParetoNbd(0.5533971, 10.5801985, 0.6060625, 11.6562237)


def row(*values: float) -> tuple[np.ndarray, ...]:
    return tuple(np.array([float(value)]) for value in values)


@pytest.fixture(scope="module")
def calibration(cdnow: pl.DataFrame) -> pl.DataFrame:
    """CDNOW's first 39 weeks: x, t_x, T in weeks, z over repeat days."""
    days = cdnow.filter(pl.col("day") <= LAST_DAY)
    first = days.group_by("customer_id").agg(first=pl.col("day").min())
    return (
        days.join(first, on="customer_id")
        .group_by("customer_id")
        .agg(
            x=(pl.len() - 1).cast(pl.Float64),
            t_x=(pl.col("day").max() - pl.col("first").first()).dt.total_days() / 7,
            T=(LAST_DAY - pl.col("first").first()).dt.total_days() / 7,
            z=pl.col("value").filter(pl.col("day") > pl.col("first")).mean(),
        )
        .sort("customer_id")
    )


@pytest.fixture(scope="module")
def histories(calibration: pl.DataFrame) -> Histories:
    return grouped(*(calibration[name].to_numpy() for name in ("x", "t_x", "T")))


def test_cdnow_is_counted_as_published(calibration: pl.DataFrame) -> None:
    assert calibration.height == 2357
    assert calibration["x"].sum() == 2457
    assert (calibration["x"] > 0).sum() == 946


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
def test_the_published_parameters_are_found_to_the_printed_digits(name: str, histories: Histories) -> None:
    found = pareto_nbd.fit(histories) if name == "pareto_nbd" else beta_geometric_nbd.fit(name, histories)
    _is_as_printed(found, PUBLISHED["cdnow"][name], digits=4 if name == "bg_nbd" else 3)
    assert found.certificate.holds, found.certificate.reason
    assert found.certificate.starts_agreeing == found.certificate.starts


def test_gamma_gamma_of_the_946_repeat_buyers_is_as_published(calibration: pl.DataFrame) -> None:
    repeaters = calibration.filter(pl.col("x") > 0)
    found = gamma_gamma.fit(repeaters["x"].to_numpy(), repeaters["z"].to_numpy())
    _is_as_printed(found, PUBLISHED["cdnow"]["gamma_gamma"], digits=2)
    assert found.certificate.holds


def _is_as_printed(found: Maximum, printed: dict[str, float], digits: int) -> None:
    if "log_likelihood" in printed:
        assert found.log_likelihood == pytest.approx(printed["log_likelihood"], abs=0.03)
    for name, value in zip(found.names, found.parameters, strict=True):
        assert value == pytest.approx(printed[name], abs=0.6 * 10**-digits), name


@pytest.mark.parametrize("customer", PUBLISHED["note_027"]["customers"])
def test_extreme_customers_have_the_log_likelihood_of_hardies_note(customer: dict[str, float]) -> None:
    parameters = PUBLISHED["note_027"]["parameters"]
    values = np.array([parameters[name] for name in beta_geometric_nbd.PARAMETERS])
    one = grouped(*row(customer["x"], customer["t_x"], customer["T"]))
    value, _ = beta_geometric_nbd.log_likelihood("bg_nbd", values, one)
    assert value == pytest.approx(customer["log_likelihood"], abs=1e-4)


def test_the_worked_examples_come_out() -> None:
    sheet = PUBLISHED["bg_nbd_spreadsheet"]["customer"]
    x, t_x, T = row(sheet["x"], sheet["t_x"], sheet["T"])
    expected = BG.probability_alive(x, t_x, T) * BG.orders_if_alive(x, T, sheet["horizon"])
    assert expected[0] == pytest.approx(sheet["expected_orders"], abs=5e-4)
    walk = PUBLISHED["btyd_walkthrough"]
    x, t_x, T = row(*(walk["customer"][name] for name in ("x", "t_x", "T")))
    for model in (BG, PARETO):
        printed = walk[model.name]
        alive = model.probability_alive(x, t_x, T)
        assert alive[0] == pytest.approx(printed["probability_alive"], abs=6e-5)
        assert (alive * model.orders_if_alive(x, T, 52.0))[0] == pytest.approx(printed["expected_orders"], abs=6e-3)
        assert model.orders_since_first(np.array([52.0]))[0] == pytest.approx(printed["new_customer"], abs=6e-4)


def _simulated_histories(seed: int = 3, n: int = 300) -> Histories:
    rng = np.random.default_rng(seed)
    T = rng.integers(1, 400, n).astype(float)
    x = rng.poisson(rng.gamma(0.7, 4.0, n)).astype(float)
    return grouped(x, np.where(x > 0, np.floor(T * rng.random(n)), 0.0), T)


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd", "pareto_nbd", "pareto_nbd_of_days", "gamma_gamma"])
def test_gradients_are_those_of_finite_differences(name: str) -> None:
    some = _simulated_histories()
    rng = np.random.default_rng(5)
    z = rng.gamma(3.0, 10.0, len(some.x))

    def at(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        if name == "gamma_gamma":
            return gamma_gamma.log_likelihood(parameters, some.x + 1, z, some.customers)
        if name == "pareto_nbd":
            return pareto_nbd.log_likelihood(parameters, some)
        if name == "pareto_nbd_of_days":
            return pareto_nbd.log_likelihood(parameters, shop_at_day_grain(200, 6))
        return beta_geometric_nbd.log_likelihood(name, parameters, some)

    point = np.array(
        [3.0, 2.0, 30.0]
        if name == "gamma_gamma"
        else [0.6, 9.0, 0.5, 40.0]
        if name.startswith("pareto")
        else [0.6, 40.0, 0.8, 2.0]
    )
    _, gradient = at(point)
    for place in range(len(point)):
        step = np.zeros(len(point))
        step[place] = 1e-5 * point[place]
        slope = (at(point + step)[0] - at(point - step)[0]) / (2 * step[place])
        assert gradient[place] == pytest.approx(slope, rel=2e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("a", "b", "m", "v"),
    [
        (0.79, 4.4, 3.2, 0.9), (0.01, 0.3, 300.0, 5.0), (1.0, 2.4, 5.0, 100.0), (3.0, 50.0, 300.0, 1e5),
        (0.5, 1e5, 1e5, 0.3), (200.0, 1e5, 1e5, 5.0), (0.8, 2.5, 1e5, 1e-4), (1.0 + 1e-9, 2.4, 1.2, 0.3),
        (300.0, 2.0, 1.0, 20.0), (600.0, 1800.0, 5.0, 0.8), (1.0, 1000.0, 5.0, 0.8), (5000.0, 15000.0, 3.0, 2.0),
    ],
)  # fmt: skip
def test_what_is_left_of_a_rate_is_exact_over_the_whole_range(a: float, b: float, m: float, v: float) -> None:
    with mpmath.workdps(40):
        exact = mpmath.quad(
            lambda y: mpmath.exp(
                -a * mpmath.log1p(mpmath.exp(-y)) - b * mpmath.log1p(mpmath.exp(y))
                - m * mpmath.log1p(v / (1 + mpmath.exp(-y))) - mpmath.log(mpmath.beta(a, b))
            ),
            [-8000, -2000, -500, -100, -40, -25, -20, -15, *range(-12, 1), 5, 20, 200],
        )  # fmt: skip
    assert power_mean(a, b, m, v)[0] == pytest.approx(float(exact), rel=1e-8)


@pytest.mark.parametrize(("a", "b"), [(0.7, 2.5), (1.0, 1000.0), (600.0, 1800.0)])
def test_nothing_is_integrated_point_by_point_where_chances_to_drop_out_are_alike(
    monkeypatch: pytest.MonkeyPatch, a: float, b: float
) -> None:
    """Where a or b are large, as in shops that few leave, the same histories took a hundred times as long."""

    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("models.value.dropout_integrals._power_mean_by_quadrature", refuse)
    x, T = np.array([0.0, 3.0, 40.0]), np.array([60.0, 200.0, 700.0])
    orders = beta_geometric_nbd.model("bg_nbd", (0.8, 30.0, a, b)).orders_if_alive(x, T, 90.0)
    assert bool((np.diff(orders) > 0).all())


@pytest.mark.parametrize(
    ("x", "T", "horizon"), [(0, 1, 90), (3, 200, 365), (60, 30, 90), (2000, 700, 90), (1, 0, 5000)]
)
@pytest.mark.parametrize("a", [0.3, 1.0, 1.0000001, 4.0])
def test_expected_orders_of_bg_nbd_are_those_of_the_paper(x: float, T: float, horizon: float, a: float) -> None:
    r, alpha, b = 0.6, 40.0, 2.4
    with mpmath.workdps(60):
        near = mpmath.mpf(a) if a != 1.0 else mpmath.mpf(1) + mpmath.mpf(10) ** -25
        s, chances, age = mpmath.mpf(r) + x, mpmath.mpf(b) + x, mpmath.mpf(alpha) + T
        left = mpmath.hyp2f1(s, chances, near + chances - 1, horizon / (age + horizon))
        paper = (near + chances - 1) / (near - 1) * (1 - (age / (age + horizon)) ** s * left)
    found = BetaGeometricNbd("bg_nbd", r, alpha, a, b).orders_if_alive(*row(x, T), horizon)
    assert found[0] == pytest.approx(float(paper), rel=1e-8)


@pytest.mark.parametrize(("x", "t_x", "T"), [(0, 0, 40), (3, 10, 300), (250, 300, 700), (5, 5, 5)])
@pytest.mark.parametrize(("alpha", "beta"), [(10.0, 0.01), (0.01, 400.0), (10.0, 10.0)])
def test_pareto_nbd_is_that_of_the_hypergeometric_functions(
    x: float, t_x: float, T: float, alpha: float, beta: float
) -> None:
    r, s = 0.6, 0.9
    model = ParetoNbd(r, alpha, s, beta)
    with mpmath.workdps(50):
        big, k = max(alpha, beta), s + 1 if alpha >= beta else r + x
        difference, whole = mpmath.mpf(abs(alpha - beta)), mpmath.mpf(r) + s + x
        A0 = sum(
            sign * mpmath.hyp2f1(whole, k, whole + 1, difference / (big + t)) / (mpmath.mpf(big) + t) ** whole
            for sign, t in ((1, t_x), (-1, T))
        )
        alive = 1 / (1 + s / whole * (mpmath.mpf(alpha) + T) ** (r + x) * (mpmath.mpf(beta) + T) ** s * A0)
    assert model.probability_alive(*row(x, t_x, T))[0] == pytest.approx(float(alive), rel=1e-8, abs=1e-12)


def test_p_alive_is_that_of_arbitrary_precision_for_the_busy_who_went_silent() -> None:
    for x, t_x, T in ((1e5, 300.0, 365.0), (200.0, 38.0, 40.0), (3.0, 3.0, 3.0)):
        with mpmath.workdps(50):
            odds = mpmath.mpf(BG.a) / (BG.b + x - 1) * ((mpmath.mpf(BG.alpha) + T) / (BG.alpha + t_x)) ** (BG.r + x)
        assert BG.probability_alive(*row(x, t_x, T))[0] == pytest.approx(float(1 / (1 + odds)), rel=1e-9, abs=1e-300)


OF_DAYS = [replace(model, grain=1.0) for model in (BG, MBG, PARETO)]


@pytest.mark.parametrize("model", [BG, MBG, PARETO])
@pytest.mark.parametrize(("x", "T", "horizon"), [(0, 30, 39), (4, 35, 39), (30, 38, 10)])
def test_counts_are_a_distribution_whose_mean_is_the_expected_orders(
    model: Any, x: float, T: float, horizon: float
) -> None:
    counts = model.counts_if_alive(*row(x, T), horizon, 400)[0]
    assert counts.sum() == pytest.approx(1.0, abs=1e-7)
    assert (counts * np.arange(401)).sum() == pytest.approx(model.orders_if_alive(*row(x, T), horizon)[0], rel=1e-6)
    assert counts[0] == pytest.approx(model.probability_none_if_alive(*row(x, T), horizon)[0], rel=1e-9)


@pytest.mark.parametrize("model", [BG, MBG, PARETO])
def test_half_of_those_who_come_again_have_come_by_the_median(model: Any) -> None:
    x, T = row(3, 30)
    days = model.next_order_if_alive(x, T, 0.5)
    ever = 1 - model.probability_none_if_alive(x, T, 1e12)
    assert 1 - model.probability_none_if_alive(x, T, days) == pytest.approx(ever / 2, rel=1e-3)


def test_discounting_a_year_ahead_lies_between_nothing_and_the_last_day() -> None:
    x, T = row(3, 200)
    rate = np.log(1.1) / 365
    plain, discounted = BG.orders_if_alive(x, T, 365.0), BG.orders_if_alive(x, T, 365.0, rate)
    assert (plain / 1.1 < discounted).all()
    assert (discounted < plain).all()


def test_nothing_overflows_for_any_customer_or_horizon() -> None:
    x, T = (part.ravel() for part in np.meshgrid([0.0, 1.0, 50.0, 1e5], [0.0, 1.0, 400.0, 1e6]))
    in_days = x <= T
    for model in (BG, MBG, PARETO, BetaGeometricNbd("bg_nbd", 3.0, 1e-3, 0.01, 1e4), *OF_DAYS):
        can = in_days if model.grain else np.ones(len(x), dtype=bool)
        for t_x in (np.where(x > 0, model.grain * x, 0.0), np.where(x > 0, T, 0.0)):
            alive = model.probability_alive(x[can], t_x[can], T[can])
            assert ((alive >= 0) & (alive <= 1)).all()
        for horizon in (1.0, 90.0, 1e5):
            orders = model.orders_if_alive(x[can], T[can], horizon)
            assert (np.isfinite(orders) & (orders >= 0)).all()
            none = model.probability_none_if_alive(x[can], T[can], horizon)
            assert ((none >= 0) & (none <= 1 + 1e-12)).all()


def test_recency_and_age_are_not_interchangeable() -> None:
    early, late = BG.probability_alive(*row(4, 10, 40)), BG.probability_alive(*row(4, 38, 40))
    assert late[0] > early[0] + 0.3


def test_without_a_repeat_bg_nbd_is_certain_and_mbg_nbd_doubts() -> None:
    assert BG.probability_alive(*row(0, 0, 400))[0] == 1.0
    assert MBG.probability_alive(*row(0, 0, 400))[0] < 0.3


def test_the_fit_does_not_depend_on_the_order_or_grouping_of_customers() -> None:
    some = _simulated_histories()
    single = [np.repeat(part, some.customers.astype(int)) for part in (some.x, some.t_x, some.T)]
    shuffled = np.random.default_rng(1).permutation(len(single[0]))
    again = grouped(*(part[shuffled] for part in single))
    assert beta_geometric_nbd.fit("bg_nbd", again) == beta_geometric_nbd.fit("bg_nbd", some)


@pytest.mark.parametrize(
    "fit",
    [lambda h: beta_geometric_nbd.fit("bg_nbd", h), lambda h: beta_geometric_nbd.fit("mbg_nbd", h), pareto_nbd.fit],
)
def test_data_that_say_nothing_get_no_certificate(fit: Callable[[Histories], Maximum]) -> None:
    nobody_came_back = grouped(np.zeros(5), np.zeros(5), np.arange(5.0))
    found = fit(nobody_came_back)
    assert not found.certificate.holds
    assert found.certificate.reason
    assert np.isfinite(found.parameters).all()


def test_impossible_histories_are_refused_with_the_first() -> None:
    with pytest.raises(
        ValueError, match=r"1 of 2 purchase histories are impossible, first \(x, t_x, T\) = \[1.0, 9.0, 3.0\]"
    ):
        grouped(np.array([0.0, 1.0]), np.array([0.0, 9.0]), np.array([3.0, 3.0]))


def whole_days(x: int, T: int, r: float, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes in lambda, and the weight of x order days among T at each: Gamma(r, alpha) times its probability."""
    rate = np.exp(np.linspace(np.log(1e-7), np.log(30.0), 6001))
    logs = r * np.log(rate) - alpha * rate + x * np.log(-np.expm1(-rate)) - rate * (T - x)
    return rate, np.exp(logs - logs.max())


@pytest.mark.parametrize(("x", "t_x", "T"), [(1, 5, 40), (3, 50, 60), (10, 60, 90), (20, 60, 300)])
def test_whole_days_have_the_likelihood_of_one_order_a_day_at_most(x: int, t_x: int, T: int) -> None:
    r, alpha = 0.7, 40.0
    model = BetaGeometricNbd("bg_nbd", r, alpha, 0.8, 2.5, grain=1.0)
    rate, alive = whole_days(x, T, r, alpha)
    with np.errstate(divide="ignore"):
        gone = np.exp(np.log(alive) + rate * (T - t_x))  # no days behind t_x to be silent on
    odds = 0.8 / (2.5 + x - 1) * gone.sum() / alive.sum()
    found = model.probability_alive(*row(x, t_x, T))[0]
    assert np.log(1 / found - 1) == pytest.approx(np.log(odds), abs=0.05)
    none = (alive * np.exp(-90 * rate)).sum() / alive.sum()
    assert model.probability_none_if_alive(*row(x, T), 90.0)[0] == pytest.approx(none, rel=5e-3)


@pytest.mark.parametrize(
    ("x", "T", "rel"), [(0, 30, 1e-3), (0, 500, 2e-3), (3, 60, 1e-3), (10, 60, 2e-3), (30, 90, 5e-3)]
)
def test_whole_days_are_expected_to_bring_what_their_law_says(x: int, T: int, rel: float) -> None:
    model = BetaGeometricNbd("bg_nbd", 0.7, 40.0, 0.8, 2.5, grain=1.0)
    rate, alive = whole_days(x, T, 0.7, 40.0)
    y = np.linspace(-60.0, 40.0, 1001)
    last = 1 / (1 + np.exp(-y))
    chances = np.exp(0.8 * np.log(last) - (2.5 + x) * np.logaddexp(0.0, y))
    some = slice(None, None, 10)
    left = np.exp(90 * np.log1p(-last[:, None] * -np.expm1(-rate[some])[None, :]))
    per_rate = (chances[:, None] * (1 - left) / last[:, None]).sum(axis=0) / chances.sum()
    exact = (alive[some] * per_rate).sum() / alive[some].sum()
    assert model.orders_if_alive(*row(x, T), 90.0)[0] == pytest.approx(exact, rel=rel)
    counts = model.counts_if_alive(*row(x, T), 90.0, 91)[0]
    assert (counts * np.arange(92)).sum() == pytest.approx(exact, rel=2e-3)
    assert counts[91] == 0.0


def shop_at_day_grain(customers: int, seed: int) -> Histories:
    return grouped(*drawn(customers, (0.7, 40.0, 0.8, 2.5), np.random.default_rng(seed)), grain=1.0)


def distance(found: Maximum) -> float:
    """Squared, in the metric of the covariance: chi-squared with four degrees of freedom at the truth."""
    off = np.log(np.array(found.parameters) / (0.7, 40.0, 0.8, 2.5))
    return float(off @ np.linalg.solve(np.array(found.log_covariance), off))


def test_the_parameters_of_a_shop_counted_in_days_are_found_within_their_errors() -> None:
    shop = shop_at_day_grain(100_000, 3)
    assert distance(beta_geometric_nbd.fit("bg_nbd", shop)) < 13.3  # 99 of 100
    taken_for_moments = Histories(shop.x, shop.t_x, shop.T, shop.customers)
    assert distance(beta_geometric_nbd.fit("bg_nbd", taken_for_moments)) > 25.0


def test_more_order_days_than_days_are_refused() -> None:
    with pytest.raises(ValueError, match="1 x <= t_x <= T expected"):
        grouped(*row(4, 3, 10), grain=1.0)


@pytest.mark.parametrize("model", [BG, MBG, PARETO, *OF_DAYS])
def test_the_orders_of_every_age_are_told_by_a_few(model: Any) -> None:
    x, T = (part.ravel() for part in np.meshgrid([0.0, 2.0, 30.0], np.arange(30.0, 700.0, 3.0), indexing="ij"))
    asked: list[int] = []

    def counted(some_x: np.ndarray, some_T: np.ndarray) -> np.ndarray:
        asked.append(len(some_x))
        return model.orders_if_alive(some_x, some_T, 90.0)

    found = at_every_age(counted, x, T, model.nearest_scale - 0.5 * model.grain * x)
    assert found == pytest.approx(model.orders_if_alive(x, T, 90.0), rel=1e-9)
    assert sum(asked) < len(x) / 3


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd"])
def test_second_derivatives_are_those_of_finite_differences(name: str) -> None:
    some = _simulated_histories()
    point = np.array([0.6, 40.0, 0.8, 2.0])
    _, gradient, bends = beta_geometric_nbd.derivatives(name, point, some)
    assert gradient == pytest.approx(beta_geometric_nbd.log_likelihood(name, point, some)[1])
    for place in range(4):
        step = np.zeros(4)
        step[place] = 1e-5 * point[place]
        after, before = (beta_geometric_nbd.log_likelihood(name, point + sign * step, some)[1] for sign in (1, -1))
        assert bends[place] == pytest.approx((after - before) / (2 * step[place]), rel=1e-5, abs=1e-5)


def test_coarser_histories_keep_every_customer() -> None:
    some = _simulated_histories()
    fewer = coarsened(some, 7.0)
    assert fewer.total == some.total
    assert len(fewer.x) < len(some.x)


def test_an_orders_value_is_drawn_towards_the_shops_by_few_orders_only() -> None:
    model = GammaGamma(6.25, 3.74, 15.44)
    shop = 6.25 * 15.44 / 2.74
    few, many = model.expected_value(np.array([1.0, 100.0]), np.array([200.0, 200.0]))
    assert shop < few < many < 200.0
    assert model.expected_value(np.array([50.0]), np.array([0.0]))[0] < 1.0
    assert model.expected_value(np.array([2.0]), np.array([-9.0])) == model.expected_value(
        np.array([2.0]), np.array([0.0])
    )


def test_nobody_with_value_is_refused() -> None:
    with pytest.raises(ValueError, match="none of 3 customers"):
        gamma_gamma.fit(np.ones(3), np.zeros(3))


@pytest.mark.parametrize("is_doubted", [False, True])
def test_where_every_order_is_worth_the_shops_average_an_interval_ends_at_whole_orders(*, is_doubted: bool) -> None:
    """At the fewest orders that 80 of 100 such customers do not exceed: an end a little below would leave these out."""
    x, silence, since = (
        values.ravel() for values in np.meshgrid(np.arange(12.0), [1.0, 20.0, 60.0, 150.0], [30.0, 90.0, 300.0])
    )
    t_x = np.where(x > 0, since + x, 0.0)
    histories = pl.DataFrame({"repeats": x, "recency_days": t_x, "age_days": t_x + silence}).cast(pl.Int64)
    histories = histories.unique().sort(*histories.columns)
    x, t_x, T = (column.to_numpy().astype(np.float64) for column in histories.get_columns())
    fit = purchase_process.process("bg_nbd", (0.7, 50.0, 0.8, 2.5))
    drawn = [(fit, ShopAverage(10.0))]
    if is_doubted:
        drawn += [(purchase_process.process("bg_nbd", (0.9, 70.0, 0.6, 2.0)), ShopAverage(10.0))]
    found = score(fit, drawn[0][1], histories, Horizon(90, 0.0), drawn=drawn if is_doubted else ())
    held = np.zeros((len(x), 61))
    for own, _ in drawn:
        counts = own.counts_if_alive(x, T, 90.0, 60)
        held += (1.0 - own.probability_alive(x, t_x, T)[:, None] * (1.0 - np.cumsum(counts, axis=1))) / len(drawn)
    from_zero = held[:, 0] >= 0.1
    level = np.where(from_zero, 0.8, 0.9)[:, None]
    assert found["high"].to_numpy() == pytest.approx(np.argmax(held >= level, axis=1), abs=1e-9)
    assert found["low"].to_numpy() == pytest.approx(np.where(from_zero, 0.0, np.argmax(held >= 0.1, axis=1)), abs=1e-9)


def test_a_model_without_a_certificate_is_computed_once_not_once_a_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its covariance is nothing, so every draw of its parameters would be the fit again."""
    repeats, recency, age = np.array([0.0, 3.0, 40.0]), np.array([0.0, 50.0, 90.0]), np.array([30.0, 90.0, 99.0])
    fit = purchase_process.fit("bg_nbd", grouped(repeats, recency, age, grain=1.0))
    assert not fit.certificate.holds
    columns = {"repeats": repeats, "recency_days": recency, "age_days": age}
    rows = pl.DataFrame({"customer_id": ["a", "b", "c"], **columns, "value": [10.0, 40.0, 410.0]}).with_columns(
        pl.col(*columns).cast(pl.Int64)
    )
    taught = Taught({"bg_nbd": fit}, ShopAverage(10.0), None, cohort_average.learn(None, rows, 90))
    alone = customer_value.predict("bg_nbd", taught, rows, Horizon(90, 0.1))
    monkeypatch.setattr(Taught, "drawn", None)
    assert customer_value.predict("bg_nbd", taught, rows, Horizon(90, 0.1), draws=24).equals(alone)

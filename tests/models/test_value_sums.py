"""Intervals of what customers are worth, one by one and together: they hold what comes as often as they say."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import pytest

from models.maximum_likelihood import Maximum
from models.means import bounds_above, mean_bounds
from models.value import beta_geometric_nbd, gamma_gamma, purchase_process
from models.value import sums as value_sums
from models.value.customer_value import Taught, draws_for, learn_cohorts, predict, value_by_process, worlds
from models.value.gamma_gamma import GammaGamma
from models.value.history_scores import Horizon
from models.value.order_values import GammaGammaValues
from models.value.parameter_draws import log_steps
from models.value.purchase_histories import grouped

from .day_grain_shop import drawn

HORIZON = Horizon(90, 0.0)


@dataclass(frozen=True)
class DrawnShop:
    """Customers with what is known of them, what came, and the models fitted to what is known."""

    rows: pl.DataFrame
    came: np.ndarray
    taught: Taught

    @property
    def fit(self) -> Maximum:
        return self.taught.processes["bg_nbd"]


def drawn_shop(customers: int, seed: int) -> DrawnShop:
    """At most one order a day, each the last with probability p; order values Gamma distributed."""
    rng = np.random.default_rng(seed)
    T = rng.integers(30, 500, customers)
    rate, last = rng.gamma(0.8, 1 / 30.0, customers), rng.beta(0.8, 2.5, customers)
    nu = rng.gamma(3.7, 1 / 100.0, customers)
    x, t_x, later = (np.zeros(customers, dtype=np.int64) for _ in range(3))
    for one in range(customers):
        day = 0
        while (day := day + int(np.ceil(rng.exponential(1 / rate[one])))) <= T[one] + 90:
            x[one], t_x[one] = (x[one] + 1, day) if day <= T[one] else (x[one], t_x[one])
            later[one] += day > T[one]
            if rng.random() < last[one]:
                break
    value = rng.gamma(6.0 * (x + 1)) / nu
    came = np.where(later > 0, rng.gamma(np.maximum(6.0 * later, 1e-9)) / nu, 0.0)
    fit = beta_geometric_nbd.fit("bg_nbd", grouped(*(part.astype(np.float64) for part in (x, t_x, T)), grain=1.0))
    spend = gamma_gamma.fit((x + 1).astype(np.float64), value / (x + 1))
    names = [f"c{place:05}" for place in range(customers)]
    rows = pl.DataFrame({"customer_id": names, "repeats": x, "recency_days": t_x, "age_days": T, "value": value})
    values = GammaGammaValues(GammaGamma(*spend.parameters))
    return DrawnShop(rows, came, Taught({"bg_nbd": fit}, values, None, learn_cohorts(None, rows, HORIZON), spend))


def in_tiers(shop: DrawnShop, *, listed: bool = True) -> tuple[pl.DataFrame, list[value_sums.Group]]:
    """The customers by thirds of what they are expected to be worth, and the groups to sum by."""
    clv = predict("bg_nbd", shop.taught, shop.rows, HORIZON, intervals=False)["clv"]
    tier = clv.rank("ordinal").map_elements(lambda rank: "abc"[int(3 * (rank - 1) // len(clv))], return_dtype=pl.String)
    is_listed = pl.Series("is_listed", [int(listed)] * len(clv))
    rows = shop.rows.with_columns(clv, tier.alias("tier"), is_listed)
    totals = rows.group_by("tier").agg(customers=pl.len(), expected_value=pl.col("clv").sum()).sort("tier")
    rows = value_sums.spokesmen(rows)
    return rows, value_sums.grouped(rows, totals)


def test_eighty_in_a_hundred_customers_of_small_shops_fall_into_their_intervals() -> None:
    held: list[np.ndarray] = []
    for seed in range(1, 6):
        shop = drawn_shop(400, seed)
        assert shop.fit.certificate.holds
        said = predict("bg_nbd", shop.taught, shop.rows, HORIZON, draws=draws_for(400))
        low, high, none = (said[name].to_numpy() for name in ("clv_low", "clv_high", "probability_none"))
        inside = (shop.came >= low - 1e-9) & (shop.came <= high + 1e-9)
        # 0 alone holds P(none): where that is more than 80 %, it is counted as held as often as makes 80 %.
        held.append(np.where(none > 0.8, (shop.came == 0) * 0.8 / np.maximum(none, 0.8), inside))
        assert inside.mean() > 0.8
    assert 0.78 <= np.concatenate(held).mean() <= 0.82


def test_sums_of_small_shops_fall_into_their_intervals_and_doubt_widens_them() -> None:
    held, widths = [], []
    for seed in range(1, 16):
        shop = drawn_shop(150, seed)
        rows, groups = in_tiers(shop)
        assert shop.taught.spend is not None
        certain = replace(
            shop.taught,
            processes={"bg_nbd": replace(shop.fit, log_covariance=((0.0,) * 4,) * 4)},
            spend=replace(shop.taught.spend, log_covariance=((0.0,) * 3,) * 3),
        )
        ends, narrower = (
            value_sums.intervals(worlds("bg_nbd", taught, rows, HORIZON), groups) for taught in (shop.taught, certain)
        )
        sums = {group.name: shop.came[group.listed].sum() for group in groups} | {"all": shop.came.sum()}
        held += [low <= sums[name] <= high for name, (low, high) in ends.items()]
        widths.append((ends["all"][1] - ends["all"][0]) / (narrower["all"][1] - narrower["all"][0]))
    assert 0.68 <= np.mean(held) <= 0.92  # sixty sums, not independent
    assert np.median(widths) > 1.02


@pytest.mark.parametrize(("customers", "least"), [(30, 0.87), (100, 0.90), (1000, 0.92)])
def test_intervals_of_the_mean_lifetime_value_hold_what_the_page_says(customers: int, least: float) -> None:
    """Of customers of the sample shop's law, under the model as it is: what others like them are expected to bring."""
    rng = np.random.default_rng(customers)
    x, t_x, T = drawn((size := 60_000), (0.7, 55.0, 0.8, 3.2), rng)
    value = rng.gamma(4.0 * (x + 1)) / rng.gamma(4.0, 1 / 36.0, size)
    rows = pl.DataFrame({"repeats": x, "recency_days": t_x, "age_days": T, "value": value})
    process = purchase_process.process("bg_nbd", (0.7, 55.0, 0.8, 3.2))
    clv = value_by_process(process, GammaGammaValues(GammaGamma(4.0, 4.0, 36.0)), rows, HORIZON)
    samples = rng.choice(clv, size=(2000, customers))
    sums = pl.DataFrame({"total": samples.sum(axis=1), "squares": (samples**2).sum(axis=1)})
    total, n = pl.col("total"), pl.lit(customers)
    low, high = bounds_above(0, total / n, mean_bounds(total, pl.col("squares"), n), n)
    found = sums.select(low=low, high=high)
    assert least < found.select(pl.lit(clv.mean()).is_between("low", "high").mean()).item() < 0.97


def test_the_interval_of_all_is_narrower_than_the_tiers_added_up() -> None:
    rows, groups = in_tiers(drawn_shop(400, 3))
    ends = value_sums.intervals(worlds("bg_nbd", drawn_shop(400, 3).taught, rows, HORIZON), groups)
    low, high = (sum(ends[name][place] for name in "abc") for place in (0, 1))
    assert low < ends["all"][0] < ends["all"][1] < high


def test_a_sample_that_stands_for_the_others_gives_nearly_the_same_interval() -> None:
    shop = drawn_shop(2_400, 5)
    whole, sampled = (
        value_sums.intervals(worlds("bg_nbd", shop.taught, rows, HORIZON), groups)
        for rows, groups in (in_tiers(shop), in_tiers(shop, listed=False))
    )
    for name, (low, high) in whole.items():
        width = high - low
        assert sampled[name][0] == pytest.approx(low, abs=0.35 * width)
        assert sampled[name][1] == pytest.approx(high, abs=0.35 * width)


@dataclass(frozen=True)
class SteadyWorld:
    """Customers who bring what is expected of them, for certain."""

    values: np.ndarray

    def steps(self, rounds: int, rng: np.random.Generator) -> np.ndarray:
        return np.zeros((rounds, 1))

    def expected(self, step: np.ndarray) -> np.ndarray:
        return self.values

    def drawn(self, step: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return self.values


def test_models_that_disagree_do_so_about_those_that_a_sample_stands_for_too() -> None:
    """Of a blend one model is right, each as likely: of everybody the two are as far apart as of the sample."""
    clv = np.random.default_rng(2).gamma(2.0, 10.0, 4_000)
    models = (SteadyWorld(0.7 * clv), SteadyWorld(1.3 * clv))
    nobody, everybody = np.zeros(0, dtype=np.int64), np.arange(4_000, dtype=np.int64)
    whole = value_sums.Group("a", everybody, nobody, 0, 0.0)
    sampled = value_sums.Group("a", everybody[:300], everybody[300:700], 3_700, float(clv[300:].sum()))
    for group in (whole, sampled):
        ends = value_sums.intervals(models, [group])
        assert ends["a"] == pytest.approx((0.7 * clv.sum(), 1.3 * clv.sum()), rel=1e-9)
        assert ends["all"] == ends["a"]


def test_drawn_parameters_vary_as_the_covariance_says_around_the_fit() -> None:
    fit = drawn_shop(400, 3).fit
    steps = log_steps(fit, 4_000, np.random.default_rng(1))
    assert steps.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-12)
    covariance = np.array(fit.log_covariance)
    assert steps.std(axis=0) == pytest.approx(np.sqrt(np.diag(covariance)), rel=0.05)
    uncertified = replace(fit, certificate=replace(fit.certificate, starts_agreeing=0))
    assert not log_steps(uncertified, 10, np.random.default_rng(1)).any()

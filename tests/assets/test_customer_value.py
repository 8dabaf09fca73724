"""Customer value from orders to the published table: nobody missing, nothing invented, nothing from the future."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
import scipy.stats

from assets import purchase_models, segments, value, value_judging
from assets.night import Night
from assets.report import why_chosen
from assets.tables import CUSTOMER_DAYS, CUSTOMER_VALUE, ORDERS
from reports.language import Language

from .small_tables import rows

OpenShop = Callable[..., Night]
FIRST, AS_OF, HORIZON = dt.date(2023, 1, 1), dt.date(2024, 3, 31), 60
STEPS = (
    purchase_models.value_origin_dates, purchase_models.purchase_histories, purchase_models.purchase_cells,
    purchase_models.covariate_levels, purchase_models.purchase_model, purchase_models.spend_model,
    value_judging.value_predictions, value_judging.value_choice, value.history_scores, value.customer_value,
    segments.value_tiers, value.value_by_tier, value_judging.value_evaluation, value_judging.value_calibration,
    value_judging.value_tracking_table,
)  # fmt: skip
MEASURES: dict[str, Any] = {"horizon_days": HORIZON}


def drawn_shop(customers: int = 400, seed: int = 4) -> list[Any]:
    """Sales of customers who buy at a rate of their own until a purchase is the last; some on the same day twice."""
    rng = np.random.default_rng(seed)
    sales: list[Any] = []
    for number in range(customers):
        day, gap = int(rng.integers(0, 380)), float(rng.gamma(2.0, 15.0)) + 4
        mean = float(rng.gamma(3.0, 12.0)) + 2
        while FIRST + dt.timedelta(days=day) <= AS_OF + dt.timedelta(days=HORIZON):
            amount = Decimal(str(round(float(rng.gamma(4.0, mean / 4.0)) + 0.5, 2)))
            sales.append((f"c{number:03}", FIRST + dt.timedelta(days=day), amount))
            if rng.random() < 0.25:
                break
            day += int(rng.exponential(gap))
    return sales


SALES = drawn_shop()


def run(night: Night) -> Night:
    night.compute(*STEPS)
    return night


@pytest.fixture(scope="module")
def shop(open_shop: OpenShop) -> Night:
    return run(open_shop(SALES, as_of=AS_OF, measures=MEASURES))


def holds_numbers(frame: pl.DataFrame) -> bool:
    return all(
        bool(column.drop_nulls().is_finite().all()) for column in frame.iter_columns() if column.dtype == pl.Float64
    )


def test_everybody_who_ever_ordered_is_valued_once_with_finite_numbers(shop: Night) -> None:
    valued = rows(shop, "customer_value")
    assert valued["customer_id"].to_list() == sorted({name for name, day, _ in SALES if day <= AS_OF})
    assert holds_numbers(valued)
    assert valued["clv"].null_count() == 0
    assert (valued["clv_low"] <= valued["clv"]).all()
    assert (valued["clv"] <= valued["clv_high"]).all()
    assert set(valued["horizon_days"]) == {HORIZON}


def test_histories_are_those_counted_from_the_sales_of_each_origin(shop: Night) -> None:
    for row in rows(shop, "purchase_histories").to_dicts():
        days = sorted({day for name, day, _ in SALES if name == row["customer_id"] and day <= row["origin"]})
        worth = sum(a for name, day, a in SALES if name == row["customer_id"] and day <= row["origin"])
        assert (row["repeats"], row["recency_days"], row["age_days"]) == (
            len(days) - 1, (days[-1] - days[0]).days, (row["origin"] - days[0]).days,
        )  # fmt: skip
        assert row["value"] == worth
        if row["origin"] == AS_OF:
            assert row["future_value"] is None
        else:
            end = row["origin"] + dt.timedelta(days=HORIZON)
            later = [(day, a) for name, day, a in SALES if name == row["customer_id"] and row["origin"] < day <= end]
            assert row["future_order_days"] == len({day for day, _ in later})
            assert row["future_value"] == sum(a for _, a in later)


def test_cells_hold_every_customer_of_every_origin(shop: Night) -> None:
    cells = rows(shop, "purchase_cells").group_by("origin").agg(pl.col("customers").sum()).sort("origin")
    histories = rows(shop, "purchase_histories").group_by("origin").agg(customers=pl.len().cast(pl.Int64))
    assert cells.equals(histories.sort("origin"))


def test_fits_are_kept_as_json_with_certificate_and_hash(shop: Night) -> None:
    fits = rows(shop, "purchase_model")
    assert set(fits["model"]) == {"bg_nbd", "mbg_nbd"}
    for row in fits.to_dicts():
        assert list(json.loads(row["parameters"])) == ["r", "alpha", "a", "b"]
        assert len(json.loads(row["covariance"])) == 4
        assert json.loads(row["certificate"])["starts"] == 4
        assert len(row["data_hash"]) == 64
    assert fits.filter(pl.col("origin") == AS_OF)["is_certified"].all()


def test_orders_and_flows_dated_after_tonight_change_nothing(shop: Night, open_shop: OpenShop) -> None:
    other = open_shop(SALES, as_of=AS_OF, measures=MEASURES)
    later = AS_OF + dt.timedelta(days=3)
    other.warehouse.rows(
        f"insert into orders select * replace ('late' || order_id as order_id, date '{later}' as ordered_on, "
        f"date '{later}' as valid_from) from orders"
    )
    other.warehouse.rows(
        f"insert into customer_days select * replace (date '{later}' as day, 999 as net_value) from customer_days "
        f"where day = (select max(day) from customer_days)"
    )
    run(other)
    for table in ("customer_value", "value_evaluation", "purchase_model", "spend_model", "value_choice"):
        assert rows(other, table).equals(rows(shop, table)), table


def test_a_judged_origin_is_scored_as_its_own_night_would_have(shop: Night, open_shop: OpenShop) -> None:
    origin = AS_OF - dt.timedelta(days=HORIZON)
    then = run(open_shop([sale for sale in SALES if sale[1] <= origin], as_of=origin, measures=MEASURES))
    fitted = pl.col("origin") == origin
    for table in ("purchase_model", "spend_model"):
        assert rows(then, table).filter(fitted).drop("as_of").equals(rows(shop, table).filter(fitted).drop("as_of"))


def test_the_same_night_gives_the_same_digits_whatever_the_order_of_rows(shop: Night, open_shop: OpenShop) -> None:
    again = open_shop(SALES, as_of=AS_OF, measures=MEASURES)
    for contract in (ORDERS, CUSTOMER_DAYS):
        mixed = again.warehouse.frame(f"select * from {contract.name}").sample(fraction=1.0, shuffle=True, seed=3)
        again.warehouse.replace(contract, mixed)
    again.warehouse.rows("set threads = 1")
    run(again)
    for table in (
        "customer_value", "value_by_tier", "value_evaluation", "value_calibration", "value_tracking", "purchase_model",
    ):  # fmt: skip
        assert rows(again, table).equals(rows(shop, table)), table


@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd", "pareto_nbd", "two_part", "blend", "cohort_average"])
def test_a_named_model_is_used_as_named_and_says_so(open_shop: OpenShop, model: str) -> None:
    night = run(open_shop(SALES, as_of=AS_OF, measures={**MEASURES, "clv": {"model": model}}))
    valued = rows(night, "customer_value")
    assert set(valued["model"]) == {model}
    assert "named in the configuration" in valued["model_reason"][0]
    assert holds_numbers(valued)
    assert (valued["clv"] >= 0).all()
    assert (valued["probability_alive"].null_count() == valued.height) == (model == "cohort_average")


def test_tiers_add_up_to_the_shop_and_lie_within_their_intervals(shop: Night) -> None:
    sums = rows(shop, "value_by_tier")
    valued = rows(shop, "customer_value")
    everybody = sums.filter(pl.col("tier") == "all").row(0, named=True)
    tiers = sums.filter(pl.col("tier") != "all")
    assert everybody["customers"] == valued.height == tiers["customers"].sum()
    assert everybody["expected_value"] == valued["clv"].sum() == tiers["expected_value"].sum()
    assert sums.select((pl.col("value_low") <= pl.col("expected_value")).all()).item()
    assert sums.select((pl.col("value_high") >= pl.col("expected_value")).all()).item()


def test_a_model_without_a_distribution_has_sums_without_intervals(open_shop: OpenShop) -> None:
    sums = rows(
        run(open_shop(SALES, as_of=AS_OF, measures={**MEASURES, "clv": {"model": "cohort_average"}})), "value_by_tier"
    )
    assert sums["expected_value"].null_count() == 0
    assert sums["value_low"].null_count() == sums["value_high"].null_count() == sums.height


def test_predicted_tiers_rank_by_what_customers_will_be_worth(shop: Night, open_shop: OpenShop) -> None:
    night = run(open_shop(SALES, as_of=AS_OF, measures={**MEASURES, "tiers": {"basis": "predicted"}}))
    night.compute(segments.value_tiers)
    tiers = rows(night, "value_tiers").join(rows(shop, "customer_value").select("customer_id", "clv"), on="customer_id")
    assert set(tiers["basis"]) == {"predicted"}
    assert (tiers["value"] == tiers["clv"]).all()
    high, low = (tiers.filter(pl.col("tier") == tier)["clv"] for tier in ("high", "low"))
    assert min(high.to_list()) > max(low.to_list())


def test_a_shop_without_money_has_orders_and_no_value(open_shop: OpenShop) -> None:
    night = run(open_shop(SALES, as_of=AS_OF, measures=MEASURES, has_money=False))
    valued = rows(night, "customer_value")
    for name in ("clv", "clv_low", "clv_high", "expected_order_value"):
        assert valued[name].null_count() == valued.height
    assert (valued["expected_orders"] > 0).any()
    assert rows(night, "value_by_tier")["expected_value"].null_count() == rows(night, "value_by_tier").height
    assert rows(night, "spend_model").is_empty()
    assert rows(night, "value_evaluation").filter(pl.col("metric") == "mae")["value"].null_count() == 0


def test_a_shop_without_orders_values_nobody(open_shop: OpenShop) -> None:
    night = run(open_shop([], as_of=AS_OF))
    assert rows(night, "customer_value").is_empty()
    assert rows(night, "value_by_tier").is_empty()
    assert rows(night, "customer_value").columns == [column.name for column in CUSTOMER_VALUE.columns]


@pytest.mark.parametrize("model", ["auto", "bg_nbd", "blend"])
def test_a_shop_of_one_day_expects_nothing_it_has_not_seen(open_shop: OpenShop, model: str) -> None:
    first_day = [("ada", AS_OF, Decimal(40)), ("ben", AS_OF, Decimal(10))]
    valued = rows(run(open_shop(first_day, as_of=AS_OF, measures={"clv": {"model": model}})), "customer_value")
    assert valued["customer_id"].to_list() == ["ada", "ben"]
    assert holds_numbers(valued)
    assert valued["clv"].null_count() == 0
    if model != "bg_nbd":
        assert set(valued["model"]) == {"cohort_average"}
        assert valued["expected_orders"].to_list() == [0.0, 0.0]


@pytest.mark.parametrize("days", [20, 60])
def test_a_shop_without_a_past_to_compare_with_doubts_how_often_its_customers_come(
    open_shop: OpenShop, days: int
) -> None:
    rng = np.random.default_rng(7)
    until = FIRST + dt.timedelta(days=days)
    sales = [(f"c{n:03}", FIRST + dt.timedelta(days=int(rng.integers(0, days))), Decimal(10)) for n in range(400)]
    sales += [(f"c{n % 200:03}", until, Decimal(10)) for n in range(300)]
    measures = {**MEASURES, "clv": {"model": "cohort_average", "annual_discount_rate": 0}}
    valued = rows(run(open_shop(sales, as_of=until, measures=measures)), "customer_value")
    orders = valued["expected_orders"][0]
    law = scipy.stats.poisson(orders)
    low, high = (0.1, 0.9) if law.pmf(0) < 0.1 else (0.0, 0.8)
    clv = float(valued["clv"][0])
    ends = min(law.ppf(low) * clv / orders, clv) if low else 0.0, max(law.ppf(high) * clv / orders, clv)
    assert [set(valued[end]) for end in ("clv_low", "clv_high")] == [{Decimal(str(round(end, 2)))} for end in ends]


def test_who_got_back_all_or_more_is_worth_little_and_never_an_error(open_shop: OpenShop) -> None:
    paid: dict[str, Decimal] = {}
    for name, day, amount in SALES:
        if day <= AS_OF and name < "c200":
            paid[name] = paid.get(name, Decimal(0)) + amount
    back = [(name, AS_OF, paid[name] + place % 2, None) for place, name in enumerate(sorted(paid))]
    night = run(open_shop(SALES, back, as_of=AS_OF, measures={**MEASURES, "clv": {"model": "bg_nbd"}}))
    valued = rows(night, "customer_value")
    assert holds_numbers(valued)
    without, others = (valued.filter(pl.col("customer_id").lt("c200") == is_back) for is_back in (True, False))
    assert without["clv"].cast(pl.Float64).sum() < 0.6 * others["clv"].cast(pl.Float64).sum()


def test_the_shops_average_counts_who_got_back_what_they_paid(open_shop: OpenShop) -> None:
    """At one price there is no Gamma-Gamma, and half of the orders are worth nothing in the end."""
    sales = [(name, day, Decimal(20)) for name, day, _ in SALES if day <= AS_OF]
    back = [(name, AS_OF, amount, None) for name, _, amount in sales if name < "c200"]
    night = run(open_shop(sales, back, as_of=AS_OF, measures={**MEASURES, "clv": {"model": "bg_nbd"}}))
    tonight = rows(night, "spend_model").filter(pl.col("origin") == AS_OF).row(0, named=True)
    order_days = pl.Series([name for name, _ in {(name, day) for name, day, _ in sales}])
    paid = sum(amount for _, _, amount in sales) - sum(amount for _, _, amount, _ in back)
    assert tonight["model"] == "shop_average"
    assert json.loads(tonight["parameters"])["mean"] == pytest.approx(float(paid) / len(order_days), abs=1e-8)
    assert tonight["customers"] == order_days.n_unique()
    assert set(rows(night, "customer_value")["expected_order_value"]) == {
        Decimal(str(round(float(paid) / len(order_days), 2)))
    }


@pytest.mark.filterwarnings("error")
def test_orders_that_are_worth_nothing_have_intervals_of_zero(open_shop: OpenShop) -> None:
    free = [(name, day, Decimal(0)) for name, day, _ in SALES]
    measures = {**MEASURES, "minimum_order_value": 0, "clv": {"model": "bg_nbd"}}
    night = run(open_shop(free, as_of=AS_OF, measures=measures))
    valued = rows(night, "customer_value")
    assert (valued["expected_orders"] > 0).any()
    assert set(valued.select(pl.concat_list("clv_low", "clv", "clv_high").explode()).to_series()) == {Decimal("0.00")}


def test_a_shop_that_paid_everything_back_has_values_of_zero(open_shop: OpenShop) -> None:
    some = SALES[:200]
    back = [(name, max(day, AS_OF), amount, None) for name, day, amount in some if day <= AS_OF]
    valued = rows(run(open_shop(some, back, as_of=AS_OF, measures=MEASURES)), "customer_value")
    assert valued.height > 0
    assert holds_numbers(valued)
    assert valued["clv"].null_count() == 0


def test_a_past_too_short_for_the_horizon_judges_over_as_many_days_as_it_holds(open_shop: OpenShop) -> None:
    horizon = 210
    night = run(open_shop(SALES, as_of=AS_OF, measures={"horizon_days": horizon}))
    over = (AS_OF - min(day for _, day, _ in SALES)).days * 2 // 7
    assert over < horizon
    judged = rows(night, "value_evaluation")
    assert set(judged["horizon_days"]) == {over}
    assert set(judged["origin"]) == {AS_OF - dt.timedelta(days=step * over) for step in (1, 2)}
    assert "blend" in set(judged["model"])
    assert f"over {over} days, as far as the past reaches" in rows(night, "customer_value")["model_reason"][0]
    assert f"以 {over} 天评判" in why_chosen(night, "value_choice", Language("zh", "CNY"))
    for row in rows(night, "purchase_histories").filter(pl.col("origin") < AS_OF).to_dicts():
        own = horizon if row["origin"] == AS_OF - dt.timedelta(days=horizon) else over
        end, begin = (row["origin"] + dt.timedelta(days=sign * own) for sign in (1, -1))
        days = {day for name, day, _ in SALES if name == row["customer_id"]}
        assert row["future_order_days"] == len({day for day in days if row["origin"] < day <= end})
        assert row["recent_order_days"] == len({day for day in days if begin < day <= row["origin"]})


def test_the_evaluation_names_the_published_model_and_has_the_naive_rule_beside(shop: Night) -> None:
    judged = rows(shop, "value_evaluation")
    assert set(judged.filter(pl.col("is_published"))["model"]) == set(rows(shop, "customer_value")["model"])
    assert set(judged["metric"]) == {"mae", "rmse", "bias", "spearman", "normalised_gini", "top_decile_capture"}
    assert judged["baseline_value"].null_count() == 0
    assert (judged["origin"] + dt.timedelta(days=HORIZON) <= AS_OF).all()

"""The figures of the scorecard of small shops, against counting by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from assets import tables
from assets.calendar import OrderLog, order_log
from assets.night import Night
from assets.scorecard import kpi_scorecard
from models.kpi_cards import CARDS, KPI_IDS, OF_PERIODS, OF_THE_WINDOW, grains_of

from .ordered_shop import LAST, Order, on, open_shop, row_of, scorecard_of
from .small_tables import replace

JANUARY, FEBRUARY, MARCH = on(1, 1), on(2, 1), on(3, 1)
SHOP = [
    Order("loyal", on(1, 1), Decimal("10.00"), "web"),
    Order("loyal", on(1, 15), Decimal("20.00"), "web"),
    Order("loyal", on(2, 1), Decimal("30.00"), "store"),
    Order("loyal", on(2, 20), Decimal("30.00"), "web", discount=Decimal("5.00")),
    Order("loyal", on(3, 9), Decimal("40.00"), "web"),
    Order("lapsed", on(1, 5), Decimal("100.00"), "store"),
    Order("lapsed", on(3, 20), Decimal("50.00"), "store"),
    Order("once", on(1, 31), Decimal("7.50"), "web"),
    Order("refunder", on(2, 10), Decimal("80.00"), "web", refunded_on=on(3, 2)),
    Order(None, on(2, 15), Decimal("12.00"), "store"),
]


@pytest.fixture(scope="module")
def shop() -> Night:
    return open_shop(SHOP, risks={"loyal": "low", "lapsed": "high", "once": "high"})


def test_sales_stand_on_the_order_date_and_refunds_on_their_own(shop: Night) -> None:
    february, march = row_of(shop, "net_sales", FEBRUARY), row_of(shop, "net_sales", MARCH)
    assert (february["value"], february["n"], february["unit"]) == (147.0, 4, "base currency")
    assert (march["value"], march["previous_value"]) == (10.0, 147.0)  # 40 + 50 less the refund of 80
    assert row_of(shop, "refund_rate", MARCH)["value"] == pytest.approx(80 / 90)
    assert row_of(shop, "refund_rate", FEBRUARY)["value"] == 0.0
    assert row_of(shop, "discount_rate", FEBRUARY)["value"] == pytest.approx(5 / 152)
    growth = row_of(shop, "sales_growth", MARCH)
    assert (growth["value"], growth["numerator"], growth["denominator"]) == (pytest.approx(-137 / 147), -137.0, 147.0)


def test_an_order_refunded_by_tonight_is_no_order_and_its_customer_not_active(shop: Night) -> None:
    assert row_of(shop, "orders", FEBRUARY)["value"] == 3  # the order without a customer is one of them
    assert row_of(shop, "active_customers", FEBRUARY)["value"] == 1
    the_night_before = open_shop(SHOP, as_of=on(3, 1))
    assert row_of(the_night_before, "orders", FEBRUARY)["value"] == 4
    assert row_of(the_night_before, "active_customers", FEBRUARY)["value"] == 2


def test_average_order_value_is_net_and_its_interval_that_of_its_customers(shop: Night) -> None:
    row = row_of(shop, "aov", JANUARY)
    assert (row["value"], row["n"], row["numerator"], row["denominator"]) == (34.375, 3, 137.5, 4)
    # three customers: 30 of two orders, 100 and 7.5 of one each
    residuals = np.array([30 - 2 * 34.375, 100 - 34.375, 7.5 - 34.375])
    error = stats.t.ppf(0.975, 2) * np.sqrt(3 / 2 * (residuals**2).sum()) / 4
    assert error > 34.375  # the plain interval would begin below 0, where no order can be
    assert (row["low"], row["high"]) == pytest.approx((0.0, 34.375 + error))
    single = row_of(open_shop(SHOP[:1]), "aov", JANUARY)
    assert (single["value"], single["low"], single["high"]) == (10.0, None, None)


def test_the_value_of_orders_is_summed_to_the_last_digit_and_rounded_once() -> None:
    night = open_shop([Order(f"c{number}", dt.date(2024, 2, 5), Decimal("2.335")) for number in range(30)])
    aov = row_of(night, "aov", FEBRUARY)
    assert (aov["numerator"], aov["value"]) == (70.05, 2.335)  # of cents it would be 70.20
    assert aov["numerator"] == row_of(night, "net_sales", FEBRUARY)["value"]


@pytest.mark.parametrize("value", [Decimal("1000.004"), Decimal("1000.006")])
def test_parts_of_a_cent_neither_widen_nor_hide_the_interval_of_the_average_order(value: Decimal) -> None:
    values = [value + part for part in (Decimal(0), Decimal("0.5"), Decimal(1))]
    row = row_of(open_shop([Order(f"c{n}", on(2, 5), each) for n, each in enumerate(values)]), "aov", FEBRUARY)
    error = stats.t.ppf(0.975, 2) * np.sqrt(3 / 2 * 0.5) / 3
    middle = float(sum(values)) / 3
    assert (row["low"], row["high"]) == pytest.approx((middle - error, middle + error), abs=0.01)


def test_orders_that_are_all_alike_have_no_interval_whatever_parts_of_a_cent_they_are_worth() -> None:
    row = row_of(open_shop([Order(name, on(2, 5), Decimal("100.335")) for name in "ab"]), "aov", FEBRUARY)
    assert (row["value"], row["n"], row["low"], row["high"]) == (100.335, 2, None, None)


def test_a_target_for_the_average_order_is_judged_by_how_many_customers_there_are() -> None:
    """Forty orders of two customers are no more evidence than two customers are."""
    orders = [Order("a" if n % 2 else "b", on(1, 1 + n % 28), Decimal(10 + n)) for n in range(40)]
    wanted = [{"kpi": kpi, "operator": ">=", "value": 1} for kpi in ("aov", "discount_rate")]
    night = open_shop([*orders, Order("c", on(2, 1), Decimal(9), discount=Decimal(1))], targets=wanted)
    average, discounts = row_of(night, "aov", JANUARY), row_of(night, "discount_rate", JANUARY)
    assert (average["n"], average["denominator"], average["status"]) == (2, 40, "too_few_data")
    assert (discounts["n"], discounts["value"], discounts["status"]) == (2, 0.0, "too_few_data")


def test_rates_of_money_have_an_interval_over_the_customers_who_brought_it(shop: Night) -> None:
    discounts, refunds = row_of(shop, "discount_rate", FEBRUARY), row_of(shop, "refund_rate", MARCH)
    # February: 60 of the loyal one with 5 off, 80 of the refunder, 12 of nobody known
    residuals = np.array([5, 0, 0]) - 5 / 152 * np.array([60, 80, 12])
    error = stats.t.ppf(0.975, 2) * np.sqrt(3 / 2 * (residuals**2).sum()) / 152
    assert (discounts["n"], discounts["low"], discounts["high"]) == (3, 0.0, pytest.approx(5 / 152 + error))
    residuals = np.array([0, 0, 80]) - 80 / 90 * np.array([40, 50, 0])  # what was refunded was sold before
    error = stats.t.ppf(0.975, 2) * np.sqrt(3 / 2 * (residuals**2).sum()) / 90
    assert (refunds["n"], refunds["low"], refunds["high"]) == (3, 0.0, pytest.approx(80 / 90 + error))
    the_night_before = row_of(open_shop(SHOP, as_of=on(3, 1)), "refund_rate", FEBRUARY)
    assert (the_night_before["value"], the_night_before["low"], the_night_before["high"]) == (0.0, None, None)


def test_growth_has_an_interval_over_the_customers_of_both_months(shop: Night) -> None:
    row = row_of(shop, "sales_growth", MARCH)
    # loyal, lapsed, the refunder who brought the money back, and nobody known, in March and in February
    march, february = np.array([40, 50, -80, 0]), np.array([55, 0, 80, 12])
    residuals = march - 10 / 147 * february
    error = stats.t.ppf(0.975, 3) * np.sqrt(4 / 3 * (residuals**2).sum()) / 147
    assert (row["n"], row["low"], row["high"]) == (
        4,
        pytest.approx(-137 / 147 - error),
        pytest.approx(-137 / 147 + error),
    )
    unfinished = row_of(open_shop(SHOP, as_of=on(3, 30)), "sales_growth", MARCH)
    assert (unfinished["value"], unfinished["low"], unfinished["high"]) == (None, None, None)


def test_of_a_channel_and_of_a_day_the_rates_of_money_count_who_orders_and_have_no_interval(shop: Night) -> None:
    web = row_of(shop, "discount_rate", FEBRUARY, scope="channel", scope_value="web")
    day = row_of(shop, "discount_rate", on(2, 20), grain="day")
    store = row_of(shop, "refund_rate", FEBRUARY, scope="channel", scope_value="store")
    assert (web["n"], web["low"], web["high"]) == (1, None, None)  # the refunder's order is none by now
    assert (store["n"], store["low"], store["high"]) == (2, None, None)  # the loyal one, and an order of nobody
    assert (day["n"], day["low"], day["high"]) == (1, None, None)


def test_where_customers_bring_back_all_they_bought_or_there_is_one_of_them_no_rate_has_an_interval() -> None:
    one = [Order("a", on(1, 2), Decimal(50), discount=Decimal(5)), Order("a", on(2, 2), Decimal(50))]
    alike = [Order(f"c{n}", on(1, 2), Decimal(50), discount=Decimal(5), refunded_on=on(1, 9)) for n in range(40)]
    for orders in (one, alike):
        night = open_shop(orders)
        for kpi in ("discount_rate", "refund_rate"):
            row = row_of(night, kpi, JANUARY)
            assert row["value"] == {"discount_rate": 0.1, "refund_rate": float(orders is alike)}[kpi]
            assert (row["n"], row["low"], row["high"]) == (len({o.customer for o in orders}), None, None)


def test_the_mean_lifetime_value_varies_as_the_values_of_customers_do() -> None:
    night = open_shop(SHOP)

    def row(*worth: float) -> dict[str, Any]:
        values = [{"customer_id": f"c{n}", "clv": Decimal(str(value))} for n, value in enumerate(worth)]
        replace(night.warehouse, tables.CUSTOMER_VALUE, values)
        night.compute(kpi_scorecard)
        return row_of(night, "mean_clv", grain="total")

    several = row(10, 12.5, 31, 0)
    error = stats.t.ppf(0.975, 3) * stats.sem([10, 12.5, 31, 0])
    assert (several["n"], several["value"], several["low"]) == (4, 13.375, 0.0)  # nobody is worth less than nothing
    assert several["high"] == pytest.approx(13.375 + error)
    for alone in (row(10), row(0, 0), row(7, 7, 7)):
        assert (alone["low"], alone["high"]) == (None, None)


def test_the_share_of_the_high_tier_varies_as_its_border_does() -> None:
    """The best fifth of forty and what they hold, each customer left out in turn."""
    chance = np.random.default_rng(5)
    worth = np.round(np.exp(chance.normal(3, 1, 40)), 2)
    orders = [Order(f"c{n}", on(3, 1), Decimal(str(value))) for n, value in enumerate(worth)]
    row = row_of(open_shop(orders), "high_tier_value_share", grain="total")
    ranked = np.sort(worth)[::-1]
    border, held = ranked[7], ranked[:8].sum() / worth.sum()
    parts = np.maximum(worth - border, 0) + border * 8 / 40 - held * worth
    error = stats.t.ppf(0.975, 39) * np.sqrt(40 / 39 * (parts**2).sum()) / worth.sum()
    assert parts.sum() == pytest.approx(0, abs=1e-9)
    assert (row["n"], row["value"]) == (40, pytest.approx(held))
    assert (row["low"], row["high"]) == pytest.approx((held - error, held + error))
    the_week_before = row_of(open_shop(orders, as_of=on(2, 28)), "high_tier_value_share", grain="total")
    assert (the_week_before["value"], the_week_before["low"]) == (None, None)  # input absent
    alike = row_of(
        open_shop([Order(f"c{n}", on(3, 1), Decimal(20)) for n in range(9)]),
        "high_tier_value_share",
        grain="total",
    )
    assert (alike["value"], alike["low"], alike["high"]) == (1.0, None, None)  # a tie goes up


def test_customers_who_order_equally_often_do_not_tell_how_far_the_purchase_frequency_may_be_off(shop: Night) -> None:
    january, march = row_of(shop, "purchase_frequency", JANUARY), row_of(shop, "purchase_frequency", MARCH)
    error = stats.t.ppf(0.975, 2) * np.std([2, 1, 1], ddof=1) / np.sqrt(3)
    assert (january["low"], january["high"]) == pytest.approx((1.0, 4 / 3 + error))  # nobody active orders less
    assert (march["value"], march["low"], march["high"]) == (1.0, None, None)


def test_retention_is_of_those_active_the_period_before(shop: Night) -> None:
    february = row_of(shop, "retention_rate", FEBRUARY)
    assert (february["numerator"], february["denominator"]) == (1, 3)  # the loyal one of three
    churn = row_of(shop, "churn_rate", FEBRUARY)
    assert churn["value"] == pytest.approx(1 - february["value"])
    assert (churn["low"], churn["high"]) == pytest.approx((1 - february["high"], 1 - february["low"]))
    first = row_of(shop, "retention_rate", JANUARY)
    assert (first["value"], first["n"]) == (None, 0)


def test_revenue_retention_follows_the_same_customers_flows(shop: Night) -> None:
    row = row_of(shop, "net_revenue_retention", FEBRUARY)
    assert (row["numerator"], row["denominator"]) == (55.0, 137.5)
    # March: those who ordered in February; the refunded order is none, so its refund is not theirs to lose
    assert row_of(shop, "net_revenue_retention", MARCH)["numerator"] == 40.0


def test_new_reactivated_and_won_back_customers(shop: Night) -> None:
    assert [row_of(shop, "new_customers", start)["value"] for start in (JANUARY, FEBRUARY, MARCH)] == [3, 0, 0]
    assert row_of(shop, "reactivated_customers", MARCH)["value"] == 1  # the lapsed one, after 75 days
    march = row_of(shop, "winback_rate", MARCH)
    # lost on 29 February: the lapsed one (55 days) and the one-time buyer (29 days)
    assert (march["numerator"], march["denominator"], march["value"]) == (1, 2, 0.5)


def test_window_kpis_stand_on_the_first_day_of_the_window(shop: Night) -> None:
    repurchase = row_of(shop, "repurchase_rate", grain="total")
    assert repurchase["period_start"] == LAST - dt.timedelta(days=59)  # 1 February
    assert (repurchase["numerator"], repurchase["denominator"]) == (1, 2)
    risk = row_of(shop, "value_at_risk", grain="total")
    assert (risk["value"], risk["denominator"], risk["n"]) == (50.0, 145.0, 3)
    tier = row_of(shop, "high_tier_value_share", grain="total")
    assert (tier["numerator"], tier["denominator"]) == (95.0, 145.0)


def test_what_tiers_and_bands_hold_is_added_up_exactly_and_rounded_once() -> None:
    orders = [Order(f"c{number}", LAST, Decimal("10.0049")) for number in range(9)]
    night = open_shop(orders, risks={f"c{number}": ("low", "medium", "high")[number % 3] for number in range(9)})
    share, risk = (row_of(night, kpi, grain="total") for kpi in ("high_tier_value_share", "value_at_risk"))
    assert (share["numerator"], share["denominator"]) == (90.04, 90.04)
    assert risk["denominator"] == 90.04


def test_the_second_order_must_come_within_ninety_days_of_a_first_one_as_old() -> None:
    orders = [
        Order("quick", on(1, 1), Decimal(10)),
        Order("quick", on(1, 2), Decimal(10)),
        Order("slow", on(1, 1), Decimal(10)),
        Order("slow", on(3, 31), Decimal(10)),  # 90 days later, still within
        Order("slower", dt.date(2023, 12, 31), Decimal(10)),
        Order("slower", on(3, 31), Decimal(10)),  # 91 days
        Order("young", on(1, 2), Decimal(10)),  # 89 days old
        Order("young", on(1, 3), Decimal(10)),
    ]
    row = row_of(open_shop(orders), "second_order_rate", grain="total")
    assert (row["numerator"], row["denominator"], row["period_start"]) == (2, 3, dt.date(2023, 12, 31))


def test_a_kpi_with_nobody_to_count_has_no_value_and_its_input_is_not_absent() -> None:
    young = Order("young", on(3, 1), Decimal(10))
    of_the_window = ("repurchase_rate", "second_order_rate", "high_tier_value_share", "value_at_risk", "mean_clv")
    targets = [{"kpi": kpi, "operator": ">=", "value": 0.1} for kpi in of_the_window]
    second = row_of(open_shop([young], targets=targets), "second_order_rate", grain="total")
    assert (second["value"], second["n"], second["status"]) == (None, 0, "too_few_data")
    assert (second["numerator"], second["denominator"], second["period_start"]) == (0, 0, on(3, 1))
    # nobody has ordered in the window, and nobody ever was worth anything
    long_ago = open_shop([Order("a", dt.date(2023, 6, 1), Decimal(10))], targets=targets)
    all_void = open_shop([Order("a", on(3, 1), Decimal(10), refunded_on=on(3, 2))], targets=targets)
    for night, kpis in ((long_ago, of_the_window[2:4]), (all_void, of_the_window)):
        rows = [row_of(night, kpi, grain="total") for kpi in kpis]
        assert [(row["value"], row["n"], row["status"]) for row in rows] == [(None, 0, "too_few_data")] * len(rows)
    # nor is there a verdict where nothing was aimed at
    assert row_of(open_shop([young]), "second_order_rate", grain="total")["status"] is None


def test_the_window_before_is_judged_as_it_was_known_then() -> None:
    twice = [
        Order("a", on(1, 10), Decimal(10)),
        Order("a", on(1, 20), Decimal(10), refunded_on=on(3, 1)),
    ]
    others = [Order("b", on(1, 1), Decimal(10)), Order("b", on(3, 1), Decimal(10))]
    row = row_of(open_shop([*twice, *others], window_days=45), "repurchase_rate", grain="total")
    # (17 Feb, 31 Mar]: b once. (2 Jan, 15 Feb]: a twice; the refund of March was not known, b of 1 January not in it.
    assert (row["value"], row["previous_value"]) == (0.0, 1.0)
    longer = row_of(open_shop([*twice, *others], window_days=60), "repurchase_rate", grain="total")
    assert longer["previous_value"] is None  # the log does not reach back 120 days
    for first, reaches_back in ((2, True), (3, False)):
        log = [*twice, Order("b", on(1, first), Decimal(10)), others[1]]
        row = row_of(open_shop(log, window_days=45), "repurchase_rate", grain="total")
        assert (row["previous_value"] is not None) == reaches_back
    unfinished = row_of(
        open_shop([*twice, *others], window_days=45, newest=on(3, 30)), "repurchase_rate", grain="total"
    )
    assert (unfinished["is_complete"], unfinished["previous_value"]) == (False, None)


@pytest.mark.parametrize("window_days", [30, 60])
def test_beside_a_window_stands_what_the_night_at_the_end_of_the_one_before_would_have_said(window_days: int) -> None:
    chance = np.random.default_rng(window_days)
    then = LAST - dt.timedelta(days=window_days)

    def drawn(number: int, start: dt.date, days: int) -> Order:
        day = start + dt.timedelta(days=int(chance.integers(0, days)))
        later = day + dt.timedelta(days=int(chance.integers(0, 50)))
        back = later if chance.random() < 0.3 else None
        valid_from = None if back or chance.random() < 0.8 else later
        return Order(f"c{number}", day, Decimal(int(chance.integers(1, 900))) / 10, None, Decimal(0), back, valid_from)

    first = then - dt.timedelta(days=95)
    orders = [Order("early", first, Decimal(5)), *(drawn(n % 40, first, 95 + window_days) for n in range(90))]
    # on the borders of the window, of the days that a second order has, and of an order's life
    ago = [dt.timedelta(days=number) for number in (0, window_days - 1, window_days, 89, 90, 91)]
    for n, one in enumerate(ago):
        orders += [Order(f"e{n}", then - one, Decimal(70 + n)), Order(f"e{n}", then, Decimal(7), refunded_on=LAST)]
        orders += [Order(f"m{n}", then - one, Decimal(40), refunded_on=LAST)]
        orders += [Order(f"v{n}", then - ago[1], Decimal(50), refunded_on=then + dt.timedelta(days=n - 2))]
    tonight, night_then = (open_shop(orders, as_of=at, window_days=window_days) for at in (LAST, then))
    for kpi in ("repurchase_rate", "second_order_rate", "high_tier_value_share"):
        before = row_of(night_then, kpi, grain="total")["value"]
        assert row_of(tonight, kpi, grain="total")["previous_value"] == pytest.approx(before, rel=1e-12), kpi


def test_an_unfinished_period_counts_but_has_no_rate_no_growth_and_nothing_beside_it() -> None:
    night = open_shop(SHOP, as_of=on(3, 20), targets=[{"kpi": "orders", "operator": ">=", "value": 1}])
    orders = row_of(night, "orders", MARCH)
    assert (orders["value"], orders["previous_value"], orders["is_complete"]) == (2, None, False)
    assert orders["status"] == "incomplete_period"
    assert row_of(night, "orders", FEBRUARY)["status"] == "met"
    for kpi in ("retention_rate", "churn_rate", "winback_rate", "net_revenue_retention", "sales_growth"):
        row = row_of(night, kpi, MARCH)
        assert (row["value"], row["low"], row["high"]) == (None, None, None)
    assert row_of(night, "churn_rate", MARCH)["numerator"] is None  # who is not back yet may still come


def test_a_period_the_log_does_not_cover_is_not_compared_with() -> None:
    night = open_shop(
        [Order("a", on(1, 20), Decimal(10)), Order("a", on(2, 5), Decimal(30))],
        as_of=on(2, 29),
    )
    assert row_of(night, "net_sales", FEBRUARY)["previous_value"] is None
    coming_back = ("sales_growth", "retention_rate", "churn_rate", "net_revenue_retention")
    found = [row_of(night, kpi, FEBRUARY) for kpi in coming_back]
    assert [(row["value"], row["low"], row["high"]) for row in found] == [(None, None, None)] * 4
    assert [row["n"] for row in found[1:]] == [0, 0, 0]  # who else ordered in January nobody knows
    from_the_first = open_shop(
        [Order("a", on(1, 1), Decimal(10)), Order("a", on(2, 5), Decimal(30))],
        as_of=on(2, 29),
    )
    assert [row_of(from_the_first, kpi, FEBRUARY)["value"] for kpi in coming_back] == [2.0, 1.0, 0.0, 3.0]
    first = [row_of(from_the_first, kpi, JANUARY) for kpi in coming_back]
    assert [row["value"] for row in first] == [None] * 4


def test_the_log_reaches_from_the_first_source_that_has_orders_as_far_as_any_of_them() -> None:
    night = open_shop(SHOP[:1])
    fresh = [
        ("closed", "transactions", on(1, 1), on(2, 1), 30), ("live", "transactions", on(1, 20), on(3, 29), 3),
        ("empty", "transactions", None, None, 400), ("survey", "surveys", dt.date(2019, 1, 1), on(3, 31), 90),
    ]  # fmt: skip
    columns = [column.name for column in tables.EVENT_FRESHNESS.columns]
    night.warehouse.replace(tables.EVENT_FRESHNESS, pl.DataFrame(fresh, schema=columns, orient="row"))
    assert order_log(night) == OrderLog(starts_on=on(1, 1), delivered_until=on(4, 1), tolerance_days=30)


def test_a_kpi_without_input_has_one_row_and_is_never_zero(shop: Night) -> None:
    table = scorecard_of(shop)
    assert set(table["kpi"]) == set(KPI_IDS)
    absent = table.filter(pl.col("status") == "input_absent")
    assert {"csat", "nps", "ces", "campaign_return", "referral_yield"} <= set(absent["kpi"])
    assert absent["kpi"].is_duplicated().sum() == 0
    assert absent["value"].is_null().all()
    assert absent["n"].to_list() == [0] * absent.height
    assert set(absent["grain"]) == {"total"}


def test_without_money_the_kpis_of_value_are_absent_and_the_others_stand() -> None:
    table = scorecard_of(open_shop(SHOP, has_money=False))
    absent = set(table.filter(pl.col("status") == "input_absent")["kpi"])
    assert {kpi for kpi, card in CARDS.items() if card.needs_money} <= absent
    assert {"orders", "active_customers", "retention_rate", "repurchase_rate"}.isdisjoint(absent)


def test_without_customers_the_kpis_of_customers_are_absent_and_sales_stand() -> None:
    night = open_shop(
        [Order(None, on(1, 1), Decimal(10)), Order(None, on(2, 1), Decimal(5))],
        as_of=on(2, 29),
    )
    table = scorecard_of(night)
    absent = set(table.filter(pl.col("status") == "input_absent")["kpi"])
    assert {"active_customers", "retention_rate", "purchase_frequency", "repurchase_rate"} <= absent
    assert row_of(night, "net_sales", FEBRUARY)["value"] == 5.0
    assert row_of(night, "aov", FEBRUARY)["value"] == 5.0


def test_without_any_order_every_kpi_is_absent() -> None:
    table = scorecard_of(open_shop([]))
    assert table["kpi"].to_list() == sorted(KPI_IDS)
    assert set(table["status"]) == {"input_absent"}


def test_a_discount_rate_needs_a_discount_somewhere(shop: Night) -> None:
    assert row_of(shop, "discount_rate", MARCH)["value"] == 0.0
    assert (
        row_of(open_shop([Order("a", on(1, 1), Decimal(10))]), "discount_rate", grain="total")["status"]
        == "input_absent"
    )


def test_scopes_are_shops_of_their_own_and_their_flows_add_up(shop: Night) -> None:
    table = scorecard_of(shop)
    assert set(table["scope"]) == {"all", "channel"}  # no line names a region
    sums = (
        table.filter(pl.col("kpi").is_in(["net_sales", "orders"]), pl.col("grain") == "month")
        .group_by("kpi", "period_start", "scope")
        .agg(pl.col("value").sum().round(2))
        .pivot("scope", index=["kpi", "period_start"], values="value")
    )
    assert sums["all"].to_list() == sums["channel"].to_list()
    # the loyal one bought in both channels in February, and in March only on the web
    assert row_of(shop, "retention_rate", MARCH, scope="channel", scope_value="web")["value"] == 1.0
    assert row_of(shop, "retention_rate", MARCH, scope="channel", scope_value="store")["value"] == 0.0
    assert table.filter(pl.col("scope") == "channel", pl.col("grain").is_in(["day", "week"])).is_empty()


def test_every_row_is_once_in_the_table_with_the_unit_and_version_of_its_card(shop: Night) -> None:
    table = scorecard_of(shop)
    assert table.select(tables.KPI_SCORECARD.key).is_duplicated().sum() == 0
    assert all(row["unit"] == CARDS[row["kpi"]].unit for row in table.to_dicts())
    assert all(row["grain"] in grains_of(row["kpi"], row["scope"]) for row in table.to_dicts())
    told = {(row["kpi"], row["scope"], row["grain"]) for row in table.to_dicts() if row["status"] != "input_absent"}
    of_orders = (*OF_PERIODS, *OF_THE_WINDOW, "net_revenue_retention")
    every = {
        (kpi, scope, grain) for kpi in of_orders for scope in ("all", "channel") for grain in grains_of(kpi, scope)
    }
    assert told == every
    bounded = table.filter(pl.col("low").is_not_null())
    assert ((bounded["low"] <= bounded["value"]) & (bounded["value"] <= bounded["high"])).all()


def test_a_target_gives_a_status_and_its_absence_none(shop: Night) -> None:
    wanted = [
        {"kpi": "net_sales", "operator": ">=", "value": 100},
        {"kpi": "orders", "operator": ">=", "value": 2, "grain": "month", "scope": "channel", "scope_value": "web"},
        {"kpi": "retention_rate", "operator": ">=", "value": 0.1},
    ]
    night = open_shop(SHOP, targets=wanted)
    assert (row_of(night, "net_sales", FEBRUARY)["status"], row_of(night, "net_sales", MARCH)["status"]) == (
        "met",
        "missed",
    )
    web = row_of(night, "orders", MARCH, scope="channel", scope_value="web")
    assert (web["target"], web["status"]) == (2.0, "missed")
    assert row_of(night, "orders", MARCH)["status"] is None
    assert row_of(night, "retention_rate", FEBRUARY)["status"] == "too_few_data"
    assert row_of(shop, "net_sales", MARCH)["status"] is None

"""The scorecard of small shops, against counting by hand and by brute force."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from assets import customer_parts, tables
from assets.calendar import OrderLog, calendar, order_log
from assets.configuration.settings import Configuration
from assets.night import Night
from assets.order_steps import order_steps
from assets.scorecard import kpi_scorecard
from assets.segments import value_tiers
from assets.warehouse import Warehouse
from models import periods
from models.kpi_cards import CARDS, KPI_IDS

from .declared_lines import with_flows

T2 = 20
LAST = dt.date(2024, 3, 31)


@dataclass(frozen=True)
class Order:
    customer: str | None
    day: dt.date
    value: Decimal
    channel: str | None = None
    discount: Decimal = Decimal(0)
    refunded_on: dt.date | None = None  # wholly, which voids the order
    valid_from: dt.date | None = None  # None: from its day on

    def is_valid(self, at: dt.date) -> bool:
        return (self.valid_from or self.day) <= at and (self.refunded_on is None or self.refunded_on > at)


def _empty(warehouse: Warehouse, *contracts: Any) -> None:
    for contract in contracts:
        warehouse.replace(contract, pl.DataFrame(schema={column.name: pl.String for column in contract.columns}))


def _lines(orders: Sequence[Order], as_of: dt.date, has_money: bool) -> pl.DataFrame:
    """One sold line per order and one refund line per refund, as far as ``as_of`` knows them; nobody's have postage."""
    rows = []
    for number, order in enumerate(orders):
        whose = {"order_id": f"o{number}", "customer_id": order.customer, "channel": order.channel}
        if order.day <= as_of:
            discount = order.discount if order.discount else None
            rows.append(whose | {"on": order.day, "kind": "sold", "amount": order.value, "discount": discount})
        if order.refunded_on and order.refunded_on <= as_of:
            paid = order.value - order.discount
            rows.append(whose | {"on": order.refunded_on, "kind": "refund", "amount": -paid, "discount": None})
        sent_on = order.day + dt.timedelta(days=1)
        if order.customer is None and sent_on <= as_of:
            rows.append(whose | {"on": sent_on, "kind": "charge", "amount": Decimal(3), "discount": None})
    money = pl.Decimal(38, 8)
    schema = {"order_id": pl.String, "customer_id": pl.String, "channel": pl.String, "on": pl.Date, "kind": pl.String,
              "amount": money, "discount": money}  # fmt: skip
    lines = pl.DataFrame(rows, schema=schema, orient="row").with_row_index("line_number", offset=1)
    return (
        lines if has_money else lines.with_columns(pl.lit(None, dtype=money).alias(n) for n in ("amount", "discount"))
    )


def _open(
    orders: Sequence[Order],
    *,
    as_of: dt.date = LAST,
    newest: dt.date | None = None,
    has_money: bool = True,
    targets: Sequence[dict[str, Any]] = (),
    window_days: int = 60,
    risks: dict[str, str] | None = None,
) -> Night:
    warehouse = Warehouse.open(None, threads=1)
    lines = _lines(orders, as_of, has_money)
    texts = (
        "account_id", "line_id", "product_id", "product_name", "category", "unit_price", "currency", "rate",
        "amount_original", "region", "status",
    )  # fmt: skip
    warehouse.replace(
        tables.ORDER_LINES,
        lines.with_columns(
            *(pl.lit(None, dtype=pl.String).alias(name) for name in texts),
            source=pl.lit("shop"), file=pl.lit("day.csv"), content=pl.lit("0"), quantity=pl.lit(1),
            is_repayment=pl.lit(False), ordered_on="on", ordered_at=pl.col("on").cast(pl.Datetime),
            loaded_at=pl.lit(dt.datetime(2024, 1, 1)),
        ),
    )  # fmt: skip
    with_flows(warehouse)
    known = [(number, order) for number, order in enumerate(orders) if order.day <= as_of]
    facts = [
        {
            "source": "shop", "order_id": f"o{number}", "order_no": number, "customer_id": order.customer,
            "ordered_at": dt.datetime.combine(order.day, dt.time(12)), "ordered_on": order.day,
            "gross_value": order.value, "discount_value": order.discount,
            "refund_value": Decimal(0) if order.is_valid(as_of) else order.value - order.discount,
            "net_value": order.value - order.discount if order.is_valid(as_of) else Decimal(0),
            "lines": 1, "sold_lines": 1, "products": 1, "units": 1, "channel": order.channel, "region": None,
            "valid_from": valid_from if (valid_from := order.valid_from or order.day) <= as_of else None,
            "voided_on": None if order.is_valid(as_of) or valid_from > as_of else order.refunded_on,
        }
        for number, order in known
    ]  # fmt: skip
    if not has_money:
        facts = [fact | dict.fromkeys(name for name in fact if name.endswith("_value")) for fact in facts]
    if facts:
        warehouse.replace(tables.ORDERS, pl.DataFrame(facts, infer_schema_length=None))
    else:
        _empty(warehouse, tables.ORDERS)
    sold = pl.col("kind") == "sold"
    amount, discount = pl.col("amount"), pl.col("discount").fill_null(0)
    days = (
        lines.drop_nulls("customer_id")
        .group_by("customer_id", day="on")
        .agg(
            orders=sold.sum(),
            lines=pl.len(),
            gross_value=amount.filter(sold).sum(),
            discount_value=discount.sum(),
            refund_value=-amount.filter(sold.not_()).sum(),
            net_value=amount.sum() - discount.sum(),
        )
    )
    if not has_money:
        days = days.with_columns(pl.lit(None).alias(name) for name in days.columns if name.endswith("_value"))
    warehouse.replace(tables.CUSTOMER_DAYS, days)
    _empty(warehouse, tables.CUSTOMERS)
    warehouse.rows(
        """insert into customers by name
        select customer_id, min(day) as known_since
        from customer_days group by customer_id"""
    )
    first = min((order.day for _, order in known), default=None)
    fresh = [("shop", "transactions", first, newest or as_of, 0)] if first else []
    schema = [column.name for column in tables.EVENT_FRESHNESS.columns]
    warehouse.replace(tables.EVENT_FRESHNESS, pl.DataFrame(fresh, schema=schema, orient="row"))
    _empty(warehouse, tables.SURVEY_RESPONSES, tables.SURVEY_SCOPES, tables.CSAT, tables.NPS, tables.CHURN_SCORES)
    _empty(warehouse, tables.CUSTOMER_VALUE)
    if risks:
        scores = [
            {"customer_id": customer, "as_of": as_of, "horizon_days": 90, "churn_risk": 0.9, "risk_band": band,
             "model": "recency_rule", "model_version": "1", "due_on": as_of}
            for customer, band in risks.items()
        ]  # fmt: skip
        columns = {column.name: [score.get(column.name) for score in scores] for column in tables.CHURN_SCORES.columns}
        warehouse.replace(tables.CHURN_SCORES, pl.DataFrame(columns))
    configuration = Configuration.model_validate(
        {
            "business": {"name": "Corner shop", "timezone": "Europe/London", "currency": "GBP"},
            "measures": {"window_days": window_days, "lifecycle": {"t1_days": 5, "t2_days": T2}},
            "targets": list(targets),
        }
    )
    night = Night(as_of, dt.datetime.combine(as_of, dt.time(23)), configuration, warehouse, Path("home"))
    night.compute(calendar, value_tiers, order_steps, kpi_scorecard)
    return night


def _scorecard(night: Night) -> pl.DataFrame:
    return night.warehouse.connection.sql("select * from kpi_scorecard").pl()


def _row(night: Night, kpi: str, start: dt.date | None = None, grain: str = "month", **where: str) -> dict[str, Any]:
    wanted = {"kpi": kpi, "grain": grain, "scope": "all"} | where
    found = _scorecard(night).filter(*(pl.col(name) == value for name, value in wanted.items()))
    if start is not None:
        found = found.filter(pl.col("period_start") == start)
    (row,) = found.to_dicts()
    return row


def _day(month: int, day: int) -> dt.date:
    return dt.date(2024, month, day)


JANUARY, FEBRUARY, MARCH = _day(1, 1), _day(2, 1), _day(3, 1)
SHOP = [
    Order("loyal", _day(1, 1), Decimal("10.00"), "web"),
    Order("loyal", _day(1, 15), Decimal("20.00"), "web"),
    Order("loyal", _day(2, 1), Decimal("30.00"), "store"),
    Order("loyal", _day(2, 20), Decimal("30.00"), "web", discount=Decimal("5.00")),
    Order("loyal", _day(3, 9), Decimal("40.00"), "web"),
    Order("lapsed", _day(1, 5), Decimal("100.00"), "store"),
    Order("lapsed", _day(3, 20), Decimal("50.00"), "store"),
    Order("once", _day(1, 31), Decimal("7.50"), "web"),
    Order("refunder", _day(2, 10), Decimal("80.00"), "web", refunded_on=_day(3, 2)),
    Order(None, _day(2, 15), Decimal("12.00"), "store"),
]


@pytest.fixture(scope="module")
def shop() -> Night:
    return _open(SHOP, risks={"loyal": "low", "lapsed": "high", "once": "high"})


def test_sales_stand_on_the_order_date_and_refunds_on_their_own(shop: Night) -> None:
    february, march = _row(shop, "net_sales", FEBRUARY), _row(shop, "net_sales", MARCH)
    assert (february["value"], february["n"], february["unit"]) == (147.0, 4, "base currency")
    assert (march["value"], march["previous_value"]) == (10.0, 147.0)  # 40 + 50 less the refund of 80
    assert _row(shop, "refund_rate", MARCH)["value"] == pytest.approx(80 / 90)
    assert _row(shop, "refund_rate", FEBRUARY)["value"] == 0.0
    assert _row(shop, "discount_rate", FEBRUARY)["value"] == pytest.approx(5 / 152)
    growth = _row(shop, "sales_growth", MARCH)
    assert (growth["value"], growth["numerator"], growth["denominator"]) == (pytest.approx(-137 / 147), -137.0, 147.0)


def test_an_order_refunded_by_tonight_is_no_order_and_its_customer_not_active(shop: Night) -> None:
    assert _row(shop, "orders", FEBRUARY)["value"] == 3  # the order without a customer is one of them
    assert _row(shop, "active_customers", FEBRUARY)["value"] == 1
    the_night_before = _open(SHOP, as_of=_day(3, 1))
    assert _row(the_night_before, "orders", FEBRUARY)["value"] == 4
    assert _row(the_night_before, "active_customers", FEBRUARY)["value"] == 2


def test_average_order_value_is_net_and_its_interval_that_of_its_customers(shop: Night) -> None:
    row = _row(shop, "aov", JANUARY)
    assert (row["value"], row["n"], row["numerator"], row["denominator"]) == (34.375, 3, 137.5, 4)
    # three customers: 30 of two orders, 100 and 7.5 of one each
    residuals = np.array([30 - 2 * 34.375, 100 - 34.375, 7.5 - 34.375])
    error = stats.t.ppf(0.975, 2) * np.sqrt(3 / 2 * (residuals**2).sum()) / 4
    assert error > 34.375  # the plain interval would begin below 0, where no order can be
    assert (row["low"], row["high"]) == pytest.approx((0.0, 34.375 + error))
    single = _row(_open(SHOP[:1]), "aov", JANUARY)
    assert (single["value"], single["low"], single["high"]) == (10.0, None, None)


def test_the_value_of_orders_is_summed_to_the_last_digit_and_rounded_once() -> None:
    night = _open([Order(f"c{number}", dt.date(2024, 2, 5), Decimal("2.335")) for number in range(30)])
    aov = _row(night, "aov", FEBRUARY)
    assert (aov["numerator"], aov["value"]) == (70.05, 2.335)  # of cents it would be 70.20
    assert aov["numerator"] == _row(night, "net_sales", FEBRUARY)["value"]


@pytest.mark.parametrize("value", [Decimal("1000.004"), Decimal("1000.006")])
def test_parts_of_a_cent_neither_widen_nor_hide_the_interval_of_the_average_order(value: Decimal) -> None:
    values = [value + part for part in (Decimal(0), Decimal("0.5"), Decimal(1))]
    row = _row(_open([Order(f"c{n}", _day(2, 5), each) for n, each in enumerate(values)]), "aov", FEBRUARY)
    error = stats.t.ppf(0.975, 2) * np.sqrt(3 / 2 * 0.5) / 3
    middle = float(sum(values)) / 3
    assert (row["low"], row["high"]) == pytest.approx((middle - error, middle + error), abs=0.01)


def test_a_target_for_the_average_order_is_judged_by_how_many_customers_there_are() -> None:
    """Forty orders of two customers are no more evidence than two customers are."""
    orders = [Order("a" if n % 2 else "b", _day(1, 1 + n % 28), Decimal(10 + n)) for n in range(40)]
    wanted = [{"kpi": kpi, "operator": ">=", "value": 1} for kpi in ("aov", "discount_rate")]
    night = _open([*orders, Order("c", _day(2, 1), Decimal(9), discount=Decimal(1))], targets=wanted)
    average, discounts = _row(night, "aov", JANUARY), _row(night, "discount_rate", JANUARY)
    assert (average["n"], average["denominator"], average["status"]) == (2, 40, "too_few_data")
    assert (discounts["n"], discounts["value"], discounts["status"]) == (2, 0.0, "too_few_data")


def test_rates_of_money_have_an_interval_over_the_customers_who_brought_it(shop: Night) -> None:
    discounts, refunds = _row(shop, "discount_rate", FEBRUARY), _row(shop, "refund_rate", MARCH)
    # February: 60 of the loyal one with 5 off, 80 of the refunder, 12 of nobody known
    residuals = np.array([5, 0, 0]) - 5 / 152 * np.array([60, 80, 12])
    error = stats.t.ppf(0.975, 2) * np.sqrt(3 / 2 * (residuals**2).sum()) / 152
    assert (discounts["n"], discounts["low"], discounts["high"]) == (3, 0.0, pytest.approx(5 / 152 + error))
    residuals = np.array([0, 0, 80]) - 80 / 90 * np.array([40, 50, 0])  # what was refunded was sold before
    error = stats.t.ppf(0.975, 2) * np.sqrt(3 / 2 * (residuals**2).sum()) / 90
    assert (refunds["n"], refunds["low"], refunds["high"]) == (3, 0.0, pytest.approx(80 / 90 + error))
    the_night_before = _row(_open(SHOP, as_of=_day(3, 1)), "refund_rate", FEBRUARY)
    assert (the_night_before["value"], the_night_before["low"], the_night_before["high"]) == (0.0, None, None)


def test_growth_has_an_interval_over_the_customers_of_both_months(shop: Night) -> None:
    row = _row(shop, "sales_growth", MARCH)
    # loyal, lapsed, the refunder who brought the money back, and nobody known, in March and in February
    march, february = np.array([40, 50, -80, 0]), np.array([55, 0, 80, 12])
    residuals = march - 10 / 147 * february
    error = stats.t.ppf(0.975, 3) * np.sqrt(4 / 3 * (residuals**2).sum()) / 147
    assert (row["n"], row["low"], row["high"]) == (
        4,
        pytest.approx(-137 / 147 - error),
        pytest.approx(-137 / 147 + error),
    )
    unfinished = _row(_open(SHOP, as_of=_day(3, 30)), "sales_growth", MARCH)
    assert (unfinished["value"], unfinished["low"], unfinished["high"]) == (None, None, None)


def test_of_a_channel_and_of_a_day_the_rates_of_money_count_who_orders_and_have_no_interval(shop: Night) -> None:
    web = _row(shop, "discount_rate", FEBRUARY, scope="channel", scope_value="web")
    day = _row(shop, "discount_rate", _day(2, 20), grain="day")
    store = _row(shop, "refund_rate", FEBRUARY, scope="channel", scope_value="store")
    assert (web["n"], web["low"], web["high"]) == (1, None, None)  # the refunder's order is none by now
    assert (store["n"], store["low"], store["high"]) == (2, None, None)  # the loyal one, and an order of nobody
    assert (day["n"], day["low"], day["high"]) == (1, None, None)


def test_where_customers_bring_back_all_they_bought_or_there_is_one_of_them_no_rate_has_an_interval() -> None:
    one = [Order("a", _day(1, 2), Decimal(50), discount=Decimal(5)), Order("a", _day(2, 2), Decimal(50))]
    alike = [Order(f"c{n}", _day(1, 2), Decimal(50), discount=Decimal(5), refunded_on=_day(1, 9)) for n in range(40)]
    for orders in (one, alike):
        for kpi in ("discount_rate", "refund_rate"):
            row = _row(_open(orders), kpi, JANUARY)
            assert row["value"] == {"discount_rate": 0.1, "refund_rate": float(orders is alike)}[kpi]
            assert (row["n"], row["low"], row["high"]) == (len({o.customer for o in orders}), None, None)


def test_the_mean_lifetime_value_varies_as_the_values_of_customers_do() -> None:
    def row(*worth: float) -> dict[str, Any]:
        night = _open(SHOP)
        values = [{"customer_id": f"c{n}", "clv": Decimal(str(value))} for n, value in enumerate(worth)]
        columns = {
            column.name: [value.get(column.name) for value in values] for column in tables.CUSTOMER_VALUE.columns
        }
        night.warehouse.replace(tables.CUSTOMER_VALUE, pl.DataFrame(columns))
        night.compute(kpi_scorecard)
        return _row(night, "mean_clv", grain="total")

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
    orders = [Order(f"c{n}", _day(3, 1), Decimal(str(value))) for n, value in enumerate(worth)]
    row = _row(_open(orders), "high_tier_value_share", grain="total")
    ranked = np.sort(worth)[::-1]
    border, held = ranked[7], ranked[:8].sum() / worth.sum()
    parts = np.maximum(worth - border, 0) + border * 8 / 40 - held * worth
    error = stats.t.ppf(0.975, 39) * np.sqrt(40 / 39 * (parts**2).sum()) / worth.sum()
    assert parts.sum() == pytest.approx(0, abs=1e-9)
    assert (row["n"], row["value"]) == (40, pytest.approx(held))
    assert (row["low"], row["high"]) == pytest.approx((held - error, held + error))
    the_week_before = _row(_open(orders, as_of=_day(2, 28)), "high_tier_value_share", grain="total")
    assert (the_week_before["value"], the_week_before["low"]) == (None, None)  # input absent
    alike = _row(
        _open([Order(f"c{n}", _day(3, 1), Decimal(20)) for n in range(9)]), "high_tier_value_share", grain="total"
    )
    assert (alike["value"], alike["low"], alike["high"]) == (1.0, None, None)  # a tie goes up


def test_customers_who_order_equally_often_do_not_tell_how_far_the_purchase_frequency_may_be_off(shop: Night) -> None:
    january, march = _row(shop, "purchase_frequency", JANUARY), _row(shop, "purchase_frequency", MARCH)
    error = stats.t.ppf(0.975, 2) * np.std([2, 1, 1], ddof=1) / np.sqrt(3)
    assert (january["low"], january["high"]) == pytest.approx((1.0, 4 / 3 + error))  # nobody active orders less
    assert (march["value"], march["low"], march["high"]) == (1.0, None, None)


def test_retention_is_of_those_active_the_period_before(shop: Night) -> None:
    february = _row(shop, "retention_rate", FEBRUARY)
    assert (february["numerator"], february["denominator"]) == (1, 3)  # the loyal one of three
    churn = _row(shop, "churn_rate", FEBRUARY)
    assert churn["value"] == pytest.approx(1 - february["value"])
    assert (churn["low"], churn["high"]) == pytest.approx((1 - february["high"], 1 - february["low"]))
    first = _row(shop, "retention_rate", JANUARY)
    assert (first["value"], first["n"]) == (None, 0)


def test_revenue_retention_follows_the_same_customers_flows(shop: Night) -> None:
    row = _row(shop, "net_revenue_retention", FEBRUARY)
    assert (row["numerator"], row["denominator"]) == (55.0, 137.5)
    # March: those who ordered in February; the refunded order is none, so its refund is not theirs to lose
    assert _row(shop, "net_revenue_retention", MARCH)["numerator"] == 40.0


def test_new_reactivated_and_won_back_customers(shop: Night) -> None:
    assert [_row(shop, "new_customers", start)["value"] for start in (JANUARY, FEBRUARY, MARCH)] == [3, 0, 0]
    assert _row(shop, "reactivated_customers", MARCH)["value"] == 1  # the lapsed one, after 75 days
    march = _row(shop, "winback_rate", MARCH)
    # lost on 29 February: the lapsed one (55 days) and the one-time buyer (29 days)
    assert (march["numerator"], march["denominator"], march["value"]) == (1, 2, 0.5)


def test_window_kpis_stand_on_the_first_day_of_the_window(shop: Night) -> None:
    repurchase = _row(shop, "repurchase_rate", grain="total")
    assert repurchase["period_start"] == LAST - dt.timedelta(days=59)  # 1 February
    assert (repurchase["numerator"], repurchase["denominator"]) == (1, 2)
    risk = _row(shop, "value_at_risk", grain="total")
    assert (risk["value"], risk["denominator"], risk["n"]) == (50.0, 145.0, 3)
    tier = _row(shop, "high_tier_value_share", grain="total")
    assert (tier["numerator"], tier["denominator"]) == (95.0, 145.0)


def test_what_tiers_and_bands_hold_is_added_up_exactly_and_rounded_once() -> None:
    orders = [Order(f"c{number}", LAST, Decimal("10.0049")) for number in range(9)]
    night = _open(orders, risks={f"c{number}": ("low", "medium", "high")[number % 3] for number in range(9)})
    share, risk = (_row(night, kpi, grain="total") for kpi in ("high_tier_value_share", "value_at_risk"))
    assert (share["numerator"], share["denominator"]) == (90.04, 90.04)
    assert risk["denominator"] == 90.04


def test_the_second_order_must_come_within_ninety_days_of_a_first_one_as_old() -> None:
    orders = [
        Order("quick", _day(1, 1), Decimal(10)),
        Order("quick", _day(1, 2), Decimal(10)),
        Order("slow", _day(1, 1), Decimal(10)),
        Order("slow", _day(3, 31), Decimal(10)),  # 90 days later, still within
        Order("slower", dt.date(2023, 12, 31), Decimal(10)),
        Order("slower", _day(3, 31), Decimal(10)),  # 91 days
        Order("young", _day(1, 2), Decimal(10)),  # 89 days old
        Order("young", _day(1, 3), Decimal(10)),
    ]
    row = _row(_open(orders), "second_order_rate", grain="total")
    assert (row["numerator"], row["denominator"], row["period_start"]) == (2, 3, dt.date(2023, 12, 31))


def test_the_window_before_is_judged_as_it_was_known_then() -> None:
    twice = [Order("a", _day(1, 10), Decimal(10)), Order("a", _day(1, 20), Decimal(10), refunded_on=_day(3, 1))]
    others = [Order("b", _day(1, 1), Decimal(10)), Order("b", _day(3, 1), Decimal(10))]
    row = _row(_open([*twice, *others], window_days=45), "repurchase_rate", grain="total")
    # (17 Feb, 31 Mar]: b once. (2 Jan, 15 Feb]: a twice; the refund of March was not known, b of 1 January not in it.
    assert (row["value"], row["previous_value"]) == (0.0, 1.0)
    longer = _row(_open([*twice, *others], window_days=60), "repurchase_rate", grain="total")
    assert longer["previous_value"] is None  # the log does not reach back 120 days
    for first, reaches_back in ((2, True), (3, False)):
        log = [*twice, Order("b", _day(1, first), Decimal(10)), others[1]]
        row = _row(_open(log, window_days=45), "repurchase_rate", grain="total")
        assert (row["previous_value"] is not None) == reaches_back
    unfinished = _row(_open([*twice, *others], window_days=45, newest=_day(3, 30)), "repurchase_rate", grain="total")
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
    tonight, night_then = (_open(orders, as_of=at, window_days=window_days) for at in (LAST, then))
    for kpi in ("repurchase_rate", "second_order_rate", "high_tier_value_share"):
        before = _row(night_then, kpi, grain="total")["value"]
        assert _row(tonight, kpi, grain="total")["previous_value"] == pytest.approx(before, rel=1e-12), kpi


def test_an_unfinished_period_counts_but_has_no_rate_no_growth_and_nothing_beside_it() -> None:
    night = _open(SHOP, as_of=_day(3, 20), targets=[{"kpi": "orders", "operator": ">=", "value": 1}])
    orders = _row(night, "orders", MARCH)
    assert (orders["value"], orders["previous_value"], orders["is_complete"]) == (2, None, False)
    assert orders["status"] == "incomplete_period"
    assert _row(night, "orders", FEBRUARY)["status"] == "met"
    for kpi in ("retention_rate", "churn_rate", "winback_rate", "net_revenue_retention", "sales_growth"):
        row = _row(night, kpi, MARCH)
        assert (row["value"], row["low"], row["high"]) == (None, None, None)
    assert _row(night, "churn_rate", MARCH)["numerator"] is None  # who is not back yet may still come


def test_a_period_the_log_does_not_cover_is_not_compared_with() -> None:
    night = _open([Order("a", _day(1, 20), Decimal(10)), Order("a", _day(2, 5), Decimal(30))], as_of=_day(2, 29))
    assert _row(night, "net_sales", FEBRUARY)["previous_value"] is None
    coming_back = ("sales_growth", "retention_rate", "churn_rate", "net_revenue_retention")
    found = [_row(night, kpi, FEBRUARY) for kpi in coming_back]
    assert [(row["value"], row["low"], row["high"]) for row in found] == [(None, None, None)] * 4
    assert [row["n"] for row in found[1:]] == [0, 0, 0]  # who else ordered in January nobody knows
    from_the_first = _open(
        [Order("a", _day(1, 1), Decimal(10)), Order("a", _day(2, 5), Decimal(30))], as_of=_day(2, 29)
    )
    assert [_row(from_the_first, kpi, FEBRUARY)["value"] for kpi in coming_back] == [2.0, 1.0, 0.0, 3.0]
    first = [_row(from_the_first, kpi, JANUARY) for kpi in coming_back]
    assert [row["value"] for row in first] == [None] * 4


def test_the_log_reaches_from_the_first_source_that_has_orders_as_far_as_any_of_them() -> None:
    night = _open(SHOP[:1])
    fresh = [
        ("closed", "transactions", _day(1, 1), _day(2, 1), 30), ("live", "transactions", _day(1, 20), _day(3, 29), 3),
        ("empty", "transactions", None, None, 400), ("survey", "surveys", dt.date(2019, 1, 1), _day(3, 31), 90),
    ]  # fmt: skip
    columns = [column.name for column in tables.EVENT_FRESHNESS.columns]
    night.warehouse.replace(tables.EVENT_FRESHNESS, pl.DataFrame(fresh, schema=columns, orient="row"))
    assert order_log(night) == OrderLog(starts_on=_day(1, 1), delivered_until=_day(4, 1), tolerance_days=30)


def test_a_kpi_without_input_has_one_row_and_is_never_zero(shop: Night) -> None:
    table = _scorecard(shop)
    assert set(table["kpi"]) == set(KPI_IDS)
    absent = table.filter(pl.col("status") == "input_absent")
    assert {"csat", "nps", "ces", "mean_clv", "campaign_return", "referral_yield"} <= set(absent["kpi"])
    assert absent["kpi"].is_duplicated().sum() == 0
    assert absent["value"].is_null().all()
    assert absent["n"].to_list() == [0] * absent.height
    assert set(absent["grain"]) == {"total"}


def test_without_money_the_kpis_of_value_are_absent_and_the_others_stand() -> None:
    table = _scorecard(_open(SHOP, has_money=False))
    absent = set(table.filter(pl.col("status") == "input_absent")["kpi"])
    assert {kpi for kpi, card in CARDS.items() if card.needs_money} <= absent
    assert {"orders", "active_customers", "retention_rate", "repurchase_rate"}.isdisjoint(absent)


def test_without_customers_the_kpis_of_customers_are_absent_and_sales_stand() -> None:
    night = _open([Order(None, _day(1, 1), Decimal(10)), Order(None, _day(2, 1), Decimal(5))], as_of=_day(2, 29))
    table = _scorecard(night)
    absent = set(table.filter(pl.col("status") == "input_absent")["kpi"])
    assert {"active_customers", "retention_rate", "purchase_frequency", "repurchase_rate"} <= absent
    assert _row(night, "net_sales", FEBRUARY)["value"] == 5.0
    assert _row(night, "aov", FEBRUARY)["value"] == 5.0


def test_without_any_order_every_kpi_is_absent() -> None:
    table = _scorecard(_open([]))
    assert table["kpi"].to_list() == sorted(KPI_IDS)
    assert set(table["status"]) == {"input_absent"}


def test_a_discount_rate_needs_a_discount_somewhere(shop: Night) -> None:
    assert _row(shop, "discount_rate", MARCH)["value"] == 0.0
    assert (
        _row(_open([Order("a", _day(1, 1), Decimal(10))]), "discount_rate", grain="total")["status"] == "input_absent"
    )


def test_scopes_are_shops_of_their_own_and_their_flows_add_up(shop: Night) -> None:
    table = _scorecard(shop)
    assert set(table["scope"]) == {"all", "channel"}  # no line names a region
    sums = (
        table.filter(pl.col("kpi").is_in(["net_sales", "orders"]), pl.col("grain") == "month")
        .group_by("kpi", "period_start", "scope")
        .agg(pl.col("value").sum().round(2))
        .pivot("scope", index=["kpi", "period_start"], values="value")
    )
    assert sums["all"].to_list() == sums["channel"].to_list()
    # the loyal one bought in both channels in February, and in March only on the web
    assert _row(shop, "retention_rate", MARCH, scope="channel", scope_value="web")["value"] == 1.0
    assert _row(shop, "retention_rate", MARCH, scope="channel", scope_value="store")["value"] == 0.0
    assert table.filter(pl.col("scope") == "channel", pl.col("grain").is_in(["day", "week"])).is_empty()


def test_every_row_is_once_in_the_table_with_the_unit_and_version_of_its_card(shop: Night) -> None:
    table = _scorecard(shop)
    assert table.select(tables.KPI_SCORECARD.key).is_duplicated().sum() == 0
    assert all(row["unit"] == CARDS[row["kpi"]].unit for row in table.to_dicts())
    bounded = table.filter(pl.col("low").is_not_null())
    assert ((bounded["low"] <= bounded["value"]) & (bounded["value"] <= bounded["high"])).all()


def test_a_target_gives_a_status_and_its_absence_none(shop: Night) -> None:
    wanted = [
        {"kpi": "net_sales", "operator": ">=", "value": 100},
        {"kpi": "orders", "operator": ">=", "value": 2, "grain": "month", "scope": "channel", "scope_value": "web"},
        {"kpi": "retention_rate", "operator": ">=", "value": 0.1},
    ]
    night = _open(SHOP, targets=wanted)
    assert (_row(night, "net_sales", FEBRUARY)["status"], _row(night, "net_sales", MARCH)["status"]) == (
        "met",
        "missed",
    )
    web = _row(night, "orders", MARCH, scope="channel", scope_value="web")
    assert (web["target"], web["status"]) == (2.0, "missed")
    assert _row(night, "orders", MARCH)["status"] is None
    assert _row(night, "retention_rate", FEBRUARY)["status"] == "too_few_data"
    assert _row(shop, "net_sales", MARCH)["status"] is None


def _counted_by_hand(
    orders: Sequence[Order], start: dt.date, end: dt.date, before: dt.date, log_from: dt.date, at: dt.date
) -> dict:
    """What the periodic KPIs of [start, end] are, customer by customer.

    ``before`` is the period before's first day; where the log begins more than a day later, nobody is its base.
    """
    is_covered = before >= log_from - dt.timedelta(days=1)
    days: dict[str, list[dt.date]] = defaultdict(list)
    for order in orders:
        if order.customer is not None and order.is_valid(at):
            days[order.customer].append(order.day)
    eve = start - dt.timedelta(days=1)
    active = {c for c, own in days.items() if any(start <= day <= end for day in own)}
    base = {c for c, own in days.items() if is_covered and any(before <= day < start for day in own)}
    lost = {c for c, own in days.items() if min(own) < start and (eve - max(d for d in own if d < start)).days > T2}
    returned = {
        c
        for c, own in days.items()
        for earlier, later in zip(sorted(own), sorted(own)[1:], strict=False)
        if (later - earlier).days > T2 and start <= later <= end
    }

    def flows(customers: set[str] | None, first: dt.date, last: dt.date) -> Decimal:
        seen = [o for o in orders if customers is None or o.customer in customers]
        sold = sum((o.value - o.discount for o in seen if first <= o.day <= last), Decimal(0))
        back = sum((o.value - o.discount for o in seen if o.refunded_on and first <= o.refunded_on <= last), Decimal(0))
        return sold - back

    return {
        "orders": sum(start <= o.day <= end and o.is_valid(at) for o in orders),
        "active_customers": len(active),
        "new_customers": sum(start <= min(own) <= end for own in days.values()),
        "reactivated_customers": len(returned),
        "retention_rate": (len(base & active), len(base)),
        "winback_rate": (len(lost & active), len(lost)),
        "net_sales": flows(None, start, end),
        "net_revenue_retention": (flows(base, start, end), flows(base, before, eve)) if base else (None, None),
    }


def _intervals_by_hand(orders: Sequence[Order], start: dt.date, end: dt.date, at: dt.date) -> dict[str, Any]:
    """Ends of the intervals of average order value and purchase frequency, customer by customer."""
    whose: dict[Any, list[float]] = defaultdict(list)
    for place, order in enumerate(orders):
        if start <= order.day <= end and order.is_valid(at):
            whose[order.customer or place].append(float(order.value - order.discount))
    named = np.array([len(values) for customer, values in whose.items() if isinstance(customer, str)], dtype=float)
    paid = np.array([sum(values) for values in whose.values()])
    often = np.array([len(values) for values in whose.values()], dtype=float)
    found: dict[str, Any] = {}
    for kpi, y, x in (("aov", paid, often), ("purchase_frequency", named, np.ones(len(named)))):
        found[kpi] = (None, None)
        residuals = y - x * y.sum() / max(x.sum(), 1)
        if len(x) > 1 and np.abs(residuals).max() > 1e-9:
            half = stats.t.ppf(0.975, len(x) - 1) * residuals.std(ddof=1) * np.sqrt(len(x)) / x.sum()
            low, high = y.sum() / x.sum() - half, y.sum() / x.sum() + half
            found[kpi] = (max(low, 0.0 if kpi == "aov" else 1.0), high)
    return found


def _money_by_hand(
    orders: Sequence[Order], before: dt.date, start: dt.date, end: dt.date
) -> dict[str, tuple[int, float | None, float | None]]:
    """Customers, and the ends of the intervals over them, of discount rate, refund rate and growth.

    Of nobody known what an order brought on a day stands for itself.
    """

    def flows(first: dt.date, last: dt.date) -> dict[Any, np.ndarray]:
        """Gross value, discount and refund."""
        whose: dict[Any, np.ndarray] = defaultdict(lambda: np.zeros(3))
        for place, o in enumerate(orders):
            if first <= o.day <= last:
                whose[o.customer or (place, o.day)] += [float(o.value), float(o.discount), 0]
            if o.refunded_on and first <= o.refunded_on <= last:
                whose[o.customer or (place, o.refunded_on)] += [0, 0, float(o.value - o.discount)]
        return whose

    now, then = flows(start, end), flows(before, start - dt.timedelta(days=1))
    nothing = np.zeros(3)
    both = [(now.get(unit, nothing), then.get(unit, nothing)) for unit in {*now, *then}]

    def interval(
        parts: list[tuple[float, float]], less: float, lowest: float
    ) -> tuple[int, float | None, float | None]:
        y, x = np.array(parts).T
        residuals = y - x * y.sum() / x.sum() if x.sum() > 0 else x
        if len(x) < 2 or np.abs(residuals).max() < 1e-9:
            return len(x), None, None
        half = stats.t.ppf(0.975, len(x) - 1) * residuals.std(ddof=1) * np.sqrt(len(x)) / x.sum()
        return len(x), max(y.sum() / x.sum() - half - less, lowest), y.sum() / x.sum() + half - less

    return {
        "discount_rate": interval([(d, g) for g, d, _ in now.values()], 0, 0),
        "refund_rate": interval([(r, g - d) for g, d, r in now.values()], 0, 0),
        "sales_growth": interval([(a[0] - a[1] - a[2], b[0] - b[1] - b[2]) for a, b in both], 1, -np.inf),
    }


def _retention_by_hand(orders: Sequence[Order], before: dt.date, start: dt.date, end: dt.date) -> tuple[float, float]:
    """Ends of the interval of net revenue retention: what each customer of the period before brought then, and now."""
    eve = start - dt.timedelta(days=1)
    base = {o.customer for o in orders if o.customer and before <= o.day <= eve and o.is_valid(LAST)}

    def flows(customer: str, first: dt.date, last: dt.date) -> float:
        own = [o for o in orders if o.customer == customer]
        sold = sum(float(o.value - o.discount) for o in own if first <= o.day <= last)
        return sold - sum(float(o.value - o.discount) for o in own if o.refunded_on and first <= o.refunded_on <= last)

    x, y = (np.array([flows(c, first, last) for c in sorted(base)]) for first, last in ((before, eve), (start, end)))
    ratio = y.sum() / x.sum()
    half = stats.t.ppf(0.975, len(x) - 1) * (y - ratio * x).std(ddof=1) * np.sqrt(len(x)) / x.sum()
    return ratio - half, ratio + half


@pytest.mark.parametrize("scope_value", ["all", "web"])
@pytest.mark.parametrize("customers_at_once", [7, 1_000_000])
def test_every_periodic_figure_of_a_random_shop_is_what_counting_gives(
    monkeypatch: pytest.MonkeyPatch, customers_at_once: int, scope_value: str
) -> None:
    monkeypatch.setattr(customer_parts, "CUSTOMERS_AT_ONCE", customers_at_once)
    chance = np.random.default_rng(11)
    start = dt.date(2023, 11, 1)

    def order() -> Order:
        day = start + dt.timedelta(days=int(chance.integers(0, 152)))
        refunded_on = day + dt.timedelta(days=int(chance.integers(0, 40))) if chance.random() < 0.15 else None
        customer = f"c{chance.integers(0, 40)}" if chance.random() < 0.9 else None
        value = Decimal(int(chance.integers(100, 9000))) / 100
        discount = Decimal(int(chance.integers(1, 90))) / 100 if chance.random() < 0.3 else Decimal(0)
        return Order(customer, day, value, str(chance.choice(["web", "store"])), discount, refunded_on)

    at_once = start + dt.timedelta(days=9)
    fixed = [Order("c0", start, Decimal(5), "web"), Order(None, at_once, Decimal(80), "web", Decimal(8), at_once)]
    orders = [*fixed, *(order() for _ in range(260))]
    known = [o if not o.refunded_on or o.refunded_on <= LAST else replace(o, refunded_on=None) for o in orders]
    of_scope = [o for o in known if scope_value in ("all", o.channel)]
    table = _scorecard(_open(orders)).filter(pl.col("scope_value") == scope_value, pl.col("grain") != "total")
    grains = periods.PERIODIC if scope_value == "all" else ("month", "quarter", "year")
    assert set(table["grain"]) == set(grains)
    compared = told = 0
    for (grain, first), rows in table.group_by("grain", "period_start"):
        period = periods.period(first, grain)
        before = periods.preceding(period).start
        expected = _counted_by_hand(of_scope, period.start, period.end, before, start, LAST)
        found = {row["kpi"]: row for row in rows.to_dicts()}
        intervals = _intervals_by_hand(of_scope, period.start, period.end, LAST)
        retained = found.get("net_revenue_retention")
        if retained and retained["value"] is not None:
            intervals["net_revenue_retention"] = _retention_by_hand(of_scope, before, period.start, period.end)
        is_told = scope_value == "all" and grain in ("month", "quarter", "year")
        for kpi, (n, *ends) in _money_by_hand(of_scope, before, period.start, period.end).items() if is_told else ():
            told += 1
            assert found[kpi]["n"] == n, (kpi, grain, first)
            if found[kpi]["value"] is not None:
                assert [found[kpi]["low"], found[kpi]["high"]] == pytest.approx(ends), (kpi, grain, first)
        if not is_told:
            assert all(found[kpi]["low"] is None for kpi in ("discount_rate", "refund_rate", "sales_growth"))
        for kpi, ends in intervals.items():
            assert (found[kpi]["low"], found[kpi]["high"]) == pytest.approx(ends), (kpi, grain, first)
        for kpi, figure in expected.items():
            if kpi not in found:
                assert kpi == "net_revenue_retention"
                continue
            compared += 1
            parts = (found[kpi]["numerator"], found[kpi]["denominator"])
            if isinstance(figure, tuple):
                counted = tuple(None if part is None else float(part) for part in figure)
                assert parts == pytest.approx(counted), (kpi, grain, first)
            else:
                assert parts[0] == pytest.approx(float(figure)), (kpi, grain, first)
    assert compared > (1000 if scope_value == "all" else 60)
    assert told == (3 * (5 + 2 + 2) if scope_value == "all" else 0)

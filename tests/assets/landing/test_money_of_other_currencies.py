"""Money of other currencies: every part of an order at one rate, in both flows, and accounted in its own currency."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from assets.accounting_laws import check_laws

from .conftest import ORDERS, Zone

HEADER = "order_id,ordered_at,customer_id,product,quantity,price,cur,off,of\n"
SHOP = ORDERS | {
    "columns": ORDERS["columns"] | {"currency": "cur", "discount": "off", "refund_of": "of"},
    "charge_when": "product = 'POST'",
    "discount_when": "product = 'COUPON'",
}
RATES = "day,code,rate\n2024-06-01,EUR,0.80\n2024-06-05,EUR,0.90\n2024-06-01,JPY,0.005\n"
ON_FIRST, ON_FIFTH = dt.date(2024, 6, 1), dt.date(2024, 6, 5)


def sources(zone: Zone, **options: Any) -> tuple[dict[str, Any], ...]:
    rates = {
        "name": "rates", "kind": "exchange_rates", "path": str(zone.raw / "rates/*.csv"),
        "columns": {"rated_on": "day", "currency": "code", "rate": "rate"},
    }  # fmt: skip
    return SHOP | options, rates


def test_gross_discount_refund_and_net_are_at_the_rate_of_the_order_s_day_and_each_flow_keeps_its_own_date(
    zone: Zone,
) -> None:
    zone.write("rates/a.csv", RATES)
    zone.write(
        "a.csv",
        HEADER
        + "o1,2024-06-01,anna,p1,2,50.00,EUR,10.00,\n"  # 100 - 10
        + "o1,2024-06-01,anna,COUPON,1,5.00,EUR,,\n"
        + "o1,2024-06-01,anna,POST,1,3.00,EUR,,\n"
        + "r1,2024-06-05,anna,p1,-1,50.00,EUR,5.00,o1\n"
        + "r2,2024-06-05,anna,p1,-1,20.00,EUR,,\n",  # of no order: its own day's rate
    )
    zone.night(*sources(zone))
    order = zone.frame(
        "select gross_value, discount_value, refund_value, net_value from orders where order_id = 'o1'"
    ).row(0)
    assert order == (80, 12, 36, 32)  # at 0.80 throughout
    assert zone.frame("select amount from order_lines where kind = 'charge'").item() == Decimal("2.4")
    flows = zone.frame("select day, gross_value, discount_value, refund_value from customer_days order by day").rows()
    assert flows[0][:3] == (ON_FIRST, 80, 12)
    assert flows[1][0] == ON_FIFTH
    assert flows[1][3] == 36 + 18
    lines = zone.frame("select rate, amount, amount_original, currency from order_lines where order_id = 'r2'").row(0)
    assert lines == (Decimal("0.9"), -18, -20, "EUR")


def test_a_rate_of_an_order_s_day_serves_its_lines_of_later_days_too(zone: Zone) -> None:
    zone.write("rates/a.csv", RATES)
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,p1,1,10.00,EUR,,\no1,2024-06-05,anna,p2,1,10.00,EUR,,\n")
    zone.night(*sources(zone))
    assert zone.frame("select distinct rate from order_lines").item() == Decimal("0.8")


def test_a_refund_before_its_order_is_at_its_own_day_so_that_no_line_needs_a_later_rate(zone: Zone) -> None:
    zone.write("rates/a.csv", RATES)
    zone.write("a.csv", HEADER + "o1,2024-06-05,anna,p1,1,10.00,EUR,,\nr1,2024-06-01,anna,p1,-1,10.00,EUR,,o1\n")
    zone.night(*sources(zone))
    assert zone.frame("select amount from order_lines where kind = 'refund'").item() == -8
    zone.write("a.csv", HEADER + "o1,2024-06-05,anna,p1,1,10.00,EUR,,\no1,2024-06-01,anna,p1,-1,10.00,EUR,,\n")
    zone.night(*sources(zone))
    assert zone.frame("select amount from order_lines order by 1")["amount"].to_list() == [-8, 9]


def test_money_is_rounded_half_up_at_the_eighth_decimal_and_never_before(zone: Zone) -> None:
    zone.write("rates/a.csv", "day,code,rate\n2024-06-01,JPY,0.000000005\n")
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,p1,1,1,JPY,,\no2,2024-06-01,anna,p1,-1,1,JPY,,\n")
    zone.night(*sources(zone))
    assert zone.frame("select amount from order_lines order by 1")["amount"].to_list() == [
        Decimal("-0.00000001"),
        Decimal("0.00000001"),
    ]


def test_rows_and_money_are_accounted_by_currency_and_two_currencies_are_never_added(zone: Zone) -> None:
    zone.write("rates/a.csv", RATES)
    zone.write(
        "a.csv",
        HEADER
        + "o1,2024-06-01,anna,p1,1,10.00,EUR,,\n" * 2
        + "o2,2024-06-01,anna,p1,1,7.00,,,\n"
        + "o3,2024-06-01,anna,p1,1,400,JPY,,\n"
        + "o4,2024-06-01,anna,p1,1,9.00,CHF,,\n"
        + "o5,never,anna,p1,1,3.00,EUR,,\n"
        + "o6,2024-06-01\n",
    )
    night = zone.night(*sources(zone))
    columns = "currency, rows_in, accepted, duplicates, quarantined, amount_in, amount_accepted, amount_quarantined"
    accounted = zone.frame(f"select {columns} from row_accounting where source = 'shop' order by 1").rows()
    assert accounted == [
        ("CHF", 1, 0, 0, 1, 9, 0, 9),
        ("EUR", 3, 1, 1, 1, 23, 10, 3),
        ("GBP", 2, 1, 0, 1, 7, 7, 0),
        ("JPY", 1, 1, 0, 0, 400, 400, 0),
    ]
    assert zone.reasons() == {6: ["missing_exchange_rate"], 7: ["unparsable_ordered_at"], 8: ["too_few_columns"]}
    laws = ("rows_accounted", "money_accounted", "quarantine_accounted", "lines_accounted")
    outcomes = check_laws(zone.warehouse, laws, as_of=night.as_of, window_days=365)
    assert [outcome.passed for outcome in outcomes] == [True] * 4


def test_a_line_whose_order_s_day_has_no_rate_waits_even_where_its_own_day_has_one(zone: Zone) -> None:
    zone.write("rates/a.csv", RATES)
    zone.write("a.csv", HEADER + "o1,2024-05-20,anna,p1,1,10.00,EUR,,\nr1,2024-06-05,anna,p1,-1,10.00,EUR,,o1\n")
    zone.night(*sources(zone))
    assert zone.reasons() == {2: ["missing_exchange_rate"], 3: ["missing_exchange_rate"]}


def test_a_row_set_aside_for_another_reason_tells_of_its_missing_rate_too(zone: Zone) -> None:
    zone.write("rates/a.csv", RATES)
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,p1,1,-1.00,CHF,,\no2,2024-06-01,anna,p1,1,-1.00,EUR,,\n")
    zone.night(*sources(zone))
    assert zone.reasons() == {2: ["missing_exchange_rate", "negative_unit_price"], 3: ["negative_unit_price"]}


def test_a_value_that_no_shop_has_stops_no_night(zone: Zone) -> None:
    zone.write("rates/a.csv", "day,code,rate\n2024-06-01,EUR,900000000\n2024-06-01,IDR,0.00001\n")
    zone.write(
        "a.csv",
        HEADER
        + "o1,2024-06-01,anna,p1,1,99999999999,EUR,,\n"
        + "o2,2024-06-01,anna,p1,100,200000000000,GBP,,\n"
        + "o3,2024-06-01,anna,p1,100,200000000000,IDR,,\n",  # as many rupiahs are a price
    )
    zone.night(*sources(zone))
    assert zone.reasons() == {2: ["value_too_large"], 3: ["value_too_large"]}
    assert zone.frame("select order_id, amount from order_lines").row(0) == ("o3", 200_000_000)


@pytest.mark.parametrize("currency", ["EUR", None])
def test_a_source_s_own_currency_is_converted_like_any_other(zone: Zone, currency: str | None) -> None:
    zone.write("rates/a.csv", RATES)
    zone.write("a.csv", HEADER.replace(",cur", "") + "o1,2024-06-01,anna,p1,1,10.00,,\n")
    columns = {name: column for name, column in SHOP["columns"].items() if name != "currency"}
    zone.night(*sources(zone, columns=columns, currency=currency))
    told = zone.frame("select amount, amount_original from order_lines").row(0)
    assert told == ((8, 10) if currency else (10, None))
    assert zone.frame("select currency from row_accounting where source = 'shop'").item() == (currency or "GBP")

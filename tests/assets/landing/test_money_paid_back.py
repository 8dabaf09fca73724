"""A row that says how much of its own sale was paid back is a sale and a refund, each on its own day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from assets.accounting_laws import check_laws

from .conftest import LAWS_OF_MONEY, ORDERS, Zone

HEADER = "order_id,ordered_at,customer_id,product,quantity,price,back,back_on,currency\n"
COLUMNS: dict[str, str] = {
    **ORDERS["columns"],  # type: ignore[dict-item]
    "refunded": "back",
    "refunded_at": "back_on",
    "currency": "currency",
}
SHOP = ORDERS | {"columns": COLUMNS}


def orders(zone: Zone) -> dict[str, tuple[Any, ...]]:
    rows = zone.frame("select order_id, gross_value, refund_value, net_value, valid_from, voided_on from orders").rows()
    return {row[0]: row[1:] for row in rows}


def test_part_of_a_sale_paid_back_lowers_its_order_and_the_sale_stays_what_it_was(zone: Zone) -> None:
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,p,2,10.00,4.50,,GBP\no2,2024-06-02,bob,p,1,3.00,0,,GBP\n")
    zone.night(SHOP)
    first = dt.date(2024, 6, 1)
    assert orders(zone)["o1"] == (Decimal(20), Decimal("4.5"), Decimal("15.5"), first, None)
    assert orders(zone)["o2"][1] == 0
    lines = zone.frame("select order_id, kind, quantity, amount from order_lines order by all").rows()
    assert lines == [
        ("o1", "refund", Decimal(0), Decimal("-4.5")),
        ("o1", "sold", Decimal(2), Decimal(20)),
        ("o2", "sold", Decimal(1), Decimal(3)),
    ]


def test_all_of_it_paid_back_later_voids_the_order_on_that_day_and_nobody_knows_before(zone: Zone) -> None:
    tomorrows = (
        "o2,2024-06-21,bob,p,1,3.00,3.00,2024-06-18,GBP\n"  # paid back before it is sold, and no news until then
    )
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,p,2,10.00,20.00,2024-06-20 09:00,GBP\n" + tomorrows)
    zone.night(SHOP, as_of=dt.date(2024, 6, 19))
    assert zone.frame("select distinct order_id from order_lines").item() == "o1"
    assert orders(zone)["o1"] == (Decimal(20), Decimal(0), Decimal(20), dt.date(2024, 6, 1), None)
    zone.night(SHOP, as_of=dt.date(2024, 6, 20))
    assert orders(zone)["o1"] == (Decimal(20), Decimal(20), Decimal(0), dt.date(2024, 6, 1), dt.date(2024, 6, 20))
    days = zone.frame("select day, gross_value, refund_value from customer_days order by day").rows()
    assert days == [(dt.date(2024, 6, 1), Decimal(20), Decimal(0)), (dt.date(2024, 6, 20), Decimal(0), Decimal(20))]


def test_it_is_paid_back_to_the_customer_of_the_order(zone: Zone) -> None:
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,p,2,10.00,,,GBP\no1,2024-06-01,bob,q,1,4.00,1.00,,GBP\n")
    zone.night(SHOP)
    assert zone.frame("select customer_id, refund_value, net_value from customer_days").rows() == [("anna", 1, 23)]


def test_the_sign_of_what_was_paid_back_does_not_matter(zone: Zone) -> None:
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,p,2,10.00,-4.50,,GBP\n")
    zone.night(SHOP)
    assert orders(zone)["o1"][1] == Decimal("4.5")


@pytest.mark.parametrize("rule", ["charge_when", "exclude_when"])
def test_only_merchandise_that_was_sold_is_paid_back(zone: Zone, rule: str) -> None:
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,post,1,4.00,4.00,,GBP\no2,2024-06-01,anna,p,-1,4.00,4.00,,GBP\n")
    zone.night(SHOP | {rule: "product = 'post'"})
    assert zone.frame("select sum(amount) from order_lines where kind = 'refund'").item() == Decimal(-4)


def test_it_is_converted_at_the_rate_of_its_sale(zone: Zone) -> None:
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,p,2,10.00,4.50,2024-06-20,EUR\n")
    zone.write("rates/a.csv", "day,code,rate\n2024-06-01,EUR,0.8\n2024-06-20,EUR,0.9\n")
    rates = {
        "name": "rates",
        "kind": "exchange_rates",
        "path": str(zone.raw / "rates/*.csv"),
        "columns": {"rated_on": "day", "currency": "code", "rate": "rate"},
    }
    zone.night(SHOP, rates)
    assert orders(zone)["o1"][:3] == (Decimal(16), Decimal("3.6"), Decimal("12.4"))


def test_an_amount_or_a_day_that_cannot_be_read_sets_the_row_aside(zone: Zone) -> None:
    zone.write(
        "a.csv",
        HEADER + "o1,2024-06-01,anna,p,2,10.00,some,,GBP\no2,2024-06-01,anna,p,2,10.00,1,2024-13-01,GBP\n"
        "o3,2024-06-01,anna,p,2,10.00,1,1024-06-01,GBP\n",
    )
    zone.night(SHOP)
    assert zone.reasons() == {2: ["unparsable_refunded"], 3: ["unparsable_refunded_at"], 4: ["date_out_of_range"]}


def test_a_corrected_row_takes_its_refund_with_it(zone: Zone) -> None:
    source = SHOP | {"columns": COLUMNS | {"line_id": "product"}}
    zone.write("a.csv", HEADER + "o1,2024-06-01,anna,p,2,10.00,4.50,,GBP\n")
    zone.write("b.csv", HEADER + "o1,2024-06-01,anna,p,2,10.00,6.00,,GBP\n")
    zone.night(source)
    assert orders(zone)["o1"][:3] == (Decimal(20), Decimal(6), Decimal(14))


def test_the_accounting_laws_hold(zone: Zone) -> None:
    zone.write(
        "a.csv", HEADER + "o1,2024-06-01,anna,p,2,10.00,4.50,,GBP\no2,2024-06-02,,p,1,3.00,3.00,2024-06-09,GBP\n"
    )
    night = zone.night(SHOP)
    outcomes = check_laws(zone.warehouse, LAWS_OF_MONEY, as_of=night.as_of, window_days=365)
    assert all(outcome.passed and outcome.observed["compared"] for outcome in outcomes), outcomes

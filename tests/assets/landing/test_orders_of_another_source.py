"""Rows of one source that belong to the orders of another: refunds and shipping lines exported apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from assets.accounting_laws import check_laws
from assets.amended.customer_orders import count_customer_orders

from .conftest import HEADER, LAWS_OF_MONEY, ORDERS, Zone

SOLD = HEADER + "o1,2024-06-01,anna,p1,2,5.00\no2,2024-06-02,bob,p2,1,8.00\no3,2024-06-03,,p2,1,8.00\n"
BACK = "refund,order,day,total\nr1,o1,2024-06-20,10.00\nr2,o2,2024-06-21,3.00\nr3,o9,2024-06-22,4.00\n"
COLUMNS = {"order_id": '"order"', "line_id": "refund", "ordered_at": "day", "amount": "total"}


def _sources(zone: Zone, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    refunds = {
        "name": "refunds",
        "kind": "transactions",
        "path": str(zone.raw / "back/*.csv"),
        "columns": COLUMNS,
        "refund_when": "true",
        "orders_of": "shop",
    }
    return ORDERS, refunds | options


def _orders(zone: Zone) -> list[tuple[Any, ...]]:
    return zone.frame(
        "select source, order_id, customer_id, net_value, valid_from, voided_on from orders order by all"
    ).rows()


def _june(day: int) -> dt.date:
    return dt.date(2024, 6, day)


def test_a_refund_exported_apart_voids_its_order_and_lowers_its_customer(zone: Zone) -> None:
    zone.write("a.csv", SOLD)
    zone.write("back/a.csv", BACK)
    zone.night(*_sources(zone))
    assert _orders(zone) == [
        ("shop", "o1", "anna", Decimal(0), _june(1), _june(20)),
        ("shop", "o2", "bob", Decimal(5), _june(2), None),
        ("shop", "o3", None, Decimal(8), _june(3), None),
        ("shop", "o9", None, Decimal(-4), None, None),
    ]
    days = "select customer_id, sum(net_value) from customer_days group by 1 order by 1"
    assert zone.frame(days).rows() == [("anna", Decimal(0)), ("bob", Decimal(5))]
    lines = zone.frame("select source, count(*) from order_lines group by 1 order by 1").rows()
    assert lines == [("refunds", 3), ("shop", 3)]


def test_without_it_order_ids_are_a_source_s_own(zone: Zone) -> None:
    zone.write("a.csv", SOLD)
    zone.write("back/a.csv", BACK)
    zone.night(*_sources(zone, orders_of=None))
    valid = "select source, order_id, net_value from orders where voided_on is null and valid_from is not null"
    assert zone.frame(f"{valid} order by all").rows() == [
        ("shop", "o1", Decimal(10)),
        ("shop", "o2", Decimal(8)),
        ("shop", "o3", Decimal(8)),
    ]


def test_the_day_before_the_refund_knows_of_none(zone: Zone) -> None:
    zone.write("a.csv", SOLD)
    zone.write("back/a.csv", BACK)
    zone.night(*_sources(zone), as_of=_june(19))
    assert _orders(zone)[0] == ("shop", "o1", "anna", Decimal(10), _june(1), None)


@pytest.mark.parametrize("late", ["a.csv", "back/a.csv"])
def test_whichever_lands_later_the_orders_are_those_of_one_night(zones: Callable[[str], Zone], late: str) -> None:
    first, refund = HEADER + "o8,2024-06-01,carl,p1,1,5.00\n", BACK[: BACK.index("r1")] + "r0,o8,2024-06-02,1.00\n"
    files = {"0.csv": first, "back/0.csv": refund, "a.csv": SOLD, "back/a.csv": BACK}
    at_once, in_turn = zones("at_once"), zones("in_turn")
    for zone, names in ((at_once, list(files)), (in_turn, [name for name in files if name != late])):
        for name in names:
            zone.write(name, files[name])
        zone.night(*_sources(zone))
    in_turn.write(late, files[late])
    in_turn.night(*_sources(in_turn))
    assert _orders(in_turn) == _orders(at_once)
    days = "select * from customer_days order by all"
    assert in_turn.frame(days).equals(at_once.frame(days))


def test_a_configuration_that_learns_of_it_moves_the_refunds_to_their_orders(zone: Zone) -> None:
    zone.write("a.csv", SOLD)
    zone.write("back/a.csv", BACK)
    zone.night(*_sources(zone, orders_of=None))
    zone.night(*_sources(zone))
    told_at_once = _orders(zone)
    zone.night(*_sources(zone, orders_of=None))
    assert [order[0] for order in _orders(zone)] == ["refunds"] * 3 + ["shop"] * 3
    zone.night(*_sources(zone))
    assert _orders(zone) == told_at_once
    assert told_at_once[0][-1] == _june(20)


def test_lines_sold_apart_are_lines_of_the_order_and_their_products_are_counted_once(zone: Zone) -> None:
    zone.write("a.csv", SOLD)
    zone.write("back/a.csv", "order,day,product,total\no1,2024-06-01,p1,1.00\no1,2024-06-01,gift,2.50\n")
    more = {"order_id": '"order"', "ordered_at": "day", "product_id": "product", "amount": "total"}
    zone.night(*_sources(zone, columns=more, refund_when=None))
    asked = "select net_value, lines, products, customer_id from orders where order_id = 'o1'"
    assert zone.frame(asked).rows() == [(Decimal("13.5"), 3, 2, "anna")]


def test_a_refund_of_a_foreign_order_is_converted_at_the_order_s_rate(zone: Zone) -> None:
    zone.write("a.csv", HEADER.replace("\n", ",money\n") + "o1,2024-06-01,anna,p1,2,5.00,EUR\n")
    zone.write("back/a.csv", "refund,order,day,total,money\nr1,o1,2024-06-20,10.00,EUR\n")
    zone.write("rates/a.csv", "day,code,rate\n2024-06-01,EUR,0.8\n2024-06-20,EUR,0.9\n")
    rates = {
        "name": "rates",
        "kind": "exchange_rates",
        "path": str(zone.raw / "rates/*.csv"),
        "columns": {"rated_on": "day", "currency": "code", "rate": "rate"},
    }
    shop, refunds = _sources(zone)
    of_currency = [source | {"columns": source["columns"] | {"currency": "money"}} for source in (shop, refunds)]
    zone.night(*of_currency, rates)
    assert _orders(zone) == [("shop", "o1", "anna", Decimal(0), _june(1), _june(20))]


def test_the_accounts_of_such_a_night_agree(zone: Zone) -> None:
    zone.write("a.csv", SOLD)
    zone.write("back/a.csv", BACK)
    _expect_laws(zone, zone.night(*_sources(zone)).as_of)


def _expect_laws(zone: Zone, as_of: dt.date) -> None:
    outcomes = check_laws(zone.warehouse, LAWS_OF_MONEY, as_of=as_of, window_days=365)
    assert all(outcome.passed and outcome.observed["compared"] for outcome in outcomes), outcomes


def test_an_order_without_a_price_stays_valid_whatever_was_paid_back_of_it(zone: Zone) -> None:
    """What is left of it is not known; the money paid back lowers net sales and its customer's value all the same."""
    shop, refunds = _sources(zone)
    free = {**shop, "columns": {name: column for name, column in shop["columns"].items() if name != "unit_price"}}
    zone.write("a.csv", SOLD)
    zone.write("back/a.csv", BACK)
    night = zone.night(free, refunds)
    assert _orders(zone) == [
        ("shop", "o1", "anna", Decimal(-10), _june(1), None),
        ("shop", "o2", "bob", Decimal(-3), _june(2), None),
        ("shop", "o3", None, None, _june(3), None),
        ("shop", "o9", None, Decimal(-4), None, None),
    ]
    _expect_laws(zone, night.as_of)
    count_customer_orders(night)
    counted = zone.frame("select customer_id, orders, valued_orders from customer_orders order by all").rows()
    assert counted == [("anna", 1, 0), ("bob", 1, 0)]


def test_orders_of_a_source_that_has_none_are_refused(zone: Zone) -> None:
    for other in ("refunds", "shpo"):
        with pytest.raises(ValueError, match="a source of transactions with its own orders"):
            zone.configuration(*_sources(zone, orders_of=other))

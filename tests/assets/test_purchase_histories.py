"""Purchases at each origin, held to plain Python: orders that are valid late, or void later, included."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from assets.contracts import Contract
from assets.statements import query
from assets.tables import CUSTOMER_DAYS, CUSTOMERS, ORDERS
from assets.warehouse import Warehouse

AS_OF, HORIZON = dt.date(2024, 6, 30), 60
PAST = [AS_OF - dt.timedelta(days=days) for days in (HORIZON, 150)]
EVERYBODY = "g"  # sorts behind every digest
Row = dict[str, Any]


def drawn(chance: random.Random) -> dict[str, list[Row]]:
    """Orders about the origins and the ends of their horizons, several on a day, and days without any."""

    def day() -> dt.date:
        border = chance.choice([*PAST, AS_OF]) + dt.timedelta(days=chance.choice([0, HORIZON, -HORIZON]))
        return min(border + dt.timedelta(days=chance.choice([-40, -1, 0, 1, 9])), AS_OF)

    orders: list[Row] = []
    for number in range(140):
        on = day()
        later, last = sorted(min(on + dt.timedelta(days=chance.choice([0, 1, 30, 60, 100])), AS_OF) for _ in range(2))
        is_late, is_void = chance.random() < 0.3, chance.random() < 0.4
        orders.append(
            {
                "order_id": f"o{number}", "customer_id": f"c{chance.randrange(30):02}" if number % 9 else None,
                "ordered_on": on, "valid_from": (later if is_late else on) if number % 11 else None,
                "voided_on": last if is_void and number % 11 else None, "net_value": Decimal(5),
            }
        )  # fmt: skip
    counted = Counter((o["customer_id"], o["ordered_on"]) for o in orders if o["customer_id"] and o["valid_from"])
    days = {*counted, *((o["customer_id"], o["ordered_on"]) for o in orders if o["customer_id"])}
    days |= {(f"c{chance.randrange(30):02}", day()) for _ in range(30)}
    flows: list[Row] = []
    for customer, on in sorted(days):
        value = (
            Decimal(chance.randrange(-900, 9000)) / 100 if customer != "c05" else None
        )  # of whose days none is known
        flows.append({"customer_id": customer, "day": on, "orders": counted[customer, on], "net_value": value})
    customers = [{"customer_id": f"c{number:02}"} for number in range(30)]
    return {"orders": orders, "customer_days": flows, "customers": customers}


def opened(shop: dict[str, list[Row]]) -> Warehouse:
    warehouse = Warehouse.open(None, threads=1)
    contracts: list[Contract] = [ORDERS, CUSTOMER_DAYS, CUSTOMERS]
    for contract in contracts:
        names = [column.name for column in contract.columns]
        filled = [{name: row.get(name) for name in names} for row in shop[contract.name]]
        warehouse.replace(contract, pl.DataFrame(filled, schema=names, infer_schema_length=None))
    ahead = dt.timedelta(days=HORIZON)
    origins = [{"origin": on, "label_until": on + ahead, "horizon_days": HORIZON} for on in (*PAST, AS_OF)]
    warehouse.keep("value_origins", pl.DataFrame(origins))
    warehouse.keep("purchase_histories", query("purchase_histories.sql", as_of=AS_OF, sampled_below=EVERYBODY))
    return warehouse


def order_days(shop: dict[str, list[Row]], at: dt.date) -> dict[str, list[dt.date]]:
    """Customer -> days with an order valid on that day, of all days."""
    found: dict[str, set[dt.date]] = {}
    for o in shop["orders"]:
        if o["customer_id"] and o["valid_from"] and o["valid_from"] <= at and (o["voided_on"] or dt.date.max) > at:
            found.setdefault(o["customer_id"], set()).add(o["ordered_on"])
    return {customer: sorted(days) for customer, days in found.items()}


def history(shop: dict[str, list[Row]], origin: dt.date, customer: str, own: list[dt.date]) -> Row:
    """What was known of a customer, and what came of it."""
    end = origin + dt.timedelta(days=HORIZON)
    recent_from = origin - dt.timedelta(days=HORIZON - 1)

    def value(first: dt.date, last: dt.date) -> Decimal:
        days = (d for d in shop["customer_days"] if d["customer_id"] == customer and first <= d["day"] <= last)
        return sum((d["net_value"] or Decimal(0) for d in days), Decimal(0))

    tomorrow = origin + dt.timedelta(days=1)
    later = [on for on in order_days(shop, end).get(customer, []) if tomorrow <= on <= end]
    told: Row = {
        "repeats": len(own) - 1, "recency_days": (own[-1] - own[0]).days, "age_days": (origin - own[0]).days,
        "value": value(dt.date.min, origin),
    }  # fmt: skip
    past = {
        "recent_order_days": sum(on >= recent_from for on in own), "recent_value": value(recent_from, origin),
        "future_order_days": len(later), "future_value": value(tomorrow, end),
    }  # fmt: skip
    return told | (past if origin < AS_OF else dict.fromkeys(past))


@pytest.mark.parametrize("seed", range(4))
def test_a_history_is_of_the_orders_valid_at_its_origin_and_what_came_of_it_of_those_valid_at_its_end(
    seed: int,
) -> None:
    shop = drawn(random.Random(seed))
    warehouse = opened(shop)
    rows = warehouse.frame("from purchase_histories").rows(named=True)
    found = {(row.pop("origin"), row.pop("customer_id")): row for row in rows}
    assert len(found) == len(rows)
    told: dict[dt.date, Counter[tuple[int, int, int]]] = {}
    for origin in (*PAST, AS_OF):
        known = {c: [on for on in days if on <= origin] for c, days in order_days(shop, origin).items()}
        known = {c: days for c, days in known.items() if days}
        assert {customer for on, customer in found if on == origin} == set(known)
        for customer, own in known.items():
            assert found[origin, customer] == history(shop, origin, customer, own), (origin, customer)
        told[origin] = Counter((len(d) - 1, (d[-1] - d[0]).days, (origin - d[0]).days) for d in known.values())
    for origin, histories in told.items():  # as the models of churn count them
        counted = warehouse.frame(query("churn_histories.sql", origin=origin)).select("x", "t_x", "age", "customers")
        assert {tuple(row[:3]): row[3] for row in counted.rows()} == histories


@pytest.mark.parametrize("seed", range(4))
def test_order_days_since_an_origin_are_those_of_the_customers_who_had_come_by_then(seed: int) -> None:
    shop = drawn(random.Random(seed))
    warehouse = opened(shop)
    for origin in PAST:
        asked = query("order_days_since.sql", origin=origin, as_of=AS_OF)
        theirs = [days for days in order_days(shop, AS_OF).values() if days[0] <= origin]
        firsts = Counter(days[0] for days in theirs)
        repeats = Counter(on for days in theirs for on in days[1:])
        found = {day: (first, more) for day, first, more in warehouse.frame(asked).rows()}
        assert found == {day: (firsts[day], repeats[day]) for day in {*firsts, *repeats}}

"""A small shop in a private warehouse: sales and refunds in, the tables that the marts read out."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.configuration.settings import Configuration
from assets.contracts import Contract
from assets.night import Night
from assets.order_steps import order_steps
from assets.releases.store import ReleaseStore
from assets.tables import (
    CUSTOMER_DAYS,
    CUSTOMER_IDENTITIES,
    CUSTOMERS,
    ORDER_FLOWS,
    ORDER_LINES,
    ORDERS,
    SURVEY_RESPONSES,
)
from assets.warehouse import Warehouse

from .small_tables import BUSINESS

Sale = tuple[str | None, dt.date, Decimal]  # customer, day, value; the order's id is its place in the list
Refund = tuple[str | None, dt.date, Decimal, int | None]  # customer, day, value, order (None: of no order)

MINIMUM = Decimal("0.01")


def _dtype(sql_type: str) -> pl.DataType | type[pl.DataType]:
    if sql_type.startswith("DECIMAL(38,8)"):
        return pl.Decimal(38, 8)
    return {
        "DATE": pl.Date,
        "BIGINT": pl.Int64,
        "INTEGER": pl.Int32,
        "TIMESTAMP": pl.Datetime("us"),
        "BOOLEAN": pl.Boolean,
    }.get(sql_type, pl.String)


def _frame(contract: Contract, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    schema = {column.name: _dtype(column.type) for column in contract.columns}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema, orient="row")


def _order(number: int, sale: Sale, refunds: list[tuple[dt.date, Decimal]], has_money: bool) -> dict[str, Any]:
    customer, day, value = sale
    left, voided_on = value, None
    for refunded_on, refunded in sorted(refunds):
        left -= refunded
        voided_on = voided_on or (refunded_on if left < MINIMUM else None)
    worth_it = value >= MINIMUM or not has_money
    money = {"gross_value": value, "discount_value": Decimal(0), "refund_value": value - left, "net_value": left}
    return {
        "source": "shop",
        "order_id": f"o{number}",
        "order_no": number,
        "customer_id": customer,
        "ordered_at": dt.datetime.combine(day, dt.time(12)),
        "ordered_on": day,
        "lines": 1 + len(refunds),
        "sold_lines": 1,
        "products": 1,
        "units": "1",
        "valid_from": day if worth_it else None,
        "voided_on": voided_on if worth_it and has_money else None,
    } | (money if has_money else {})


def _customer_days(sales: list[Sale], refunds: list[Refund], has_money: bool) -> list[dict[str, Any]]:
    sold: dict[tuple[str, dt.date], Decimal] = defaultdict(Decimal)
    back: dict[tuple[str, dt.date], Decimal] = defaultdict(Decimal)
    for customer, day, value in sales:
        if customer is not None:
            sold[customer, day] += value
    for customer, day, value, _ in refunds:
        if customer is not None:
            back[customer, day] += value
    return [
        {"customer_id": customer, "day": day, "orders": 1 if (customer, day) in sold else 0, "lines": 1}
        | (
            {
                "gross_value": sold.get((customer, day), Decimal(0)),
                "discount_value": Decimal(0),
                "refund_value": back.get((customer, day), Decimal(0)),
                "net_value": sold.get((customer, day), Decimal(0)) - back.get((customer, day), Decimal(0)),
            }
            if has_money
            else {}
        )
        for customer, day in sold.keys() | back.keys()
    ]


@pytest.fixture(scope="session")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Night]:
    """A function from sales, refunds and customers known otherwise to a night that holds what ``as_of`` may know."""

    def open_(
        sales: Sequence[Sale],
        refunds: Sequence[Refund] = (),
        *,
        as_of: dt.date,
        known: Mapping[str, dt.date] | None = None,
        has_money: bool = True,
        measures: Mapping[str, Any] | None = None,
        home: Path | None = None,
    ) -> Night:
        seen_sales = [sale for sale in sales if sale[1] <= as_of]
        seen_refunds = [refund for refund in refunds if refund[1] <= as_of]
        orders = [
            _order(number, sale, [(on, value) for _, on, value, of in seen_refunds if of == number], has_money)
            for number, sale in enumerate(sales)
            if sale[1] <= as_of
        ]
        since: dict[str, dt.date] = {}
        for customer, day in [(sale[0], sale[1]) for sale in seen_sales] + [(r[0], r[1]) for r in seen_refunds]:
            if customer is not None:
                since[customer] = min(day, since.get(customer, day))
        since |= {customer: day for customer, day in (known or {}).items() if day <= as_of}
        warehouse = Warehouse.open(None, threads=1)
        warehouse.replace(ORDERS, _frame(ORDERS, orders))
        warehouse.replace(CUSTOMER_DAYS, _frame(CUSTOMER_DAYS, _customer_days(seen_sales, seen_refunds, has_money)))
        warehouse.replace(
            CUSTOMERS,
            _frame(
                CUSTOMERS,
                [{"customer_id": c, "known_since": day} for c, day in since.items()],
            ),
        )
        for untold in (ORDER_LINES, ORDER_FLOWS, SURVEY_RESPONSES, CUSTOMER_IDENTITIES):  # nothing is known of these
            warehouse.replace(untold, _frame(untold, []))
        configuration = Configuration.model_validate(
            {
                "business": BUSINESS,
                "measures": dict(measures or {}),
            }
        )
        known_at = dt.datetime.combine(as_of, dt.time(23))
        night = Night(as_of, known_at, configuration, warehouse, home or tmp_path_factory.mktemp("home"))
        night.compute(order_steps)
        return night

    return open_


@pytest.fixture
def store(tmp_path: Path) -> ReleaseStore:
    """A published folder of its own, with nothing in it."""
    return ReleaseStore(tmp_path / "published")

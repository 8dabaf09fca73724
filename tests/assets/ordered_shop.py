"""A shop of declared orders and its scorecard, for the tests that count its figures by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from assets import tables
from assets.calendar import calendar
from assets.configuration.settings import Configuration
from assets.night import Night
from assets.order_steps import order_steps
from assets.scorecard import kpi_scorecard
from assets.segments import value_tiers
from assets.warehouse import Warehouse

from .declared_lines import with_flows
from .small_tables import BUSINESS, replace

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


def open_shop(
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
        replace(warehouse, tables.CHURN_SCORES, scores)
    configuration = Configuration.model_validate(
        {
            "business": BUSINESS,
            "measures": {"window_days": window_days, "lifecycle": {"t1_days": 5, "t2_days": T2}},
            "targets": list(targets),
        }
    )
    night = Night(as_of, dt.datetime.combine(as_of, dt.time(23)), configuration, warehouse, Path("home"))
    night.compute(calendar, value_tiers, order_steps, kpi_scorecard)
    return night


def scorecard_of(night: Night) -> pl.DataFrame:
    return night.warehouse.connection.sql("select * from kpi_scorecard").pl()


def row_of(night: Night, kpi: str, start: dt.date | None = None, grain: str = "month", **where: str) -> dict[str, Any]:
    wanted = {"kpi": kpi, "grain": grain, "scope": "all"} | where
    found = scorecard_of(night).filter(*(pl.col(name) == value for name, value in wanted.items()))
    if start is not None:
        found = found.filter(pl.col("period_start") == start)
    (row,) = found.to_dicts()
    return row


def on(month: int, day: int) -> dt.date:
    """A day of 2024."""
    return dt.date(2024, month, day)

"""The two compact facts every mart reads: one row per order, one row per customer and day."""

from __future__ import annotations

from assets.night import Night, table
from assets.tables import CUSTOMER_DAYS, ORDER_LINES, ORDERS
from assets.warehouse import Query


@table(ORDERS, reads=(ORDER_LINES,))
def orders(night: Night) -> Query:
    """Order facts with the interval in which each order is valid."""
    return night.query("orders.sql", minimum_order_value=night.configuration.measures.minimum_order_value)


@table(CUSTOMER_DAYS, reads=(ORDER_LINES, ORDERS))
def customer_days(night: Night) -> Query:
    """Flows of each known customer by business day."""
    return night.query("customer_days.sql")

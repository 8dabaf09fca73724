"""The compact facts every mart reads: sums of lines, one row per order, one row per customer and day."""

from __future__ import annotations

import datetime as dt

from assets.amended.facts import changed_customer_days, changed_flows, changed_orders
from assets.night import Night, table
from assets.statements import Amendment
from assets.tables import CUSTOMER_DAYS, ORDER_FLOWS, ORDER_LINES, ORDERS


@table(ORDER_FLOWS, reads=(ORDER_LINES,))
def order_flows(night: Night) -> Amendment:
    """The sums of an order's lines by file, day, channel and region."""
    return changed_flows(night)


@table(ORDERS, reads=(ORDER_LINES, ORDER_FLOWS))
def orders(night: Night) -> Amendment:
    """Order facts with the interval in which each order is valid."""
    return changed_orders(night)


@table(CUSTOMER_DAYS, reads=(ORDER_FLOWS, ORDERS))
def customer_days(night: Night) -> Amendment:
    """Flows of each known customer by business day."""
    return changed_customer_days(night)


def money_is_known(night: Night) -> bool:
    """Whether any order has a value: where no source maps money, none has."""
    return bool(night.warehouse.scalar(f"select count(net_value) > 0 from {ORDERS.name}"))


def first_order_on(night: Night) -> dt.date | None:
    """Day of the first valid order of a known customer; None where there is none."""
    return night.warehouse.scalar(
        f"select min(ordered_on) from {ORDERS.name} where valid_from is not null and customer_id is not null"
    )

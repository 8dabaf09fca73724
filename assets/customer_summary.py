"""The customer summary: what each known customer did up to the night's date."""

from __future__ import annotations

from assets.amended.customer_orders import count_customer_orders
from assets.night import Night, table
from assets.statements import Query
from assets.tables import CUSTOMER_DAYS, CUSTOMER_SUMMARY, CUSTOMERS, ORDERS


@table(CUSTOMER_SUMMARY, reads=(CUSTOMERS, ORDERS, CUSTOMER_DAYS))
def customer_summary(night: Night) -> Query:
    """Every known customer with all-time orders and value up to ``as_of``; one row per customer."""
    count_customer_orders(night)
    return night.query("customer_summary.sql")

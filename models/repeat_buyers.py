"""Buyers and repeat buyers of every window of one length, whatever day it ends on, from one pass over the orders.

Between one order of a customer and the next nothing happens but time: on the days from an order up to the next one, the
customer has bought in the window as long as this order is in it, and has bought twice as long as the order before is in
it too. So every order makes its customer a buyer on its day and ends it a window later, or at the next order, which
takes over. The counts of a day are what has begun by then less what has ended: sums over customers, and the table has
a row per day.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

VALUES: Final = ("buyers", "repeat_buyers", "mature_customers", "second_orderers")


def changes(orders: pl.DataFrame, *, window_days: int, second_order_days: int) -> pl.DataFrame:
    """How the counts change from one day to the next.

    Args:
        orders: ``customer_no`` and ``ordered_on`` of valid orders, sorted by both; two orders of a day are two rows.
        window_days: length of the window that ends with the day.
        second_order_days: age at which a first order is mature, and days within which a second one counts.

    Returns:
        ``day`` and the change of ``buyers`` and ``repeat_buyers`` (customers with one order, and two, in the window),
        ``mature_customers`` (whose first order is so old) and ``second_orderers`` (of these, who had a second in time).
    """
    day, customer = pl.col("ordered_on"), pl.col("customer_no")
    before = pl.when(customer == customer.shift()).then(day.shift())
    after = pl.when(customer == customer.shift(-1)).then(day.shift(-1))
    beside = orders.select(ordered_on=day, before=before, after=after)
    in_a_window = (day - pl.col("before")).dt.total_days() < window_days
    first = beside.filter(pl.col("before").is_null())
    in_time = (pl.col("after") - day).dt.total_days() <= second_order_days
    matures_on = _later(day, second_order_days)
    parts = (
        beside.group_by(day=day).agg(buyers=_count()),
        beside.group_by(day=_ends(day, window_days)).agg(buyers=-_count()),
        beside.filter(in_a_window).group_by(day=day).agg(repeat_buyers=_count()),
        beside.filter(in_a_window).group_by(day=_ends(pl.col("before"), window_days)).agg(repeat_buyers=-_count()),
        first.group_by(day=matures_on).agg(mature_customers=_count(), second_orderers=in_time.sum().cast(pl.Int64)),
    )
    return pl.concat(parts, how="diagonal").select("day", *VALUES).group_by("day").agg(pl.col(VALUES).sum()).sort("day")


def on(day: dt.date, changes_by_day: pl.DataFrame) -> dict[str, int]:
    """The counts of the window that ends on the day."""
    return changes_by_day.filter(pl.col("day") <= day).select(pl.col(VALUES).sum()).row(0, named=True)


def _ends(since: pl.Expr, window_days: int) -> pl.Expr:
    """When an order is out of the window, or another one has come."""
    return pl.min_horizontal(_later(since, window_days), "after")


def _later(day: pl.Expr, days: int) -> pl.Expr:
    return (day.to_physical() + days).cast(pl.Date)


def _count() -> pl.Expr:
    return pl.len().cast(pl.Int64)

"""Sums over orders and their customers, kept from night to night: only what changed is summed again.

What every customer's orders and flows come to is added up here, so a night has to count only the customers of the
orders that changed since: what they came to when the sums were last written is taken off, what they come to now is
added. Whole numbers and decimals: the result is that of summing everything, digit for digit.

| table | one row per | from |
|---|---|---|
| ``order_cells`` | day x channel x region | ``order_cells.sql`` |
| ``cohort_cells`` | cohort month x month | ``models.cohorts.cells`` |
| ``buyer_changes`` | day | ``models.repeat_buyers.changes`` |
| ``order_repeats`` | grain x period x scope value | ``models.order_repeats.repeats`` |
| ``retained_values`` | grain x period | ``models.revenue_retention.retained_value`` |
| ``flow_squares`` | grain x period | ``models.flow_squares.squares`` |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

import polars as pl

from assets import order_changes
from assets.amended_facts import DAYS_BEFORE
from assets.customer_parts import customer_parts, number_customers
from assets.kept_sums import Sums, kept, write
from assets.night import Night
from assets.tables import CUSTOMER_DAYS, CUSTOMERS, ORDERS
from assets.warehouse import Query, Warehouse, few_rows, sql_text
from models import cohorts, customer_periods, flow_squares, order_repeats, repeat_buyers, revenue_retention
from models.packed_numbers import Digits

SECOND_ORDER_DAYS: Final = 90


ORDER_CELLS: Final = Sums(
    "order_cells",
    ("ordered_on", "channel", "region"),
    ("orders", "customer_orders", "valued_orders", "order_value", "order_value_squares"),
)
COHORT_CELLS: Final = Sums("cohort_cells", ("cohort_month", "active_month"), ("active", "last_seen"))
BUYER_CHANGES: Final = Sums("buyer_changes", ("day",), repeat_buyers.VALUES)
ORDER_REPEATS: Final = Sums("order_repeats", order_repeats.KEY, order_repeats.VALUES)
RETAINED_VALUES: Final = Sums("retained_values", revenue_retention.KEY, revenue_retention.VALUES)
FLOW_SQUARES: Final = Sums("flow_squares", flow_squares.KEY, flow_squares.VALUES)

_SQL: Final = ("order_cells.sql", "order_histories.sql", "customer_flows.sql")
_CUSTOMERS_TOGETHER: Final = 50_000
"""Sorted at a time: what lies in the processor's cache is sorted sooner, and takes less memory."""
_Frames = dict[Sums, pl.DataFrame]


def bring_up_to_date(night: Night) -> None:
    """Let the tables of this module hold tonight's sums: those of the orders and customer days as they are now.

    Side effect: the views ``orders_to_sum``, ``orders_to_follow`` and ``days_to_follow``, and ``customers_numbered``,
    which the SQL reads.
    """
    warehouse = night.warehouse
    recipe = order_changes.recipe_of(
        *map(sql_text, _SQL),
        sql_text("customer_days.sql"),
        repr(CUSTOMER_DAYS),
        str(night.configuration.measures.window_days),
    )
    name = ORDER_CELLS.name
    if order_changes.is_up_to_date(warehouse, name, recipe):
        return
    is_amended = order_changes.is_amendable(warehouse, name, recipe)
    sums = _of_the_changed(night, recipe) if is_amended else _of_everybody(night)
    # Days that are behind the orders leave no number that both could be amended from: the next night sums everything.
    are_together = order_changes.has_seen_all(warehouse, CUSTOMER_DAYS.name)
    note = order_changes.caught_up(warehouse, name, recipe) if are_together else order_changes.forget(name)
    write(warehouse, sums, note)


def _of_everybody(night: Night) -> _Frames:
    _let_everybody_be_read(night.warehouse)
    with customer_parts(night, "order_histories.sql") as parts:
        followed = _followed_in_pieces(night, parts())
    return {ORDER_CELLS: night.frame("order_cells.sql"), **followed, **_flows_of_everybody(night)}


def _pieces(parts: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The rows of so many customers at a time; at least one piece, though it be empty."""
    for part in parts:
        number = pl.col("customer_no")
        lowest, highest = part.select(number.min().fill_null(1), highest=number.max().fill_null(1)).row(0)
        for first in range(lowest, highest + 1, _CUSTOMERS_TOGETHER):
            yield part.filter(number.is_between(first, first + _CUSTOMERS_TOGETHER - 1))


def _flows_of_everybody(night: Night) -> _Frames:
    with customer_parts(night, "customer_flows.sql") as parts:
        return _in_pieces(parts(), _flows)


def _of_the_changed(night: Night, recipe: str) -> _Frames:
    """The sums of last time, brought up to date by the orders that changed and the customers they are of."""
    warehouse = night.warehouse
    read = "order_no, customer_id, ordered_on, channel, region, net_value, valid_from, voided_on"
    may_follow_days = order_changes.has_difference(warehouse, ORDER_CELLS.name, recipe, CUSTOMER_DAYS.name, DAYS_BEFORE)
    number_customers(warehouse, "customers_changed")
    for name, rows in {
        "orders_then": f"select {read} from ({order_changes.orders_before()})",
        "days_now": few_rows(
            CUSTOMER_DAYS.name,
            order_changes.OF_CHANGED_CUSTOMERS,
            "customer_id, day, net_value, discount_value, refund_value, orders",
        ),
    }.items():
        warehouse.keep(name, Query(rows))
    changed_now = f"(select * from {ORDERS.name} semi join orders_changed using (order_no))"
    taken, added = (
        _of_some(night, *relations, with_days=bool(may_follow_days))
        for relations in (
            (f"({order_changes.changed_orders_before()})", "orders_then", DAYS_BEFORE),
            (changed_now, "orders_of_changed", "days_now"),
        )
    )
    sums = {one: one.changed(kept(warehouse, one), taken[one], added[one]) for one in added}
    if not may_follow_days:
        _let_everybody_be_read(warehouse)
        sums |= _flows_of_everybody(night)
    return sums


def _of_some(night: Night, changed_orders: str, orders: str, days: str, *, with_days: bool) -> _Frames:
    _let_be_read(night.warehouse, changed_orders, orders, days if with_days else "days_now")
    return {
        ORDER_CELLS: night.frame("order_cells.sql"),
        **_followed_in_pieces(night, [night.frame("order_histories.sql")]),
        **(_in_pieces([night.frame("customer_flows.sql")], _flows) if with_days else {}),
    }


def _followed_in_pieces(night: Night, parts: Iterable[pl.DataFrame]) -> _Frames:
    return _in_pieces(parts, partial(_followed, night))


def _in_pieces(parts: Iterable[pl.DataFrame], summed: Callable[[pl.DataFrame], _Frames]) -> _Frames:
    pieces = [summed(piece) for piece in _pieces(parts)]
    return {sums: sums.added(*(piece[sums] for piece in pieces)) for sums in pieces[0]}


def _flows(days: pl.DataFrame) -> _Frames:
    by_grain = customer_periods.by_grain(days)
    return {
        RETAINED_VALUES: revenue_retention.retained_value(by_grain),
        FLOW_SQUARES: flow_squares.squares(by_grain),
    }


def _followed(night: Night, orders: pl.DataFrame) -> _Frames:
    days = orders.select("customer_no", "ordered_on")
    digits = Digits.of(days)
    in_order = digits.unpacked(digits.packed(days).sort())
    window_days = night.configuration.measures.window_days
    return {
        COHORT_CELLS: cohorts.cells(in_order),
        BUYER_CHANGES: repeat_buyers.changes(in_order, window_days=window_days, second_order_days=SECOND_ORDER_DAYS),
        ORDER_REPEATS: order_repeats.repeats(orders),
    }


def _let_everybody_be_read(warehouse: Warehouse) -> None:
    number_customers(warehouse, CUSTOMERS.name)
    _let_be_read(warehouse, ORDERS.name, ORDERS.name, CUSTOMER_DAYS.name)


def _let_be_read(warehouse: Warehouse, orders_to_sum: str, orders: str, days: str) -> None:
    for name, relation in {
        "orders_to_sum": orders_to_sum,
        "orders_to_follow": orders,
        "days_to_follow": days,
    }.items():
        warehouse.rows(f"create or replace temp view {name} as select * from {relation}")

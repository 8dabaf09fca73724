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

from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from assets.amended import order_changes
from assets.amended.facts import DAYS_BEFORE
from assets.amended.kept_sums import Sums, kept, write
from assets.customer_parts import number_customers, whole_customers
from assets.night import Night
from assets.statements import few_rows, sql_text
from assets.tables import CUSTOMER_DAYS, CUSTOMERS, ORDERS
from assets.warehouse import Warehouse
from models import cohorts, customer_periods, flow_squares, order_repeats, repeat_buyers, revenue_retention

SECOND_ORDER_DAYS: Final = 90


ORDER_CELLS: Final = Sums(
    "order_cells",
    ("ordered_on", "channel", "region"),
    ("orders", "customer_orders", "valued_orders", "order_value", "order_cents", "order_value_squares"),
)
COHORT_CELLS: Final = Sums("cohort_cells", ("cohort_month", "active_month"), ("active", "last_seen"))
BUYER_CHANGES: Final = Sums("buyer_changes", ("day",), repeat_buyers.VALUES)
ORDER_REPEATS: Final = Sums("order_repeats", order_repeats.KEY, order_repeats.VALUES)
RETAINED_VALUES: Final = Sums("retained_values", revenue_retention.KEY, revenue_retention.VALUES)
FLOW_SQUARES: Final = Sums("flow_squares", flow_squares.KEY, flow_squares.VALUES)

_SQL: Final = ("order_cells.sql", "order_histories.sql", "customer_flows.sql")
_ORDERS: Final = ("order_histories.sql", ("customer_no", "ordered_on"))
_FLOWS: Final = ("customer_flows.sql", ("customer_no", "month_no"))
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
    return _of_orders(night) | _of_flows(night)


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
        warehouse.keep(name, rows)
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
        sums |= _of_flows(night)
    return sums


def _of_some(night: Night, changed_orders: str, orders: str, days: str, *, with_days: bool) -> _Frames:
    _let_be_read(night.warehouse, changed_orders, orders, days if with_days else "days_now")
    return _of_orders(night) | (_of_flows(night) if with_days else {})


def _of_orders(night: Night) -> _Frames:
    window_days = night.configuration.measures.window_days

    def summed(orders: pl.DataFrame) -> _Frames:
        return {
            COHORT_CELLS: cohorts.cells(orders),
            BUYER_CHANGES: repeat_buyers.changes(orders, window_days=window_days, second_order_days=SECOND_ORDER_DAYS),
            ORDER_REPEATS: order_repeats.repeats(orders),
        }

    return {ORDER_CELLS: night.frame("order_cells.sql"), **_summed(night, *_ORDERS, summed)}


def _of_flows(night: Night) -> _Frames:
    def summed(flows: pl.DataFrame) -> _Frames:
        by_grain = customer_periods.by_grain(flows)
        return {
            RETAINED_VALUES: revenue_retention.retained_value(by_grain),
            FLOW_SQUARES: flow_squares.squares(by_grain),
        }

    return _summed(night, *_FLOWS, summed)


def _summed(night: Night, file_name: str, order: Sequence[str], summed: Callable[[pl.DataFrame], _Frames]) -> _Frames:
    """The sums of the rows of a SQL file, some whole customers at a time: they are never all in memory."""
    return night.warehouse.in_order(
        night.query(file_name), order, lambda rows: _together([summed(part) for part in whole_customers(rows)])
    )


def _together(parts: Sequence[_Frames]) -> _Frames:
    return {sums: sums.added(*(part[sums] for part in parts)) for sums in parts[0]}


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

"""What each customer's orders come to: only those are counted again whose orders have changed since the last night."""

from __future__ import annotations

from assets.amended import near_gaps
from assets.amended.order_changes import (
    caught_up,
    is_amendable,
    is_up_to_date,
    let_orders_of_customers_be_read,
    recipe_of,
)
from assets.night import Night
from assets.statements import Amendment, Query, few_rows, literal, sql_text
from assets.tables import CUSTOMER_DAYS
from assets.warehouse import Warehouse
from models.lifecycle import LifecycleCuts


def count_customer_orders(night: Night) -> None:
    """Bring the table ``customer_orders`` up to tonight's orders; see its SQL."""
    rows = night.query("customer_orders.sql")
    bring_up_to_date(night.warehouse, "customer_orders", rows, recipe_of(rows.sql))


def count_lifecycle_histories(night: Night, cuts: LifecycleCuts) -> None:
    """Bring the table ``lifecycle_histories`` up to tonight's orders and cuts; see its SQL.

    Args:
        night: the night.
        cuts: tonight's; where they are others than last time, who has a gap between these and those is made again.
    """
    name, warehouse = "lifecycle_histories", night.warehouse
    rows = night.query(
        "lifecycle_histories.sql",
        warning_days=cuts.t1_days,
        lost_days=cuts.t2_days,
        loyal_orders=cuts.loyal_orders,
        reactivated_days=cuts.reactivated_days,
    )
    before, now = near_gaps.cuts_made_with(warehouse, name), (cuts.t1_days, cuts.t2_days)
    moved = None
    if before != now:
        moved = before and near_gaps.decided_otherwise(warehouse, t1=(before[0], now[0]), t2=(before[1], now[1]))
        if moved is None:
            warehouse.rows(f"drop table if exists {name}")
    recipe = recipe_of(rows.sql, repr((cuts.loyal_orders, cuts.reactivated_days)))
    bring_up_to_date(warehouse, name, rows, recipe, moved=moved, remember=near_gaps.note_cuts(name, cuts))


def count_trait_histories(night: Night, steady_orders: int) -> None:
    """Bring the table ``trait_histories`` up to tonight's orders; see its SQL.

    Args:
        night: the night.
        steady_orders: how many orders a customer has at least whose gaps are looked at.
    """
    rows = night.query("trait_histories.sql", steady_orders=steady_orders)
    bring_up_to_date(night.warehouse, "trait_histories", rows, recipe_of(rows.sql, str(steady_orders)))


def count_window_sums(night: Night) -> None:
    """Bring the table ``window_sums`` up to tonight's orders and window; see its SQL.

    A day that enters the window brings orders that have changed; of a day that leaves it the customers are made again.
    """
    name, warehouse = "window_sums", night.warehouse
    rows = night.query("window_sums.sql")
    window_days = night.configuration.measures.window_days
    made_for = f"{name}_as_of"
    before = warehouse.scalar(f"select as_of from {made_for}") if warehouse.has(made_for) else None
    moved = None
    if before is None:
        warehouse.rows(f"drop table if exists {name}")
    elif before != night.as_of:
        last, first = (
            f"date_add(cast({literal(str(day))} as date), cast({-window_days} as integer))"
            for day in sorted((before, night.as_of), reverse=True)
        )
        moved = f"select distinct customer_id from {CUSTOMER_DAYS.name} where day > {first} and day <= {last}"
    recipe = recipe_of(rows.sql, str(window_days), sql_text("customer_days.sql"), repr(CUSTOMER_DAYS))
    remember = (f"create or replace table {made_for} as select cast({literal(str(night.as_of))} as date) as as_of",)
    bring_up_to_date(warehouse, name, rows, recipe, moved=moved, remember=remember)


_ORDERS_OF = {None: None, "customers_changed": "orders_of_changed", "customers_to_recount": "orders_to_recount"}


def bring_up_to_date(
    warehouse: Warehouse,
    name: str,
    rows: Query,
    recipe: str,
    *,
    moved: str | None = None,
    remember: tuple[str, ...] = (),
) -> None:
    """Make the table of that name, or bring it up to tonight's orders: rows of customers.

    Args:
        warehouse: the night's.
        name: of the table, which has the column ``customer_id``.
        rows: a query over ``orders_of_customers`` or ``days_of_customers``, the orders or days of those whose rows are
            made. A customer's rows come from the customer's own orders and days alone.
        recipe: what the rows are made with.
        moved: SQL of customers whose rows are to be made again though their orders have not changed.
        remember: statements that note what else the table is made with.
    """
    if moved is None and is_up_to_date(warehouse, name, recipe):
        return
    customers = None
    if is_amendable(warehouse, name, recipe):
        customers = "customers_changed"
        if moved is not None:
            customers = "customers_to_recount"
            near_gaps.lay_out_moved(warehouse, moved)
    _let_them_be_read(warehouse, rows, customers)
    obsolete = f"customer_id in (select customer_id from {customers})" if customers else None
    warehouse.amend(name, Amendment(obsolete, rows, remember=(*remember, *caught_up(warehouse, name, recipe))))


def _let_them_be_read(warehouse: Warehouse, rows: Query, customers: str | None) -> None:
    """Make the views that the query names: the orders, or the days, of the customers of this table; None: of all."""
    if "days_of_customers" in rows.sql:
        days = f"select * from {CUSTOMER_DAYS.name}"
        if customers:
            days = few_rows(CUSTOMER_DAYS.name, f"customer_id in (select customer_id from {customers})")
        warehouse.rows(f"create or replace temp view days_of_customers as {days}")
        return
    if customers == "customers_to_recount":
        near_gaps.lay_out_their_orders(warehouse)
    let_orders_of_customers_be_read(warehouse, _ORDERS_OF[customers])

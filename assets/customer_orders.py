"""What each customer's orders come to: only those are counted again whose orders have changed since the last night."""

from __future__ import annotations

from assets.night import Night
from assets.order_changes import OF_CHANGED_CUSTOMERS, caught_up, is_amendable, recipe_of
from assets.tables import ORDERS
from assets.warehouse import Amendment, Query, Warehouse


def count_customer_orders(night: Night) -> None:
    """Bring the table ``customer_orders`` up to tonight's orders; see its SQL."""
    bring_up_to_date(night.warehouse, "customer_orders", night.query("customer_orders.sql"))


def bring_up_to_date(warehouse: Warehouse, name: str, rows: Query) -> None:
    """Make the table of that name, or bring it up to tonight's orders: rows of the customers who ever ordered.

    Args:
        warehouse: the night's.
        name: of the table, which has the column ``customer_id``.
        rows: a query over ``orders_of_customers``, the orders of those whose rows are made; a customer's rows come from
            the customer's own orders alone.
    """
    recipe = recipe_of(rows.sql, repr(sorted(rows.parameters.items())))
    is_amended = is_amendable(warehouse, name, recipe)
    if is_amended and not warehouse.scalar("select count(*) from orders_changed"):
        return
    which = OF_CHANGED_CUSTOMERS if is_amended else "customer_id is not null"
    warehouse.rows(f"create or replace temp view orders_of_customers as select * from {ORDERS.name} where {which}")
    obsolete = OF_CHANGED_CUSTOMERS if is_amended else None
    warehouse.amend(name, Amendment(obsolete, rows, remember=caught_up(warehouse, name, recipe)))

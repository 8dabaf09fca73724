"""What has changed in ``orders``, kept until every table made from them has caught up.

Each time ``orders`` is amended the change gets a number: the orders it touched stand in ``order_changes`` under it, the
rows they had before in ``order_versions``. ``caught_up`` says up to which change a table has been brought and what it
was made with. A table brought less far than the change at which ``orders`` were written anew is written anew too.
"""

from __future__ import annotations

import hashlib

from assets.statements import few_rows
from assets.tables import ORDERS
from assets.warehouse import Warehouse

_CHANGES, _VERSIONS, _CAUGHT_UP = "order_changes", "order_versions", "caught_up"
_LAID_OUT = "order_changes_laid_out"
_FORGOTTEN = "forgotten"
_DIFFERENCES = "kept_differences"
"""From which change on each kept difference tells what is other."""
OF_CHANGED_CUSTOMERS = "customer_id in (select customer_id from customers_changed)"
"""SQL condition: rows of the customers that :func:`is_amendable` lays out."""
COLUMNS_OF_CHANGED = (
    "order_no, source, order_id, customer_id, ordered_at, ordered_on, discount_value, net_value, channel, region, "
    "valid_from, voided_on"
)
"""What is read of the orders of customers who are looked at again."""
_ONE_IN = 8
"""Where more than one row in so many is to be made again, all are."""
_KEPT_CHANGES = 60
"""A table that has missed so many is written anew: the changes are not kept for it."""


def recipe_of(*texts: str) -> str:
    """A number for what a table is made with: statements, parameters, contracts."""
    return hashlib.sha256("".join(texts).encode()).hexdigest()


def forget_changes(warehouse: Warehouse) -> None:
    """Let ``orders`` and every table made from them be written anew; the numbers of changes go on."""
    _prepare(warehouse)
    latest = _latest(warehouse)
    for table in (_CHANGES, _VERSIONS, _LAID_OUT, _DIFFERENCES):
        warehouse.rows(f"drop table if exists {table}")
    warehouse.rows(f"delete from {_CAUGHT_UP}")
    warehouse.rows(f"insert into {_CAUGHT_UP} values ('{_FORGOTTEN}', '', {latest})")


def orders_are_made_with(warehouse: Warehouse, recipe: str) -> bool:
    """Whether ``orders`` are there and were last written with this recipe."""
    _prepare(warehouse)
    return warehouse.has(ORDERS.name) and _seen(warehouse, ORDERS.name, recipe) is not None


def note_new_orders(warehouse: Warehouse, recipe: str) -> tuple[str, ...]:
    """Statements that note that ``orders`` are written anew."""
    return (
        f"drop table if exists {_VERSIONS}",
        f"delete from {_CHANGES}",
        f"delete from {_CAUGHT_UP} where name = '{_FORGOTTEN}'",
        *_caught_up_statements(ORDERS.name, recipe, _latest(warehouse) + 1),
    )


def note_old_versions(warehouse: Warehouse, are_changed: str) -> tuple[str, ...]:
    """Statements that put the rows aside that are about to change; ``are_changed`` is their SQL condition."""
    number = _latest(warehouse) + 1
    return (f"insert into {_VERSIONS} select {number}, * from ({few_rows(ORDERS.name, are_changed)})",)


def note_changed_orders(warehouse: Warehouse, order_nos: str) -> tuple[str, ...]:
    """Statements that note which orders have changed, and drop what every table has seen."""
    number = _latest(warehouse) + 1
    behind = f"name <> '{ORDERS.name}' and change_no < {number - _KEPT_CHANGES}"
    all_saw = f"change_no <= (select min(change_no) from {_CAUGHT_UP} where name <> '{ORDERS.name}')"
    return (
        f"insert into {_CHANGES} select {number}, order_no from ({order_nos})",
        f"delete from {_CAUGHT_UP} where {behind}",
        f"delete from {_CHANGES} where {all_saw}",
        f"delete from {_VERSIONS} where {all_saw}",
    )


def is_amendable(warehouse: Warehouse, table: str, recipe: str) -> bool:
    """Whether to amend the table, and then what has changed since it was written.

    It is written anew where it is not there, was made with another recipe or from other ``orders``, or where much has
    changed. Side effect: the temporary tables ``orders_changed`` (``order_no``, and the ``change_no`` of the first
    change the table has not seen) and ``customers_changed`` (``customer_id``), of the customers who have or had one;
    where it is to be amended, ``orders_of_changed`` too: all their orders as they are, in ``COLUMNS_OF_CHANGED``.
    """
    _prepare(warehouse)
    seen = _seen(warehouse, table, recipe)
    anew = warehouse.scalar(f"select change_no from {_CAUGHT_UP} where name = '{ORDERS.name}'")
    if seen is None or anew is None or seen < anew or not warehouse.has(table):
        return False
    _lay_out(warehouse, seen)
    if not are_few(warehouse, "orders_changed", ORDERS.name):
        return False
    orders = few_rows(ORDERS.name, OF_CHANGED_CUSTOMERS, COLUMNS_OF_CHANGED)
    warehouse.keep_once("orders_of_changed", orders, _since(warehouse, seen))
    return True


def is_up_to_date(warehouse: Warehouse, table: str, recipe: str) -> bool:
    """Whether the table has seen every change and was made with this recipe; nothing is laid out."""
    orders = orders_as_they_are(warehouse)
    return orders is not None and warehouse.has(table) and _seen(warehouse, table, recipe) == orders


def are_few(warehouse: Warehouse, some: str, all_: str) -> bool:
    """Whether so few rows are to be made again that the others are left as they are."""
    return bool(warehouse.scalar(f"select {_ONE_IN} * (select count(*) from {some}) <= (select count(*) from {all_})"))


def _lay_out(warehouse: Warehouse, seen: int) -> None:
    """What has changed since then; most tables of a night ask for the same."""
    since = _since(warehouse, seen)
    if warehouse.has(_LAID_OUT) and warehouse.scalar(f"select since from {_LAID_OUT}") == since:
        return
    changes = f"select order_no, min(change_no) as change_no from {_CHANGES} where change_no > {seen} group by order_no"
    of_changed = f"select customer_id from {ORDERS.name} semi join orders_changed using (order_no)"
    before = f"select customer_id from {_VERSIONS} where change_no > {seen}"
    warehouse.rows(f"create or replace temp table orders_changed as {changes}")
    warehouse.rows(
        f"""create or replace temp table customers_changed as
        select distinct customer_id from ({before} union all {of_changed}) where customer_id is not null"""
    )
    warehouse.rows(f"create or replace temp table {_LAID_OUT} as select '{since}' as since")


def let_orders_of_customers_be_read(warehouse: Warehouse, orders: str | None) -> None:
    """Make the view ``orders_of_customers``: the rows of this table, or for None the orders of all known customers."""
    rows = orders or f"{ORDERS.name} where customer_id is not null"
    warehouse.rows(f"create or replace temp view orders_of_customers as select * from {rows}")


def orders_before(orders: str = "orders_of_changed") -> str:
    """SQL of the orders of ``customers_changed`` as they were when the table asked about was written.

    Args:
        orders: table of their orders as they are, and of further customers' whose orders have not changed.
    """
    return f"""
select {COLUMNS_OF_CHANGED} from {orders} anti join orders_changed using (order_no)
union all
select {COLUMNS_OF_CHANGED} from ({changed_orders_before()}) where customer_id is not null"""


def changed_orders_before() -> str:
    """SQL of ``orders_changed`` as they were when the table asked about was written, whoever placed them."""
    columns = ", ".join(column.name for column in ORDERS.columns)
    return f"select {columns} from {_VERSIONS} semi join orders_changed using (order_no, change_no)"


def note_difference(warehouse: Warehouse, table: str, recipe: str, kept_as: str, rows: str) -> tuple[str, ...]:
    """Statements that keep what an amended table was, or what is other in it, as ``kept_as``: for whoever reads both.

    Nothing is kept where nothing has changed: what was kept last is still the difference.

    Args:
        warehouse: where :func:`is_amendable` was asked about the table.
        table: the table that is amended.
        recipe: what it is made with.
        kept_as: table to keep the rows as.
        rows: SQL of the rows.
    """
    if not warehouse.scalar("select count(*) from orders_changed"):
        return ()
    seen = _seen(warehouse, table, recipe)
    return (
        f"create or replace table {kept_as} as {rows}",
        *forget_difference(kept_as),
        f"insert into {_DIFFERENCES} values ('{kept_as}', {seen or 0})",
    )


def forget_difference(kept_as: str) -> tuple[str, ...]:
    """The statement that notes that the table is written anew."""
    return (f"delete from {_DIFFERENCES} where name = '{kept_as}'",)


def has_difference(warehouse: Warehouse, asking: str, recipe: str, table: str, kept_as: str) -> bool | None:
    """Whether the kept difference is what has changed in the table since the asking one was made from it.

    False: nothing has. None: what has changed is not known, and the asking table has to be made anew.
    """
    _prepare(warehouse)
    seen = _seen(warehouse, asking, recipe) if warehouse.has(asking) else None
    numbers = dict(warehouse.rows(f"select name, change_no from {_CAUGHT_UP}"))
    latest = _latest(warehouse)
    if seen is None or numbers.get(table) != latest:
        return None
    if seen == latest:
        return False
    since = warehouse.scalar(f"select change_no from {_DIFFERENCES} where name = '{kept_as}'")
    return True if since == seen else None


def has_seen_all(warehouse: Warehouse, table: str) -> bool:
    """Whether the table has been brought up to the latest change, whatever it is made with."""
    return _reached(warehouse, table) == _latest(warehouse)


def forget(table: str) -> tuple[str, ...]:
    """The statement by which the table is written anew the next time."""
    return (f"delete from {_CAUGHT_UP} where name = '{table}'",)


def caught_up_with(warehouse: Warehouse, asking: str, recipe: str, table: str) -> tuple[str, ...]:
    """Statements that note that the asking table has been brought up to what the other one was brought up to."""
    number = _reached(warehouse, table)
    return forget(asking) if number is None else _caught_up_statements(asking, recipe, number)


def caught_up(warehouse: Warehouse, table: str, recipe: str) -> tuple[str, ...]:
    """Statements that note that the table has been brought up to the latest change, made with this recipe.

    :func:`is_amendable` has been asked about the table before.
    """
    return _caught_up_statements(table, recipe, _latest(warehouse))


def orders_as_they_are(warehouse: Warehouse) -> int | None:
    """A number that is another one as soon as ``orders`` are; None where they were not written by a night."""
    _prepare(warehouse)
    if not warehouse.scalar(f"select count(*) from {_CAUGHT_UP} where name = '{ORDERS.name}'"):
        return None
    return _latest(warehouse)


def _reached(warehouse: Warehouse, table: str) -> int | None:
    """The change that the table was brought up to, whatever it is made with."""
    return warehouse.scalar(f"select change_no from {_CAUGHT_UP} where name = '{table}'")


def _since(warehouse: Warehouse, seen: int) -> str:
    return f"{seen} {_latest(warehouse)}"


def _prepare(warehouse: Warehouse) -> None:
    warehouse.rows(f"create table if not exists {_CAUGHT_UP} (name VARCHAR, recipe VARCHAR, change_no BIGINT)")
    warehouse.rows(f"create table if not exists {_CHANGES} (change_no BIGINT, order_no UBIGINT)")
    warehouse.rows(f"create table if not exists {_DIFFERENCES} (name VARCHAR, change_no BIGINT)")
    if warehouse.has(ORDERS.name):
        warehouse.rows(
            f"create table if not exists {_VERSIONS} as select 0::bigint as change_no, * from {ORDERS.name} limit 0"
        )


def _seen(warehouse: Warehouse, table: str, recipe: str) -> int | None:
    number: int | None = warehouse.scalar(
        f"select change_no from {_CAUGHT_UP} where name = $name and recipe = $recipe",
        {"name": table, "recipe": recipe},
    )
    return number


def _latest(warehouse: Warehouse) -> int:
    return int(
        warehouse.scalar(
            f"""select coalesce(max(change_no), 0)
            from (select change_no from {_CAUGHT_UP} union all select change_no from {_CHANGES})"""
        )
    )


def _caught_up_statements(table: str, recipe: str, number: int) -> tuple[str, ...]:
    return (
        f"delete from {_CAUGHT_UP} where name = '{table}'",
        f"insert into {_CAUGHT_UP} values ('{table}', '{recipe}', {number})",
    )

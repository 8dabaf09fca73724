"""The facts night by night: only what the night's files changed is worked out again.

Order lines are written nowhere: they are a statement over the landed rows and a few small tables of what is other than
it landed. What is kept is their sums by file, order and day. The lines of a file are a function of its landed rows,
which never change, and of a few things that seldom do: which of its rows do not count, the orders it shares with other
files, exchange rates, identities. All of these together are one number per file; the file's sums are made again when
the number is another one, then the orders they belong to, then the days of those orders' customers.

``changed_orders`` holds whose turn it is: the step that changes ``order_flows`` fills it in its own transaction, the
step that makes ``orders`` empties it. Where it is missing, everything's turn it is. For the tables made from ``orders``
the changes are kept in ``assets.amended.order_changes``.
"""

from __future__ import annotations

import re

from assets.amended.order_changes import (
    OF_CHANGED_CUSTOMERS,
    caught_up,
    forget_changes,
    forget_difference,
    is_amendable,
    let_orders_of_customers_be_read,
    note_changed_orders,
    note_difference,
    note_new_orders,
    note_old_versions,
    orders_are_made_with,
    recipe_of,
)
from assets.amended.people import CHANGED_ACCOUNTS, forget_people
from assets.kept_frames import forget_kept_frames
from assets.landing.batches import ROWS_AT_ONCE
from assets.landing.judging import LANDED_TABLE
from assets.night import Night
from assets.statements import Amendment, Query, View, few_rows, literal, sql_text, with_literals
from assets.tables import CHURN_LEARNED, CUSTOMER_DAYS, ORDER_FLOWS, ORDERS
from assets.warehouse import Warehouse

FLOWS_MADE_OF, SALES_MADE_OF = "order_flows_made_of", "sales_cells_made_of"
DAYS_BEFORE = "customer_days_before"
_CHANGED_ORDERS = "changed_orders"
_BEFORE, _NOW = "flows_before", "flows_now"
_SAME = "made.content_no = contents.content_no and made.made_of = contents.made_of"
_LANDED_LINES = LANDED_TABLE["transactions"]
_KEPT = {"row_outcomes": "lines_not_counted", "customer_identities": "united_accounts"}


def lines_of_the_night(night: Night) -> View:
    """The clean order lines, read where they landed.

    Side effect: the tables ``order_accounts``, ``line_rates``, ``lines_not_counted``, ``united_accounts`` and
    ``contents_tonight`` that the statement reads, and the view ``clean_lines``, which has the numbers of content and
    order too; of a part of them, ``lines_to_sum`` by file and ``lines_to_count`` by order.
    """
    warehouse = night.warehouse
    _keep(night, "order_accounts", "landing/order_accounts.sql")
    rates = line_rates(night)
    warehouse.rows(f"create or replace table line_rates as {rates.sql}", dict(rates.parameters))
    warehouse.rows("create or replace table lines_not_counted as select content_no, line_number from row_outcomes")
    warehouse.rows(
        """create or replace table united_accounts as
        select account_id, customer_id from customer_identities where account_id <> customer_id"""
    )
    texts = (sql_text("order_lines.sql"), sql_text("landing/order_flows.sql"), repr(ORDER_FLOWS))
    _keep(night, "contents_tonight", "landing/clean_contents.sql", recipe=recipe_of(*texts))
    lines = with_literals(night.query("order_lines.sql"))
    for name, kept in _KEPT.items():
        lines = re.sub(rf"\b{name}\b", kept, lines)
    warehouse.rows(f"create or replace view clean_lines as {lines}")
    among_changed = re.sub(r"\bcontents_tonight\b", "contents_to_sum", lines)
    warehouse.rows("create or replace table contents_to_sum as from contents_tonight limit 0")
    warehouse.rows(f"create or replace view lines_to_sum as {among_changed}")
    none = f"select 0::ubigint as order_no, content_no from {_LANDED_LINES} limit 0"
    _lay_out_orders_to_count(warehouse, none, flows=f"({none})")
    # The orders are looked for where the lines landed, by a number: behind the other joins every line would pass them.
    warehouse.rows(
        f"""create or replace view landed_lines_to_count as
        select * from {_LANDED_LINES}
        semi join orders_to_count on order_no = order_hash
        semi join contents_to_count using (content_no)"""
    )
    to_count = re.sub(rf"\b{_LANDED_LINES}\b", "landed_lines_to_count", lines)
    warehouse.rows(f"create or replace view lines_to_count as {to_count}")
    return View(Query("select * from clean_lines"), night.query("landing/clean_line_count.sql"))


def line_rates(night: Night) -> Query:
    """The rate of every line of the files in force that is converted; reads ``row_outcomes``."""
    judged = sql_text("landing/line_rates.sql").replace("__outcomes__", "row_outcomes")
    converted = f"select content_no, line_number, rate from ({judged}) where outcome is null"
    return Query(converted, {"base_currency": night.configuration.business.currency})


def changed_flows(night: Night) -> Amendment:
    """What is different in ``order_flows`` since it was last written, whichever night that was for.

    Side effect: the tables ``contents_changed`` and, of a part of them, ``contents_to_sum``, which its SQL reads.
    """
    warehouse = night.warehouse
    warehouse.rows("create or replace table contents_to_sum as from contents_tonight limit 0")
    warehouse.rows(f"create table if not exists {FLOWS_MADE_OF} (content_no BIGINT, made_of UBIGINT)")
    changed = f"select * from contents_tonight as contents anti join {FLOWS_MADE_OF} as made on {_SAME}"
    rows, rows_changed = warehouse.rows(
        f"select (select sum(rows) from contents_tonight), (select sum(rows) from ({changed}))"
    )[0]
    is_new = not warehouse.has(ORDER_FLOWS.name) or 2 * (rows_changed or 0) >= (rows or 0)
    warehouse.rows(
        f"create or replace table contents_changed as {'select * from contents_tonight' if is_new else changed}"
    )
    remember = f"create or replace table {FLOWS_MADE_OF} as select content_no, made_of from contents_tonight"
    flows = night.query("landing/order_flows.sql")
    parts = _parts_of_contents(warehouse)
    if is_new:
        forget = tuple(f"drop table if exists {changes}" for changes in (_CHANGED_ORDERS, CHANGED_ACCOUNTS))
        return Amendment(None, flows, parts, remember=(remember, *forget))
    obsolete = f"""content_no in (
        select made.content_no from {FLOWS_MADE_OF} as made anti join contents_tonight as contents on {_SAME})"""
    now = f"{ORDER_FLOWS.name} semi join contents_changed using (content_no)"
    return Amendment(
        obsolete,
        flows,
        parts,
        first=(f"create or replace temp table {_BEFORE} as from {ORDER_FLOWS.name} where {obsolete}",),
        remember=(f"create or replace temp table {_NOW} as from {now}", *_note_different_flows(warehouse), remember),
    )


def _note_different_flows(warehouse: Warehouse) -> tuple[str, ...]:
    """Statements that add to what has changed the orders whose flows are other than they were, and their accounts.

    A file may have changed for the sake of a few lines: one not done with on the night before, or delivered again. An
    order of which every flow is as it was has changed only where its products are counted from the lines.
    """
    both = " union all ".join(
        f"select flows.order_no, {sign} as sign, cast(hash(flows) as hugeint) as content "
        f"from (select * exclude (content_no) from {table}) as flows"
        for table, sign in ((_BEFORE, -1), (_NOW, 1))
    )
    different = f"""select order_no from ({both})
        group by order_no having sum(sign) <> 0 or sum(sign * content) <> 0"""
    counted_from_lines = f"""select order_no from {_NOW} where products is null
        union
        select order_no from {ORDER_FLOWS.name} semi join {_NOW} using (order_no)
        where product_lines > 0 group by order_no having count(*) > 1"""
    accounts = " union ".join(
        f"select account_id from {table} semi join flows_different using (order_no)" for table in (_BEFORE, _NOW)
    )
    noted = {
        _CHANGED_ORDERS: f"select order_no from flows_different union {counted_from_lines}",
        CHANGED_ACCOUNTS: accounts,
    }
    return (
        f"create or replace temp table flows_different as {different}",
        *(f"insert into {changes} {which}" for changes, which in noted.items() if warehouse.has(changes)),
        *(f"drop table {flows}" for flows in (_BEFORE, _NOW, "flows_different")),
    )


def _parts_of_contents(warehouse: Warehouse) -> tuple[str, ...]:
    """Statements for the contents that changed, so many at a time that their sums are made in memory."""
    return tuple(
        f"create or replace table contents_to_sum as from contents_changed where content_no between {first} and {last}"
        for first, last in warehouse.rows(
            f"""select min(content_no), max(content_no)
            from (select *, (sum(rows) over (order by content_no) - rows) // {ROWS_AT_ONCE} as part
                from contents_changed)
            group by part order by part"""
        )
    )


def changed_orders(night: Night) -> Amendment:
    """What is different in ``orders`` since it was last written.

    Side effect: the view ``flows_to_sum`` and the tables ``orders_in_parts``, ``orders_to_count`` and
    ``contents_to_count``, which its SQL reads.
    """
    warehouse = night.warehouse
    rows = night.query("orders.sql", minimum_order_value=night.configuration.measures.minimum_order_value)
    of_changed = f"order_no in (select order_no from {_CHANGED_ORDERS})"
    recipe = recipe_of(rows.sql, repr(rows.parameters), repr(ORDERS))
    is_new = (
        not orders_are_made_with(warehouse, recipe)
        or not warehouse.has(_CHANGED_ORDERS)
        or warehouse.scalar(
            f"select 4 * (select count(*) from {_CHANGED_ORDERS}) >= (select count(*) from {ORDERS.name})"
        )
    )
    flows = f"select * from {ORDER_FLOWS.name} where lines > 0"
    if not is_new:
        found = few_rows(ORDER_FLOWS.name, f"lines > 0 and {of_changed}")
        warehouse.rows(f"create or replace table flows_of_changed_orders as {found}")
        flows = "select * from flows_of_changed_orders"
    warehouse.rows(f"create or replace view flows_to_sum as {_by_source_of_orders(night, flows)}")
    _find_parts(warehouse)
    none_changed = f"create or replace table {_CHANGED_ORDERS} (order_no UBIGINT)"
    if is_new:
        return Amendment(None, rows, remember=(*note_new_orders(warehouse, recipe), none_changed))
    changed = f"select order_no from {_CHANGED_ORDERS}"
    return Amendment(
        of_changed,
        rows,
        first=note_old_versions(warehouse, of_changed),
        remember=(*note_changed_orders(warehouse, changed), none_changed),
    )


def _by_source_of_orders(night: Night, flows: str) -> str:
    """The flows with the source whose orders they are, where some rows are of another's orders.

    Written out: a join with ``configured_sources`` would carry its names as dictionaries through the joins behind it.
    """
    others = [source for source in night.configuration.sources if source.orders_of is not None]
    if not others:
        return flows
    order_source = " ".join(f"when {literal(source.name)} then {literal(source.order_source)}" for source in others)
    return f"select * replace (case source {order_source} else source end as source) from ({flows})"


def _find_parts(warehouse: Warehouse) -> None:
    """Find the orders of ``flows_to_sum`` that are several flows, and those whose products have to be counted.

    What two parts sold may be the same product, and so may two lines of one.
    """
    warehouse.rows(
        """create or replace table orders_in_parts as
        select order_no, count(case when product_lines > 0 then 1 end) as parts_with_products
        from flows_to_sum
        group by order_no
        having count(*) > 1"""
    )
    _lay_out_orders_to_count(
        warehouse,
        """select order_no from flows_to_sum where products is null
        union
        select order_no from orders_in_parts where parts_with_products > 1""",
        flows="flows_to_sum",
    )


def _lay_out_orders_to_count(warehouse: Warehouse, numbers: str, *, flows: str) -> None:
    """Make ``orders_to_count``, those of these numbers, and ``contents_to_count``, where their lines landed."""
    warehouse.rows(f"create or replace table orders_to_count as select order_no from ({numbers})")
    warehouse.rows(
        f"""create or replace table contents_to_count as
        select distinct content_no from {flows} semi join orders_to_count using (order_no)"""
    )


def changed_customer_days(night: Night) -> Amendment:
    """What is different in ``customer_days`` since it was last written.

    Side effect: the views ``flows_of_customers`` and ``orders_of_customers``, which its SQL reads.
    """
    warehouse = night.warehouse
    rows = night.query("customer_days.sql")
    recipe = recipe_of(rows.sql, repr(CUSTOMER_DAYS))
    is_amended = is_amendable(warehouse, CUSTOMER_DAYS.name, recipe)
    which = OF_CHANGED_CUSTOMERS if is_amended else "customer_id is not null"
    found = few_rows if is_amended else "select * from {} where {}".format
    flows = found(ORDER_FLOWS.name, f"lines > 0 and {which}")
    warehouse.rows(f"create or replace temp view flows_of_customers as {flows}")
    let_orders_of_customers_be_read(warehouse, "orders_of_changed" if is_amended else None)
    remember = caught_up(warehouse, CUSTOMER_DAYS.name, recipe)
    if not is_amended:
        return Amendment(None, rows, remember=(*forget_difference(DAYS_BEFORE), *remember))
    old = few_rows(CUSTOMER_DAYS.name, OF_CHANGED_CUSTOMERS)
    before = note_difference(warehouse, CUSTOMER_DAYS.name, recipe, DAYS_BEFORE, old)
    return Amendment(OF_CHANGED_CUSTOMERS, rows, first=before, remember=remember)


def forget_amendments(warehouse: Warehouse) -> None:
    """Let the next night write every amended table anew, whatever it is made of, and learn and judge anew."""
    for table in (FLOWS_MADE_OF, SALES_MADE_OF, _CHANGED_ORDERS, CHURN_LEARNED.name):
        warehouse.rows(f"drop table if exists {table}")
    forget_changes(warehouse)
    forget_people(warehouse)
    forget_kept_frames(warehouse)


def _keep(night: Night, name: str, file_name: str, **parameters: object) -> None:
    asked = night.query(file_name, **parameters)
    night.warehouse.rows(f"create or replace table {name} as {asked.sql}", dict(asked.parameters) or None)

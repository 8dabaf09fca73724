"""Who is known and what they answered: put together again only where something that is said of them has changed.

A customer is made of rows of customer files, of answers, of order lines and of the orders' own facts. Those are remade
of whom a file speaks that is other than it was, or whose orders have changed; and then what they answered, and the
scopes it counts in. What depends on the night's date alone, such as an age, is worked out where it is read.

``changed_accounts``, ``customers_remade`` and ``responses_remade`` hold whose turn it is: each is filled by the step
before and emptied by the one that has caught up. Where one is missing, everybody's turn it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

from assets.amended import answer_cells
from assets.amended.customer_orders import count_customer_orders
from assets.amended.order_changes import are_few, caught_up, is_amendable, recipe_of
from assets.night import Night
from assets.statements import Amendment, View, literal, sql_text
from assets.tables import SURVEY_RESPONSES, SURVEY_SCOPES
from assets.warehouse import Warehouse

CHANGED_ACCOUNTS = "changed_accounts"
"""Accounts of the order lines that have changed; ``order_flows`` notes them."""
_CUSTOMERS_REMADE, _RESPONSES_REMADE = "customers_remade", "responses_remade"
_KNOWN = "known_customers"
_ROWS_OF_ACCOUNTS = {
    "customer_rows": ("landed_customers", "customer_id"),
    "survey_rows": ("landed_surveys", "customer_id"),
    "account_flows": ("order_flows", "account_id"),
}
_CONTENTS = "landing/people_contents.sql"
_COUNTED = "customer_orders"
_AT_ONCE = 2_000_000
"""Rows of customers, filed or with an order, that are put together at once: about so many texts are held in memory."""
_SAMPLE = 10_000


def known_customers(night: Night) -> View:
    """The customers as they are tonight.

    Side effect: the tables ``customer_orders`` and ``known_customers`` that the statement reads.
    """
    warehouse = night.warehouse
    count_customer_orders(night)
    warehouse.keep("people_tonight", night.query(_CONTENTS))
    rows = night.query("known_customers.sql")
    recipe = recipe_of(rows.sql, _circumstances(night))
    is_amended = (
        is_amendable(warehouse, _KNOWN, recipe)
        and warehouse.has(CHANGED_ACCOUNTS)
        and _lay_out_contents(night, _KNOWN)
        and _lay_out_customers(warehouse)
    )
    among = "{0} in (select account_id from accounts_to_make)".format
    parts = (_lay_out_accounts(among),) if is_amended else _parts_of_accounts(warehouse)
    remember = (
        *_note(warehouse, _CUSTOMERS_REMADE, "customers_to_make", are_some=is_amended),
        f"create or replace table {CHANGED_ACCOUNTS} (account_id VARCHAR)",
        *_remember_contents(_KNOWN),
        *caught_up(warehouse, _KNOWN, recipe),
    )
    obsolete = "customer_id in (select customer_id from customers_to_make)" if is_amended else None
    warehouse.amend(_KNOWN, Amendment(obsolete, rows, parts, remember=remember))
    return View(night.query("customers.sql"))


def changed_responses(night: Night) -> Amendment:
    """What is different in ``survey_responses`` since it was last written.

    Side effect: the view ``survey_rows``, which its SQL reads.
    """
    warehouse = night.warehouse
    warehouse.keep("people_tonight", night.query(_CONTENTS))
    rows = night.query("survey_responses.sql")
    # With the cells' statement: where answers come to other cells than they did, none can be taken off those there are.
    recipe = recipe_of(rows.sql, repr(SURVEY_RESPONSES), repr(answer_cells.cells_query()), _circumstances(night))
    is_amended = (
        is_amendable(warehouse, SURVEY_RESPONSES.name, recipe)
        and warehouse.has(_CUSTOMERS_REMADE)
        and _lay_out_contents(night, SURVEY_RESPONSES.name)
        and _lay_out_responses(warehouse)
    )
    _lay_out_surveys(warehouse, are_some=is_amended)
    # What a night that ended before the scopes were made again has taken off already is still in the log.
    counted = f"from responses_to_make anti join {_RESPONSES_REMADE} using (source, response_id)"
    is_logged = is_amended and warehouse.has(_RESPONSES_REMADE)
    return Amendment(
        _of_responses(SURVEY_RESPONSES.name) if is_amended else None,
        rows,
        first=answer_cells.taken_off(warehouse, counted) if is_logged else (),
        remember=(
            *_note(warehouse, _RESPONSES_REMADE, "responses_to_make", are_some=is_amended),
            f"create or replace table {_CUSTOMERS_REMADE} (customer_id VARCHAR)",
            *_remember_contents(SURVEY_RESPONSES.name),
            *caught_up(warehouse, SURVEY_RESPONSES.name, recipe),
        ),
    )


def changed_scopes(night: Night) -> Amendment:
    """What is different in ``survey_scopes`` since it was last written.

    Side effect: the views ``survey_rows`` and ``responses_to_place``, which its SQL reads. With the scopes the answers
    are counted anew, too (:mod:`assets.amended.answer_cells`).
    """
    warehouse = night.warehouse
    rows = night.query("landing/survey_scopes.sql")
    recipe = recipe_of(rows.sql, repr(SURVEY_SCOPES), repr(answer_cells.cells_query()))
    is_amended = (
        is_amendable(warehouse, SURVEY_SCOPES.name, recipe)
        and warehouse.has(_RESPONSES_REMADE)
        and warehouse.has(answer_cells.ANSWER_CELLS)
    )
    if is_amended:
        warehouse.keep("responses_to_make", f"select distinct * from {_RESPONSES_REMADE}")
    _lay_out_surveys(warehouse, are_some=is_amended)
    among = " semi join responses_to_make using (source, response_id)" if is_amended else ""
    warehouse.rows(f"create or replace temp view responses_to_place as select * from {SURVEY_RESPONSES.name}{among}")
    counted = answer_cells.added("from responses_to_make") if is_amended else answer_cells.counted_anew()
    emptied = f"create or replace table {_RESPONSES_REMADE} (source VARCHAR, response_id VARCHAR)"
    return Amendment(
        _of_responses(SURVEY_SCOPES.name) if is_amended else None,
        rows,
        remember=(*counted, emptied, *caught_up(warehouse, SURVEY_SCOPES.name, recipe)),
    )


def forget_people(warehouse: Warehouse) -> None:
    """Let everybody be put together anew."""
    for table in (CHANGED_ACCOUNTS, _CUSTOMERS_REMADE, _RESPONSES_REMADE):
        warehouse.rows(f"drop table if exists {table}")


def _circumstances(night: Night) -> str:
    """What everybody depends on: which accounts are one customer, and how the sources' files are read."""
    found = night.warehouse.rows(
        """select
            (select bit_xor(hash(hash(account_id, customer_id)))
                from customer_identities where account_id <> customer_id),
            (select list((source, mapping) order by source) from configured_sources)"""
    )
    return repr(found) + sql_text(_CONTENTS)


def _lay_out_contents(night: Night, table: str) -> bool:
    """Whether it is known what the table was made of; then ``contents_changed_tonight``, those that are other now.

    Of a content of which only the date up to which it is known has moved, the rows dated between are other: after
    ``after_on``, up to ``until_on``. Both are NULL where all rows are.
    """
    made_of = f"{table}_made_of"
    if not night.warehouse.has(made_of):
        return False
    now, then = (f"select content_no, made_of from {one}" for one in ("people_tonight", made_of))
    night.warehouse.keep(
        "contents_changed_tonight",
        f"""select distinct content_no, cast(null as date) as after_on, cast(null as date) as until_on
        from (({now} except {then}) union all ({then} except {now}))
        union all
        select content_no, least(made.seen_until, tonight.seen_until), greatest(made.seen_until, tonight.seen_until)
        from people_tonight as tonight
        join {made_of} as made using (content_no, made_of)
        where made.seen_until <> tonight.seen_until""",
    )
    return True


def _changed_tonight(table: str, moment: str) -> str:
    """SQL of a landed table's rows that count tonight and did not before, or the other way round."""
    return f"""{table} as landed
        join contents_changed_tonight as changed
            on changed.content_no = landed.content_no
                and (
                    changed.after_on is null
                    or (cast({moment} as date) > changed.after_on and cast({moment} as date) <= changed.until_on)
                )"""


def _lay_out_customers(warehouse: Warehouse) -> bool:
    """Whether few have to be remade: ``customers_to_make``, and all accounts of theirs, ``accounts_to_make``."""
    warehouse.keep(
        "customers_to_make",
        f"""with named as (
            select account_id from {CHANGED_ACCOUNTS}
            union all
            select landed.customer_id from {_changed_tonight("landed_customers", "landed.acquired_at")}
            union all
            select landed.customer_id from {_changed_tonight("landed_surveys", "landed.responded_at")}
        )
        select coalesce(identities.customer_id, named.account_id) as customer_id
        from named
        left join customer_identities as identities on identities.account_id = named.account_id
        where named.account_id is not null
        union
        select customer_id from customers_changed""",
    )
    warehouse.keep(
        "accounts_to_make",
        """select customer_id as account_id from customers_to_make
        union
        select account_id from customer_identities semi join customers_to_make using (customer_id)""",
    )
    return are_few(warehouse, "customers_to_make", _KNOWN)


def _lay_out_accounts(among: Callable[[str], str]) -> str:
    """Statements that let the rows of some accounts be read: those of which ``among`` a column's name is the SQL."""
    return ";\n".join(
        f"create or replace temp view {view} as select * from {table} where {among(account)}"
        for view, (table, account) in _ROWS_OF_ACCOUNTS.items()
    )


def _parts_of_accounts(warehouse: Warehouse) -> tuple[str, ...]:
    """Statements that lay out everybody's rows, so many customers at a time, by ranges of their ids."""
    customers = f"select customer_id from {_COUNTED} union all select customer_id from landed_customers"
    counted = int(warehouse.scalar(f"select count(*) from ({customers})"))
    asked = f"select customer_id from ({customers}) using sample reservoir({_SAMPLE} rows) repeatable (1)"
    drawn = sorted(name for (name,) in warehouse.rows(asked) if name is not None) if counted > _AT_ONCE else []
    parts = -(-counted // _AT_ONCE) if drawn else 1
    bounds = [None, *sorted({drawn[len(drawn) * part // parts] for part in range(1, parts)}), None]
    are_united = warehouse.scalar("select exists (from customer_identities where account_id <> customer_id)")
    return tuple(
        _lay_out_accounts(partial(_is_between, first=first, last=last, are_united=are_united))
        for first, last in pairwise(bounds)
    )


def _is_between(account: str, first: str | None, last: str | None, *, are_united: bool) -> str:
    """The condition that the account is of a customer from ``first`` on and before ``last``."""

    def lies_between(name: str) -> str:
        lowest = f"{name} >= {literal(first)}" if first is not None else "true"
        return f"{lowest} and {name} < {literal(last)}" if last is not None else lowest

    if not are_united or (first is None and last is None):
        return lies_between(account)
    united = "select account_id from customer_identities where account_id <> customer_id"
    return f"""(({lies_between(account)} and {account} not in ({united}))
        or {account} in ({united} and {lies_between("customer_id")}))"""


def _lay_out_responses(warehouse: Warehouse) -> bool:
    """Whether few have to be remade: ``responses_to_make``."""
    warehouse.keep(
        "responses_to_make",
        f"""select contents.source, landed.response_id
        from {_changed_tonight("landed_surveys", "landed.responded_at")}
        join landed_contents as contents on contents.content_no = landed.content_no
        where landed.response_id is not null
        union
        select source, response_id from {SURVEY_RESPONSES.name} semi join {_CUSTOMERS_REMADE} using (customer_id)""",
    )
    return are_few(warehouse, "responses_to_make", SURVEY_RESPONSES.name)


def _lay_out_surveys(warehouse: Warehouse, *, are_some: bool) -> None:
    """Let ``survey_rows`` be the landed rows of the responses that are to be made; of all where all are."""
    of_some = """select landed.*
        from landed_surveys as landed
        join landed_contents as contents on contents.content_no = landed.content_no
        semi join responses_to_make as made
            on made.source = contents.source and made.response_id = landed.response_id"""
    rows = of_some if are_some else "select * from landed_surveys"
    warehouse.rows(f"create or replace temp view survey_rows as {rows}")


def _of_responses(table: str) -> str:
    """SQL condition: the rows of the table that belong to the responses that are to be made."""
    return f"rowid in (select rowid from {table} semi join responses_to_make using (source, response_id))"


def _note(warehouse: Warehouse, log: str, remade: str, *, are_some: bool) -> tuple[str, ...]:
    """The statement that tells the next step who was remade; where all were, there is nothing to tell."""
    if not are_some:
        return (f"drop table if exists {log}",)
    return (f"insert into {log} select * from {remade}",) if warehouse.has(log) else ()


def _remember_contents(table: str) -> tuple[str, ...]:
    return (f"create or replace table {table}_made_of as from people_tonight",)

"""What is found out about landed rows once and for all, so that no night has to look at every row.

Counts and money per content, the rows set aside, the rows whose identity occurs more than once, and the orders whose
lines disagree on their customer. The last two are over everything that ever landed: what a night knows of it is among
them. They are found by whole numbers; a night then compares texts, so that two identities that meet in a number part
again.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from assets.landing.batches import ROWS_AT_ONCE
from assets.landing.judging import KEY, LANDED_TABLE, PARENT
from assets.warehouse import Query, Warehouse, query, sql_text

Numbers = npt.NDArray[np.uint64]

MOST_PARTS = 16
"""Every part reads all the numbers: more parts than this would make the cost grow faster than the rows."""
_NO_MONEY = "null::varchar as currency, null::varchar as kind, null::decimal(38, 8) as raw_amount"
_FACTS = {
    "transactions": "landed.currency, landed.kind, landed.raw_amount, cast(landed.ordered_at as date) as event_on",
    "surveys": f"{_NO_MONEY}, cast(landed.responded_at as date) as event_on",
    "customers": f"{_NO_MONEY}, cast(landed.acquired_at as date) as event_on",
    "exchange_rates": f"{_NO_MONEY}, landed.rated_on as event_on",
}


def summarise_new_rows(warehouse: Warehouse) -> None:
    """Take the contents that landed since the last time into the summaries: all of them or none."""
    warehouse.rows(
        """create or replace temp table new_contents as
        select content_no from landed_contents anti join summarised_contents using (content_no)"""
    )
    if not warehouse.scalar("select count(*) from new_contents"):
        return
    with warehouse.transaction():
        warehouse.rows(f"insert into landed_counts {query('landing/new_counts.sql').sql}")
        warehouse.rows(f"insert into landed_set_aside {query('landing/new_set_aside.sql').sql}")
        for kind in LANDED_TABLE:
            _keep_repeated_rows(warehouse, kind)
        _keep_split_orders(warehouse)
        warehouse.rows("insert into summarised_contents select content_no from new_contents")


def _keep_repeated_rows(warehouse: Warehouse, kind: str) -> None:
    """Keep the rows of identities that occur more than once, as soon as they do: the earlier ones and each new one."""
    landed = LANDED_TABLE[kind]
    found = [_repeated(rows["number"].to_numpy()) for rows in _numbers(warehouse, landed, "identity")]
    repeats = pl.DataFrame({"identity": np.concatenate([*found, np.empty(0, np.uint64)])})
    if repeats.is_empty():
        return
    with warehouse.lent("_repeats", repeats):
        warehouse.rows(
            """create or replace temp table new_repeats as
            select identity, identity in (select identity from repeated_rows where source_kind = $kind) as is_known
            from _repeats""",
            {"kind": kind},
        )
    text = sql_text("landing/new_repeated_rows.sql")
    for place, sql in {"landed": landed, "parent": PARENT[kind], "key": KEY[kind], "facts": _FACTS[kind]}.items():
        text = text.replace(f"__{place}__", sql)
    warehouse.rows(f"insert into repeated_rows by name {text}", {"kind": kind})


def _keep_split_orders(warehouse: Warehouse) -> None:
    """Keep the orders whose landed lines name several customers, or only some of them one."""
    parts = _numbers(warehouse, LANDED_TABLE["transactions"], "order_hash", "hash(customer_id) as customer")
    found = [_split(rows["number"].to_numpy(), rows["customer"].to_numpy()) for rows in parts]
    with warehouse.lent("_split", pl.DataFrame({"order_hash": np.concatenate([*found, np.empty(0, np.uint64)])})):
        warehouse.rows("insert into split_orders select * from _split anti join split_orders using (order_hash)")


def _numbers(warehouse: Warehouse, landed: str, number: str, *others: str) -> Iterator[pl.DataFrame]:
    """The numbers of a landed table that new rows have, of all its rows that have them, a range at a time."""
    new, rows = warehouse.rows(
        f"""select (select count(*) from {landed} semi join new_contents using (content_no)),
            (select count(*) from {landed})"""
    )[0]
    if not new:
        return
    among_new = ""
    if 2 * new <= rows:
        wanted = f"select distinct {number} from {landed} semi join new_contents using (content_no)"
        warehouse.keep("new_numbers", Query(wanted, {}))
        among_new = f"semi join new_numbers using ({number})"
    parts = min(MOST_PARTS, 1 + (new if among_new else rows) // ROWS_AT_ONCE)
    selected = ", ".join([f"{number} as number", *others])
    for part in range(parts):
        first, last = part * 2**64 // parts, (part + 1) * 2**64 // parts - 1
        # The range is asked of the column alone: whatever is computed of it is computed of every row.
        within = f"{number} between {first}::ubigint and {last}::ubigint"
        yield warehouse.frame(Query(f"select {selected} from {landed} {among_new} where {within}", {}))


def _repeated(numbers: Numbers) -> Numbers:
    """The numbers that occur more than once, each once.

    >>> _repeated(np.array([7, 3, 7, 9, 7, 3], np.uint64))
    array([3, 7], dtype=uint64)
    """
    # Sorted as plain numbers they take a fifth of the time of a grouping.
    ordered = np.sort(numbers)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def _split(orders: Numbers, customers: Numbers) -> Numbers:
    """The orders that stand beside more than one customer, each once.

    >>> _split(np.array([5, 5, 6, 6, 5], np.uint64), np.array([1, 1, 2, 2, 3], np.uint64))
    array([5], dtype=uint64)
    """
    # The lines of an order mostly lie together and agree: of such only the first is compared with the rest.
    is_first = np.ones(len(orders), bool)
    is_first[1:] = (orders[1:] != orders[:-1]) | (customers[1:] != customers[:-1])
    orders, customers = orders[is_first], customers[is_first]
    order = np.argsort(orders)
    orders, customers = orders[order], customers[order]
    return np.unique(orders[1:][(orders[1:] == orders[:-1]) & (customers[1:] != customers[:-1])])

"""What is found out about landed rows once and for all, so that no night has to look at every row.

Counts and money per content, the rows set aside, the rows whose identity occurs more than once, and the orders whose
lines disagree on their customer. The last two are over everything that ever landed: what a night knows of it is among
them. They are found by whole numbers; a night then compares texts, so that two identities that meet in a number part
again.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from assets.landing.batches import ROWS_AT_ONCE
from assets.landing.judging import KEY, LANDED_TABLE, PARENT
from assets.statements import few_rows, ranges_of, sql_text
from assets.warehouse import Numbers, Warehouse

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
        warehouse.rows(f"insert into landed_counts {sql_text('landing/new_counts.sql')}")
        warehouse.rows(f"insert into landed_set_aside {sql_text('landing/new_set_aside.sql')}")
        for kind in LANDED_TABLE:
            _keep_repeated_rows(warehouse, kind)
        _keep_split_orders(warehouse)
        warehouse.rows("insert into summarised_contents select content_no from new_contents")


def _keep_repeated_rows(warehouse: Warehouse, kind: str) -> None:
    """Keep the rows of identities that occur more than once, as soon as they do: the earlier ones and each new one."""
    landed = LANDED_TABLE[kind]
    parts = _numbers(warehouse, landed, ("identity",))
    repeats = _joined(_repeated(_joined(numbers for (numbers,) in part)) for part in parts)
    if not len(repeats):
        return
    with warehouse.lent("_repeats", pl.DataFrame({"identity": repeats})):
        warehouse.rows(
            """create or replace temp table new_repeats as
            select identity, identity in (select identity from repeated_rows where source_kind = $kind) as is_known
            from _repeats""",
            {"kind": kind},
        )
    repeated = few_rows(landed, "identity in (select identity from new_repeats)")
    warehouse.keep("landed_again", repeated)
    text = sql_text("landing/new_repeated_rows.sql")
    for place, sql in {"parent": PARENT[kind], "key": KEY[kind], "facts": _FACTS[kind]}.items():
        text = text.replace(f"__{place}__", sql)
    # Contents are numbered as they land: none that landed before has a higher number.
    first_new = warehouse.scalar("select min(content_no) from new_contents")
    warehouse.rows(f"insert into repeated_rows by name {text}", {"kind": kind, "first_new": first_new})


def _keep_split_orders(warehouse: Warehouse) -> None:
    """Keep the orders whose landed lines name several customers, or only some of them one."""
    found: list[Numbers] = []
    for part in _numbers(warehouse, LANDED_TABLE["transactions"], ("order_hash", "hash(customer_id)")):
        runs = list(itertools.starmap(_runs, part))
        found.append(_split(_joined(orders for orders, _ in runs), _joined(customers for _, customers in runs)))
    with warehouse.lent("_split", pl.DataFrame({"order_hash": _joined(found)})):
        warehouse.rows("insert into split_orders select * from _split anti join split_orders using (order_hash)")


def _numbers(warehouse: Warehouse, landed: str, numbers: tuple[str, ...]) -> Iterator[Iterator[tuple[Numbers, ...]]]:
    """The first number that new rows of a landed table have, of all its rows that have it, with the others beside it.

    A range of the first at a time, and of each range some rows at a time.
    """
    first = numbers[0]
    new, rows = warehouse.rows(
        f"""select (select count(*) from {landed} semi join new_contents using (content_no)),
            (select count(*) from {landed})"""
    )[0]
    if not new:
        return
    among_new = ""
    if 2 * new <= rows:
        wanted = f"select distinct {first} from {landed} semi join new_contents using (content_no)"
        warehouse.keep("new_numbers", wanted)
        among_new = f"semi join new_numbers using ({first})"
    parts = min(MOST_PARTS, 1 + (new if among_new else rows) // ROWS_AT_ONCE)
    # The range is asked of the column alone: whatever is computed of it is computed of every row.
    for within in ranges_of(first, parts):
        yield warehouse.numbers(f"select {', '.join(numbers)} from {landed} {among_new} where {within}")


def _joined(parts: Iterable[Numbers]) -> Numbers:
    return np.concatenate([np.empty(0, np.uint64), *parts])


def _repeated(numbers: Numbers) -> Numbers:
    """The numbers that occur more than once, each once.

    >>> _repeated(np.array([7, 3, 7, 9, 7, 3], np.uint64))
    array([3, 7], dtype=uint64)
    """
    # Sorted as plain numbers they take a fifth of the time of a grouping.
    numbers.sort()  # where they lie: they are read for this alone
    return np.unique(numbers[1:][numbers[1:] == numbers[:-1]])


def _runs(orders: Numbers, customers: Numbers) -> tuple[Numbers, Numbers]:
    """The pairs without those that are the same as the one before.

    >>> _runs(np.array([5, 5, 6], np.uint64), np.array([1, 1, 1], np.uint64))
    (array([5, 6], dtype=uint64), array([1, 1], dtype=uint64))
    """
    is_first = np.ones(len(orders), bool)
    is_first[1:] = (orders[1:] != orders[:-1]) | (customers[1:] != customers[:-1])
    return orders[is_first], customers[is_first]


def _split(orders: Numbers, customers: Numbers) -> Numbers:
    """The orders that stand beside more than one customer, each once.

    >>> _split(np.array([5, 5, 6, 6, 5], np.uint64), np.array([1, 1, 2, 2, 3], np.uint64))
    array([5], dtype=uint64)
    """
    places = np.argsort(orders)
    orders, customers = orders[places], customers[places]
    return np.unique(orders[1:][(orders[1:] == orders[:-1]) & (customers[1:] != customers[:-1])])

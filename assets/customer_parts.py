"""Rows of customers, so many customers at a time: what is held in memory does not grow with the shop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import polars as pl

from assets.night import Night
from assets.statements import Query
from assets.warehouse import Warehouse

Parts = Callable[[], Iterator[pl.DataFrame]]
"""Reads the parts one after the other, from the first again each time it is called."""

CUSTOMERS_AT_ONCE = 1_000_000

_KEPT = "rows_of_customers"


def number_customers(warehouse: Warehouse, customers: str) -> None:
    """Make ``customers_numbered``: a whole number, from 1, for each of these customers.

    Args:
        warehouse: the night's.
        customers: table of them, one row each, with the column ``customer_id``.
    """
    numbered = f"select customer_id, cast(row_number() over () as integer) as customer_no from {customers}"
    warehouse.keep("customers_numbered", numbered)


def whole_customers(rows: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The rows, which are in the order of their ``customer_no``, anew in parts: a customer is in one part.

    Args:
        rows: some at a time, an empty frame at least.
    """
    waiting: pl.DataFrame | None = None
    for more in rows:
        together = more if waiting is None else pl.concat((waiting, more))
        numbers = together["customer_no"]
        ready = int(numbers.search_sorted(numbers[-1])) if together.height else 0
        if ready:
            yield together[:ready]
        waiting = together[ready:]
    if waiting is not None:
        yield waiting


@contextmanager
def customer_parts(night: Night, file_name: str) -> Iterator[Parts]:
    """The rows of a SQL file by ranges of the ``customer_no`` of ``customers_numbered``: a customer is in one part.

    Yields:
        A function that reads the parts one after the other, from the first again each time it is called. The statement
        runs once: where there is more than one part, its rows are kept on disk as far as memory is short.
    """
    warehouse = night.warehouse
    customers = int(warehouse.scalar("select coalesce(max(customer_no), 0) from customers_numbered"))
    if customers <= CUSTOMERS_AT_ONCE:
        only = night.frame(file_name)
        yield lambda: iter((only,))
        return
    warehouse.keep(_KEPT, night.query(file_name))
    firsts = range(1, customers + 1, CUSTOMERS_AT_ONCE)
    try:
        yield lambda: (warehouse.frame(_part(first)) for first in firsts)
    finally:
        warehouse.rows(f"drop table {_KEPT}")


def _part(first: int) -> Query:
    last = first + CUSTOMERS_AT_ONCE - 1
    return Query(f"select * from {_KEPT} where customer_no between $first and $last", {"first": first, "last": last})

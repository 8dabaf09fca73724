"""What is found out about landed rows once and for all, so that no night has to look at every row.

Counts and money per content, the identities that occur more than once, and the orders whose lines disagree on their
customer. The last two are over everything that ever landed: what a night knows of it is among them. They are found by
whole numbers; a night then compares texts, so that two identities that meet in a number part again.
"""

from __future__ import annotations

from assets.landing.batches import ROWS_AT_ONCE
from assets.landing.judging import LANDED_TABLE
from assets.warehouse import Warehouse, query, sql_text

MOST_PARTS = 8
"""Every part reads all the numbers: more parts than this would make the cost grow faster than the rows."""


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
        for landed in LANDED_TABLE.values():
            _insert_new(warehouse, "landed_repeats", "landing/new_repeats.sql", landed, "identity")
        _insert_new(warehouse, "split_orders", "landing/new_split_orders.sql", "landed_transactions", "order_hash")
        warehouse.rows("insert into summarised_contents select content_no from new_contents")


def _insert_new(warehouse: Warehouse, summary: str, file_name: str, landed: str, number: str) -> None:
    """Compare the new rows of a landed table with all of them, or all with all where most are new."""
    new, rows = warehouse.rows(
        f"""select (select count(*) from {landed} semi join new_contents using (content_no)),
            (select count(*) from {landed})"""
    )[0]
    if not new:
        return
    fresh = f"semi join (select {number} from {landed} semi join new_contents using (content_no)) using ({number})"
    among_new = "" if 2 * new > rows else fresh
    text = sql_text(file_name).replace("__landed__", landed).replace("__among_new__", among_new)
    parts = min(MOST_PARTS, 1 + (rows if 2 * new > rows else new) // ROWS_AT_ONCE)
    for part in range(parts):
        warehouse.rows(f"insert into {summary} {text}", {"parts": parts, "part": part})

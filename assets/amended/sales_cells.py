"""``sales_cells``: the sums of ``order_flows`` by file, day, channel and region, kept from night to night.

A file's cells are a function of its flows. They are summed again when the file's flows have been.
"""

from __future__ import annotations

from typing import Final

from assets.amended.facts import FLOWS_MADE_OF, SALES_MADE_OF
from assets.amended.order_changes import recipe_of
from assets.night import Night
from assets.statements import sql_text
from assets.tables import ORDER_FLOWS
from assets.warehouse import Warehouse

NAME: Final = "sales_cells"
_FILE: Final = "sales_cells.sql"
_FLOWS: Final = f"select * from {ORDER_FLOWS.name} where lines > 0"


def bring_up_to_date(night: Night) -> None:
    """Let the table hold the sums of tonight's flows.

    Side effect: the view ``flows_of_contents``, which its SQL reads.
    """
    warehouse = night.warehouse
    if not warehouse.has(FLOWS_MADE_OF):  # flows that nobody cleaned
        _read_from(warehouse, _FLOWS)
        warehouse.rows(f"create or replace table {NAME} as {sql_text(_FILE)}")
        return
    made_of = f"select content_no, hash('{recipe_of(sql_text(_FILE))}', made_of) as made_of from {FLOWS_MADE_OF}"
    if not warehouse.has(NAME) or not warehouse.has(SALES_MADE_OF):
        _read_from(warehouse, f"{_FLOWS} limit 0")
        with warehouse.transaction():
            warehouse.rows(f"create or replace table {NAME} as {sql_text(_FILE)}")
            warehouse.rows(f"create or replace table {SALES_MADE_OF} (content_no BIGINT, made_of UBIGINT)")
    warehouse.rows(
        f"""create or replace temp table contents_resummed as
        select coalesce(made.content_no, last.content_no) as content_no
        from ({made_of}) as made
        full outer join {SALES_MADE_OF} as last using (content_no)
        where made.made_of is distinct from last.made_of"""
    )
    if not warehouse.scalar("select count(*) from contents_resummed"):
        return
    _read_from(warehouse, f"{_FLOWS} and content_no in (select content_no from contents_resummed)")
    with warehouse.in_any_order(), warehouse.transaction():
        warehouse.rows(f"delete from {NAME} where content_no in (select content_no from contents_resummed)")
        warehouse.rows(f"insert into {NAME} {sql_text(_FILE)}")
        warehouse.rows(f"create or replace table {SALES_MADE_OF} as {made_of}")


def _read_from(warehouse: Warehouse, flows: str) -> None:
    warehouse.rows(f"create or replace temp view flows_of_contents as {flows}")

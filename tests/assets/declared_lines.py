"""Order lines that a test declares as a table of its own, and what cleaning leaves beside them."""

from __future__ import annotations

from assets.statements import Query, sql_text
from assets.tables import ORDER_FLOWS
from assets.warehouse import Warehouse


def as_if_cleaned(warehouse: Warehouse) -> None:
    """Let the facts be computed from the table ``order_lines`` as it stands."""
    warehouse.rows("create or replace table united_accounts (account_id VARCHAR, customer_id VARCHAR)")
    warehouse.rows(
        """create or replace table contents_tonight as
        select dense_rank() over (order by source, content) as content_no, source, content, count(*) as rows,
            bit_xor(hash(order_lines)) as made_of
        from order_lines group by source, content"""
    )
    warehouse.rows("create or replace table contents_to_sum as from contents_tonight")
    warehouse.rows(
        """create or replace view clean_lines as
        select contents.content_no, hash(lines.source, lines.order_id) as order_no,
            lines.* replace (coalesce(lines.account_id, lines.customer_id) as account_id)
        from order_lines as lines
        join contents_tonight as contents on contents.source = lines.source and contents.content = lines.content"""
    )
    for part in ("lines_to_sum", "lines_to_count"):
        warehouse.rows(f"create or replace view {part} as select * from clean_lines")


def with_flows(warehouse: Warehouse) -> None:
    """The same, with the sums of the lines."""
    as_if_cleaned(warehouse)
    warehouse.replace(ORDER_FLOWS, Query(sql_text("landing/order_flows.sql")))

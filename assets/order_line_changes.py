"""Clean order lines night by night: only the files whose lines are other than last time are cleaned again.

The lines of a file are a function of its landed rows, which never change, and of a few things that seldom do: which of
its rows do not count, the orders it shares with other files, exchange rates, identities. All of these together are one
number per file; the file's lines are written again when the number is another one.
"""

from __future__ import annotations

import hashlib

from assets.night import Night
from assets.tables import ORDER_LINES
from assets.warehouse import Amendment, Warehouse, sql_text

_MADE_OF = "order_lines_made_of"
_MEMORY = "600MB"  # ten million lines were written as fast with this as with all there is
_SAME = "made.source = contents.source and made.content = contents.content and made.made_of = contents.made_of"


def clean_order_lines(night: Night) -> Amendment:
    """What is different in ``order_lines`` since it was last written, whichever night that was for.

    Side effect: the tables ``order_accounts``, ``line_rates`` and ``contents_to_clean``, which its SQL reads.
    """
    warehouse = night.warehouse
    _keep(night, "order_accounts", "landing/order_accounts.sql")
    rates = sql_text("landing/line_rates.sql").replace("__outcomes__", "row_outcomes")
    warehouse.rows(
        f"create or replace temp table line_rates as select content_no, line_number, rate from ({rates}) "
        "where outcome is null",
        {"base_currency": night.configuration.business.currency},
    )
    recipe = hashlib.sha256((sql_text("order_lines.sql") + repr(ORDER_LINES)).encode()).hexdigest()
    _keep(night, "contents_tonight", "landing/clean_contents.sql", recipe=recipe)
    warehouse.rows(f"create table if not exists {_MADE_OF} (source VARCHAR, content VARCHAR, made_of UBIGINT)")
    changed = f"select * from contents_tonight as contents anti join {_MADE_OF} as made on {_SAME}"
    rows, rows_changed = warehouse.rows(
        f"select (select sum(rows) from contents_tonight), (select sum(rows) from ({changed}))"
    )[0]
    is_new = not warehouse.has(ORDER_LINES.name) or 2 * (rows_changed or 0) >= (rows or 0)
    warehouse.rows(
        f"create or replace temp table contents_to_clean as {'select * from contents_tonight' if is_new else changed}"
    )
    obsolete = f"""(source, content) in (
        select (made.source, made.content) from {_MADE_OF} as made anti join contents_tonight as contents on {_SAME})"""
    return Amendment(
        obsolete=None if is_new else obsolete,
        rows=night.query("order_lines.sql"),
        remember=(f"create or replace table {_MADE_OF} as select source, content, made_of from contents_tonight",),
        memory=_MEMORY,
    )


def forget_amendments(warehouse: Warehouse) -> None:
    """Let the next night write every amended table anew, whatever it is made of."""
    warehouse.rows(f"drop table if exists {_MADE_OF}")


def _keep(night: Night, name: str, file_name: str, **parameters: object) -> None:
    asked = night.query(file_name, **parameters)
    night.warehouse.rows(f"create or replace temp table {name} as {asked.sql}", dict(asked.parameters) or None)

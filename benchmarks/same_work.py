"""Whether two of the compared did the same work: the figures that both must have found in the same files.

A ratio of times is worth nothing where one of the two lost lines, orders or customers on the way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb


class DifferentWorkError(Exception):
    """Two of the compared found different figures; the text says which."""


@dataclass(frozen=True)
class Findings:
    """What everybody must find in the same files.

    Attributes:
        lines: clean order lines.
        net_value: their net value, to the cent.
        rows_set_aside: order rows that cannot be used.
        customers_by_month: month, orders, customers with an order and net value, of the whole shop.
        orders_by_channel: channel and year, orders.
        customers_scored: customers with an RFM score.
        window_value: their value in the window, to the cent.
        customers_staged: customers with an order who have a lifecycle stage.
        value_by_tier: value of the customers that have a tier, to the cent.
        active_by_cohort: cohort, period, active customers, where there are some.
        answers_by_month: question, month, answers, satisfied or promoters, of the whole shop.
    """

    lines: int
    net_value: Decimal
    rows_set_aside: int
    customers_by_month: tuple[tuple[Any, ...], ...]
    orders_by_channel: tuple[tuple[Any, ...], ...]
    customers_scored: int
    window_value: Decimal
    customers_staged: int
    value_by_tier: Decimal
    active_by_cohort: tuple[tuple[Any, ...], ...]
    answers_by_month: tuple[tuple[Any, ...], ...]


def expect_same(findings: Mapping[str, Findings]) -> None:
    """Refuse figures that are not all the same.

    Raises:
        DifferentWorkError: with the first few figures that differ, and whose they are.
    """
    (first, expected), *others = findings.items()
    for name, found in others:
        for field in fields(Findings):
            theirs, ours = getattr(found, field.name), getattr(expected, field.name)
            if theirs == ours:
                continue
            if isinstance(ours, tuple):
                differing = sorted(set(ours) ^ set(theirs), key=str)
                told = f"{len(differing):,} rows are in one only, e.g. {differing[:4]}"
            else:
                told = f"{ours} and {theirs}"
            raise DifferentWorkError(
                f"{first} and {name} did not do the same work: {field.name} differs ({told}); no ratio of their times "
                f"means anything until it does not"
            )


def found_by_peer(out: Path) -> Findings:
    """What a peer's tables hold."""
    connection = duckdb.connect()

    def table(name: str) -> str:
        path = out / f"{name}.parquet"
        return f"'{path}/*.parquet'" if path.is_dir() else f"'{path}'"

    if (out / "lines.duckdb").exists():
        connection.execute(f"attach '{out}/lines.duckdb' as made (read_only)").fetchall()
    lines = "made.lines" if (out / "lines.duckdb").exists() else table("lines")
    return Findings(
        **_lines_and_rows(connection, lines, "net", f"select count(*) from {table('quarantine')}"),
        customers_by_month=_rows(
            connection,
            f"""select period_start::date, orders, customers, round(net, 2)::decimal(18, 2) from {table("kpis")}
            where grain = 'month' and scope = 'all'""",
        ),
        orders_by_channel=_rows(
            connection,
            f"""select scope_value, period_start::date, orders from {table("kpis")}
            where grain = 'year' and scope = 'channel'""",
        ),
        **_customers(
            connection,
            rfm=f"select count(*), sum(monetary) from {table('rfm')}",
            stages=f"select count(*) from {table('lifecycle')}",
            tiers=f"select sum(monetary) from {table('tiers')}",
        ),
        active_by_cohort=_rows(connection, f"select cohort::date, period::int, active from {table('cohorts')}"),
        answers_by_month=_rows(
            connection,
            f"""select question, period_start::date, n, case question when 'overall' then satisfied else promoters end
            from {table("satisfaction")} where grain = 'month' and scope = 'all'""",
        ),
    )


def found_by_pipeline(home: Path, as_of: dt.date) -> Findings:
    """What the pipeline's warehouse holds after the night of that date."""
    connection = duckdb.connect(str(home / "warehouse.duckdb"), read_only=True)
    scorecard = f"from kpi_scorecard where as_of = date '{as_of}'"
    by_month = f"{scorecard} and grain = 'month' and scope = 'all'"
    return Findings(
        **_lines_and_rows(
            connection,
            "order_lines",
            "amount - coalesce(discount, 0)",
            "select count(*) from quarantine where source = 'shop'",
        ),
        customers_by_month=_rows(
            connection,
            f"""select
                period_start, max(value) filter (where kpi = 'orders')::bigint,
                max(value) filter (where kpi = 'active_customers')::bigint,
                max(value) filter (where kpi = 'net_sales')::decimal(18, 2)
            {by_month} group by period_start""",
        ),
        orders_by_channel=_rows(
            connection,
            f"""select scope_value, period_start, value::bigint {scorecard}
            and grain = 'year' and scope = 'channel' and kpi = 'orders'""",
        ),
        **_customers(
            connection,
            rfm="select count(*), sum(monetary) from rfm_segments",
            stages="select count(*) from lifecycle_stages where stage <> 'potential'",
            tiers="select sum(value) from value_tiers",
        ),
        active_by_cohort=_rows(
            connection, "select cohort_month, period, active from retention_cohorts where active > 0"
        ),
        answers_by_month=_rows(
            connection,
            """select question, period_start, n, satisfied from csat where grain = 'month' and scope = 'all'
            union all
            select question, period_start, n, promoters from nps where grain = 'month' and scope = 'all'""",
        ),
    )


def _lines_and_rows(connection: duckdb.DuckDBPyConnection, lines: str, net: str, rows_set_aside: str) -> dict[str, Any]:
    [(count, value)] = connection.execute(f"select count(*), sum({net}) from {lines}").fetchall()
    [(aside,)] = connection.execute(rows_set_aside).fetchall()
    return {"lines": count, "net_value": _cents(value), "rows_set_aside": aside}


def _customers(connection: duckdb.DuckDBPyConnection, *, rfm: str, stages: str, tiers: str) -> dict[str, Any]:
    [(scored, window_value)] = connection.execute(rfm).fetchall()
    [(staged,)] = connection.execute(stages).fetchall()
    [(in_tiers,)] = connection.execute(tiers).fetchall()
    return {
        "customers_scored": scored,
        "window_value": _cents(window_value),
        "customers_staged": staged,
        "value_by_tier": _cents(in_tiers),
    }


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[tuple[Any, ...], ...]:
    return tuple(sorted(connection.execute(sql).fetchall(), key=str))


def _cents(value: Any) -> Decimal:
    """Money to the cent: some sum it as floats, whose last digits depend on the order."""
    return Decimal(str(round(value, 2))).quantize(Decimal("0.01"))

"""The SQL from clean tables onward means the same on DuckDB and on Spark: it keeps to the constructs that do.

What is not on the lists below may still be added: after both engines were asked and gave the same answer. Left out on
purpose: QUALIFY (Spark has none), FILTER (CASE says it everywhere), TRY_CAST without a guard, ``ntile`` (one Spark
partition, and it parts equal values), integer division, week days, quantiles, an engine's own hash (MD5 is
everybody's), anything that picks columns by pattern or position, and joins that look for the nearest row. Reading and
cleaning (``assets/sql/landing``) is DuckDB's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

import assets.sql

FOLDER = Path(assets.sql.__path__[0])
FILES = sorted([*FOLDER.glob("*.sql"), *FOLDER.glob("laws/*.sql")])

SHAPES = (
    exp.Alias, exp.And, exp.Between, exp.Boolean, exp.CTE, exp.Case, exp.Cast, exp.Column, exp.DataType,
    exp.DataTypeParam, exp.Distinct, exp.EQ, exp.From, exp.GT, exp.GTE, exp.Group, exp.Having, exp.Identifier, exp.If,
    exp.In, exp.Is, exp.Join, exp.LT, exp.LTE, exp.Literal, exp.NEQ, exp.Neg, exp.Not, exp.Null, exp.Or, exp.Order,
    exp.Ordered, exp.Paren, exp.Placeholder, exp.Select, exp.Star, exp.Subquery, exp.Table, exp.TableAlias, exp.Tuple,
    exp.Union, exp.Values, exp.Var, exp.Where, exp.Window, exp.WindowSpec, exp.With,
)  # fmt: skip
FUNCTIONS = (
    exp.Abs, exp.Add, exp.BitwiseOrAgg, exp.Coalesce, exp.Count, exp.DateAdd, exp.DateDiff, exp.Day, exp.Div,
    exp.Extract, exp.Floor, exp.Greatest, exp.Lag, exp.Lead, exp.Least, exp.Ln, exp.Max, exp.Min, exp.Month, exp.Mul,
    exp.Nullif, exp.DenseRank, exp.RowNumber, exp.Sub, exp.Substring, exp.Sum, exp.MD5, exp.Year,
)  # fmt: skip
TYPES = ("BOOLEAN", "INT", "BIGINT", "DECIMAL", "DOUBLE", "VARCHAR", "TEXT", "DATE", "TIMESTAMP")
RANKING = (exp.RowNumber, exp.Lag, exp.Lead)
HEADER = re.compile(r"-- (One row|Grain:)")
COMMENTS = re.compile(r"(--.*\n)*")


def departures(text: str) -> list[str]:
    """Where a file leaves the subset, in words; empty where it keeps to it."""
    found: list[str] = []
    if not HEADER.match(text):
        found.append("the first line does not say what one row is")
    if not re.search(r"\b(Reads|Inputs?): ", COMMENTS.match(text)[0]):
        found.append("the header does not say what is read")
    try:
        statements = sqlglot.parse(text, read="duckdb")
    except SqlglotError as error:
        return [*found, f"cannot be parsed: {str(error).splitlines()[0]}"]
    tree = statements[0]
    if len(statements) != 1 or not isinstance(tree, exp.Select):
        return [*found, "more or other than one SELECT"]
    steps = [step.alias for step in tree.ctes]
    if not steps or text.rstrip().splitlines()[-1] != f"select * from {steps[-1]}":
        found.append("the last line is not `select * from` the last step")
    try:
        sqlglot.parse_one(tree.sql("spark", unsupported_level=ErrorLevel.RAISE), read="spark")
    except SqlglotError as error:
        found.append(f"Spark cannot say it: {str(error).splitlines()[0]}")
    return found + [departure for node in tree.walk() for departure in _of_node(node)]


def _of_node(node: exp.Expr) -> Iterator[str]:
    if type(node) not in SHAPES + FUNCTIONS:  # not isinstance: TRY_CAST is a kind of CAST there
        name = node.name if isinstance(node, exp.Anonymous) else type(node).__name__
        yield f"{name} is on no list"
    match node:
        case exp.Window():
            if isinstance(node.this, (*RANKING, exp.First, exp.Last)) and not node.args.get("order"):
                yield f"a window without ORDER BY: {node.sql('duckdb')}"
        case exp.Sum() | exp.Max() | exp.Min() if isinstance(node.this, exp.Distinct):
            yield "an aggregate of distinct values"
        case exp.Div() if not _is_double(node.this) and not _is_double(node.expression):
            yield f"a division that is not one of doubles: {node.sql('duckdb')}"
        case exp.DateDiff():
            if node.text("unit").upper() != "DAY":
                yield "a date difference in another unit than days"
            if any(_is_moment(side) for side in (node.this, node.expression)):
                yield f"a date difference of time stamps: {node.sql('duckdb')}"
        case exp.Extract() if node.this.name.upper() not in ("YEAR", "MONTH", "DAY"):
            yield f"extract({node.this.name.lower()})"
        case exp.DataType() if node.this.name not in TYPES:
            yield f"the type {node.sql('duckdb')}"
        case exp.Join() if node.method:
            yield f"a {node.method} join"
        case exp.Union() if node.args.get("by_name"):
            yield "UNION BY NAME"
        case exp.Star() if any(node.args.get(change) for change in ("except_", "except", "replace", "rename")):
            yield "a star with exceptions"
        case exp.Select() if node.args.get("qualify") or node.args.get("sample"):
            yield "QUALIFY or a sample"
        case _:
            pass


def _is_double(node: exp.Expr) -> bool:
    inner = node.this if isinstance(node, exp.Nullif | exp.Paren) else node
    return isinstance(inner, exp.Cast) and inner.is_type("double")


def _is_moment(node: exp.Expr) -> bool:
    """By our names, a column that ends in ``_at`` is a time stamp."""
    return isinstance(node, exp.Column) and node.name.endswith("_at")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_says_its_grain_and_keeps_to_what_both_engines_read_alike(path: Path) -> None:
    assert departures(path.read_text(encoding="utf-8")) == []


def test_there_are_files_to_hold_to_it() -> None:
    assert len(FILES) > 40


def _file(step: str, *, header: str = "-- One row per customer.\n-- Reads: orders.\n", end: str = "step") -> str:
    return f"{header}with step as (\n    {step}\n)\n\nselect * from {end}\n"


def test_a_plain_file_passes() -> None:
    assert departures(_file("select customer_id, sum(net_value) as net from orders group by customer_id")) == []


VIOLATIONS = {
    "no grain": (_file("select 1 as x from orders", header="-- Reads: orders.\n"), "what one row is"),
    "no inputs": (_file("select 1 as x from orders", header="-- One row per customer.\n"), "what is read"),
    "two statements": (_file("select 1 as x from orders") + ";select 2", "one SELECT"),
    "another last line": (_file("select 1 as x from orders", end="orders"), "last step"),
    "try_strptime": (_file("select try_strptime(x, '%Y') as y from orders"), "on no list"),
    "try_cast": (_file("select try_cast(x as integer) as y from orders"), "TryCast"),
    "pivot": (_file("pivot orders on kind using sum(net_value)"), ""),
    "asof join": (_file("select a.x from a asof join b on a.x >= b.x"), "ASOF"),
    "columns": (_file("select columns('net.*') from orders"), "on no list"),
    "union by name": (_file("select x from a union all by name select x from b"), "BY NAME"),
    "hash": (_file("select hash(customer_id) as h from orders"), "on no list"),
    "day of week": (_file("select dayofweek(ordered_on) as d from orders"), "on no list"),
    "extracted week": (_file("select extract(week from ordered_on) as w from orders"), "extract(week)"),
    "quantile": (_file("select quantile_cont(net_value, 0.5) as q from orders"), "on no list"),
    "approximate quantile": (_file("select approx_quantile(net_value, 0.5) as q from orders"), "on no list"),
    "ntile": (_file("select ntile(5) over (order by customer_id) as n from orders"), "on no list"),
    "filter": (_file("select count(*) filter (where x > 1) as n from orders"), "Filter"),
    "qualify": (_file("select x from orders qualify row_number() over (order by x) = 1"), "ualify"),
    "window without order": (
        _file("select row_number() over (partition by customer_id) as n from orders"),
        "without ORDER BY",
    ),
    "division of integers": (_file("select a / b as c from orders"), "division"),
    "integer division": (_file("select a // b as c from orders"), "on no list"),
    "difference of moments": (_file("select date_diff('day', ordered_at, x) as d from orders"), "time stamps"),
    "difference in months": (_file("select date_diff('month', a_on, b_on) as d from orders"), "another unit"),
    "interval": (_file("select ordered_on - interval 5 day as d from orders"), ""),
    "float": (_file("select cast(x as float) as y from orders"), "type"),
    "huge integer": (_file("select cast(x as hugeint) as y from orders"), "type"),
    "star with exceptions": (_file("select * exclude (x) from orders"), "exceptions"),
    "list": (_file("select [1, 2] as l from orders"), "on no list"),
    "any value": (_file("select any_value(x) as y from orders"), "on no list"),
    "arg max": (_file("select arg_max(x, y) as z from orders"), "on no list"),
    "regular expression": (_file("select x ~ 'a' as y from orders"), "on no list"),
    "current date": (_file("select current_date as d from orders"), "on no list"),
    "anything random": (_file("select random() as r from orders"), "on no list"),
    "date parts by name": (_file("select date_part('isodow', x) as r from orders"), ""),
}


@pytest.mark.parametrize(("text", "words"), VIOLATIONS.values(), ids=VIOLATIONS.keys())
def test_a_departure_is_told(text: str, words: str) -> None:
    found = departures(text)
    assert found
    assert any(words in departure for departure in found), found

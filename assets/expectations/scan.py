"""One scan per table answers every row rule, key, type and figure of its suite.

Each question becomes one aggregate of a single SELECT, so ten rules over ten million rows read the table once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from assets.contracts import Contract
from assets.expectations.specs import FIGURE, KEY, ROWS, TYPES, ExpectationSpec
from assets.warehouse import identifier, literal

SAMPLE_ROWS = 5


@dataclass(frozen=True)
class Figure:
    """One aggregate of the scan: its column in the answer, the rule it stands for and its SQL."""

    column: str
    rule: str
    sql: str


def figures_of(spec: ExpectationSpec) -> list[Figure]:
    """The aggregates that answer the expectation; none for a type of Great Expectations' own."""

    def named(answers: dict[str, str]) -> list[Figure]:
        return [Figure(f"{spec.name}.{rule}", rule, sql) for rule, sql in answers.items()]

    if spec.type == ROWS:
        return named(
            {rule: f"count(*) filter (where {_broken(sql)})" for rule, sql in spec.kwargs["conditions"].items()}
        )
    if spec.type == KEY:
        return named({"repeated_keys": f"(select count(*) from (\n{_repeated_keys(spec)}\n) as repeated)"})
    if spec.type == TYPES:
        return named({"wrong_types": f"(select count(*) from (\n{_wrong_types(spec)}\n) as wrong)"})
    if spec.type == FIGURE:
        return named({"figure": f"cast({spec.kwargs['expression']} as double)"})
    return []


def scan_sql(contract: Contract, specs: list[ExpectationSpec], as_of: dt.date | None) -> str:
    """One SELECT with every figure of the suite; ``{batch}`` is left for the table. Grain: one row."""
    figures = [figure for spec in specs for figure in figures_of(spec)]
    columns = ",\n  ".join(
        # The count makes one row of it also where every figure is a subquery of its own.
        ["count(*) as counted_rows", *(f"{figure.sql} as {identifier(figure.column)}" for figure in figures)]
    )
    return _with_as_of(f"select\n  {columns}\nfrom {{batch}}", contract, as_of)


def sample_sql(contract: Contract, spec: ExpectationSpec, as_of: dt.date | None) -> str | None:
    """The keys of at most five offending rows, in key order; None where no row is to blame."""
    keys = ", ".join(identifier(name) for name in contract.key)
    if spec.type == ROWS:
        every = " and ".join(f"({sql})" for sql in spec.kwargs["conditions"].values())
        body = f"select {keys} from {{batch}} where {_broken(every)} order by {keys}"
    elif spec.type == KEY:
        body = f"{_repeated_keys(spec)} order by {keys}"
    elif spec.type == TYPES:
        body = f"{_wrong_types(spec)} order by column_name"
    elif spec.type == FIGURE and spec.kwargs["blame"]:
        body = f"select {keys} from {{batch}} where {spec.kwargs['blame']} order by {keys}"
    else:
        return None
    table = identifier(contract.name)
    return _with_as_of(f"{body} limit {SAMPLE_ROWS}", contract, as_of).replace("{batch}", table)


def _broken(condition: str) -> str:
    return f"not coalesce(({condition}), false)"


def _repeated_keys(spec: ExpectationSpec) -> str:
    # GROUP BY holds two NULLs equal; a join on equality, as in GX's compound uniqueness, loses such rows.
    keys = ", ".join(identifier(name) for name in spec.kwargs["columns"])
    return f"select {keys} from {{batch}} group by {keys} having count(*) > 1"


def _wrong_types(spec: ExpectationSpec) -> str:
    declared = ", ".join(f"({literal(name)}, {literal(type_)})" for name, type_ in spec.kwargs["types"].items())
    return (
        f"select declared.column_name, found.data_type from (values {declared}) as declared(column_name, data_type)\n"
        "left join information_schema.columns as found\n"
        f"  on found.table_name = {literal(spec.table)} and found.table_catalog = current_database()\n"
        "  and found.table_schema = current_schema() and found.column_name = declared.column_name\n"
        "where found.data_type is distinct from declared.data_type"
    )


def _with_as_of(sql: str, contract: Contract, as_of: dt.date | None) -> str:
    if as_of is not None:
        date = f"date '{as_of.isoformat()}'"
    elif any(column.name == "as_of" for column in contract.columns):
        date = "(select max(as_of) from {batch})"
    else:
        date = "cast(null as date)"
    return sql.replace("{as_of}", date)

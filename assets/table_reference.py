"""The reference page of the tables, from their contracts: ``python -m assets.table_reference > docs/tables.md``."""

from __future__ import annotations

from collections.abc import Iterable

from assets.contracts import Column, Contract
from assets.tables import TABLES
from models.kpi_cards import KPI_IDS

_HEAD = """# Tables

Every published table with every column. Written from `assets/tables/` by
`python -m assets.table_reference > docs/tables.md`; change it there. How to open the tables is in
[reading-the-tables.md](reading-the-tables.md), what the KPIs mean in [kpis.md](kpis.md), how customers are named and
ranked in [segments.md](segments.md).

- A table is the Parquet files in `published/latest/<table>/`, and a view of the same name in
  `published/catalog.duckdb`. Rows are sorted by the key, NULLs first. Descriptions and units are inside the files too.
- Every row carries `as_of`, the business date of the release. No figure knows of anything dated later; only
  `row_accounting` and `quarantine` tell of every row that has landed, whatever its date.
- Types are DuckDB's. Money is DECIMAL in the one base currency; shares and rates are 0..1, NPS is in points -100..100.
- A column without a `yes` under NULL is never NULL. Floating point columns are never NaN or infinite.
- Names are promises: columns may be added, and are renamed or dropped only with an entry under "Table changes" in
  [CHANGELOG.md](../CHANGELOG.md).
"""

_PRIVATE_HEAD = """## Tables that are not published

They live in the private warehouse and are what the others are computed from. They show in the orchestrator's graph,
with their columns and checks, and may change without notice.
"""

_LISTED_ELSEWHERE = {KPI_IDS: "the ids of [kpis.md](kpis.md)"}


def markdown() -> str:
    """The page as Markdown: a head, an overview, one section per published table, and the names of the others."""
    published = [contract for contract in TABLES.values() if contract.published]
    private = [contract for contract in TABLES.values() if not contract.published]
    return "\n".join(
        (
            _HEAD,
            _overview((f"[{each.name}](#{each.name})", each) for each in published),
            *(_section(each) for each in published),
            _PRIVATE_HEAD,
            _overview((f"`{each.name}`", each) for each in private),
        )
    )


def _overview(tables: Iterable[tuple[str, Contract]]) -> str:
    lines = ["| table | one row per | holds |", "|---|---|---|"]
    lines += [f"| {name} | {contract.grain} | {_cell(contract.description)} |" for name, contract in tables]
    return "\n".join(lines) + "\n"


def _section(contract: Contract) -> str:
    lines = [
        f"## {contract.name}",
        "",
        f"{contract.description} One row per {contract.grain}.",
        "",
        f"Key: {', '.join(f'`{name}`' for name in contract.key)}.{_notes(contract)}",
        "",
        "| column | type | NULL | unit | meaning |",
        "|---|---|---|---|---|",
        *(_row(column) for column in contract.columns),
    ]
    return "\n".join(lines) + "\n"


def _notes(contract: Contract) -> str:
    notes = ""
    if contract.history:
        notes += " Compares with the release of an earlier date; empty without one."
    elif contract.may_be_empty:
        notes += " May be empty."
    if not contract.in_release_id:
        notes += " Describes the landing zone, not the business day: not part of the release's id."
    return notes


def _row(column: Column) -> str:
    null = "yes" if column.nullable else ""
    meaning = " ".join(filter(None, (column.description, _values(column))))
    return f"| `{column.name}` | {column.type} | {null} | {column.unit or ''} | {_cell(meaning)} |"


def _values(column: Column) -> str:
    if column.values is None:
        return ""
    return f"One of {_LISTED_ELSEWHERE.get(column.values) or ', '.join(f'`{value}`' for value in column.values)}."


def _cell(text: str) -> str:
    r"""Text that a cell of a Markdown table can hold.

    >>> _cell("P(a | b)")
    'P(a \\| b)'
    """
    return text.replace("|", r"\|")


if __name__ == "__main__":
    print(markdown(), end="")

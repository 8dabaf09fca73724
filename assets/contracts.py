"""What every table promises: grain, key, columns with type, unit and meaning.

One declaration serves the Parquet metadata, the orchestrator's column schema, the expectations and the docs.
"""

from __future__ import annotations

from dataclasses import dataclass

MONEY = "DECIMAL(18,2)"
EXACT_MONEY = "DECIMAL(38,8)"  # a line's quantity times its unit price, to eight decimals


@dataclass(frozen=True)
class Column:
    """One column: its DuckDB type, what it means and what values it may hold.

    Attributes:
        name: snake_case name, promised to readers.
        type: DuckDB type as it is written, for example ``VARCHAR`` or ``DECIMAL(18,2)``.
        description: one sentence for a person who has not read the code.
        unit: ``day``, ``share``, ``point``, ``base currency``; None where the value has no unit.
        nullable: whether the column may be NULL.
        values: the closed set of values, where there is one.
        low: smallest allowed value, inclusive.
        high: largest allowed value, inclusive.
    """

    name: str
    type: str
    description: str
    unit: str | None = None
    nullable: bool = False
    values: tuple[str, ...] | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Contract:
    """One table: its grain, its key and its columns in published order (keys first, then ``as_of``)."""

    name: str
    description: str
    grain: str
    key: tuple[str, ...]
    group: str
    columns: tuple[Column, ...]
    published: bool = True
    may_be_empty: bool = False
    in_release_id: bool = True
    history: bool = False  # compares with the predecessor release

    def column(self, name: str) -> Column:
        """The column of that name; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}; it has {[c.name for c in self.columns]}")

"""SQL as values: a statement with its parameters, what a table is written from, and names and texts quoted."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

_PARAMETER = re.compile(r"\$([a-z_]+)")
_COMMENT = re.compile(r"--[^\n]*")


@dataclass(frozen=True)
class Query:
    """One SQL statement.

    Attributes:
        sql: its text.
        parameters: the values of its ``$named`` parameters.
        joins_as_written: the right side of each of its joins is what is held in memory. Otherwise the engine takes the
            side that it believes to be the smaller, and of rows behind several conditions it believes in few.
    """

    sql: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    joins_as_written: bool = False

    def joined_as_written(self) -> Query:
        """The same statement, its joins as they are written."""
        return replace(self, joins_as_written=True)


@dataclass(frozen=True)
class Amendment:
    """A table as it was last written, and what is different now.

    Attributes:
        obsolete: SQL condition of the rows to drop; None where the table is to be written anew.
        rows: the rows to add.
        parts: statements that each lay out a part of what the rows are made of; the rows are added after every one of
            them. None: all is laid out already.
        first: statements that note what is about to be dropped, done with it or not at all.
        remember: statements that note what the table is made of now, done with it or not at all.
    """

    obsolete: str | None
    rows: Query
    parts: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    remember: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gathered(Amendment):
    """A table written anew out of a temporary one that has its columns.

    Attributes:
        table: the temporary table; it is gone once the rows are the table's.
    """

    table: str = ""


@dataclass(frozen=True)
class View:
    """A table of which only the statement is kept: its rows are read where they lie.

    Attributes:
        rows: the statement.
        count: answers how many there are, where that is known without reading them.
    """

    rows: Query
    count: Query | None = None


def sql_text(file_name: str) -> str:
    """The text of ``assets/sql/<file_name>``."""
    return resources.files("assets.sql").joinpath(file_name).read_text(encoding="utf-8")


def query(file_name: str, **parameters: Any) -> Query:
    """A query from ``assets/sql``; parameters the file does not name are left out.

    Raises:
        KeyError: where the file names a parameter that was not given.
    """
    text = sql_text(file_name)
    named = set(_PARAMETER.findall(_COMMENT.sub("", text)))
    missing = sorted(named - parameters.keys())
    if missing:
        raise KeyError(f"{file_name} needs the parameters {missing}; given were {sorted(parameters)}")
    return Query(text, {name: parameters[name] for name in sorted(named)})


def identifier(name: str) -> str:
    """The name quoted for SQL, whatever characters it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """The text quoted for SQL."""
    return "'" + value.replace("'", "''") + "'"


def file_literal(path: Path | str) -> str:
    """The path quoted for SQL as that of one file: the engine takes it for a pattern."""
    return literal(glob.escape(str(path)))


def with_literals(statement: Query) -> str:
    """The statement with its parameters written out, as a view needs it."""
    return _PARAMETER.sub(lambda named: literal(str(statement.parameters[named[1]])), _COMMENT.sub("", statement.sql))


def ranges_of(number: str, parts: int) -> Iterator[str]:
    """Conditions that part the values of a whole number without a sign into so many ranges of equal width."""
    for part in range(parts):
        yield f"{number} between {part * 2**64 // parts}::ubigint and {(part + 1) * 2**64 // parts - 1}::ubigint"


def few_rows(table: str, condition: str, columns: str = "*") -> str:
    """The statement of columns of a table's rows that fulfil a condition, where these are few of many.

    The condition alone is asked of all rows. The other columns are read where it holds; asked at once they are read
    wherever the first, rough test of a join lets a row pass, which is nearly everywhere.
    """
    return f"select {columns} from {table} where rowid in (select rowid from {table} where {condition})"

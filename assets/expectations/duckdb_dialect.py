"""A SQLAlchemy dialect through which Great Expectations reads the run's own DuckDB connection.

Great Expectations chooses its SQL by the dialect's name and knows no DuckDB; DuckDB speaks PostgreSQL's SQL, so the
dialect calls itself ``postgresql`` and overrides what differs: the connection is borrowed and never closed, a cursor
holds all rows of its answer (an unfinished result blocks a DuckDB connection, and Great Expectations fetches after
the connection went back to the pool), and columns are read from ``information_schema`` instead of ``pg_catalog``.

Nothing here writes: a transaction begins and ends nowhere, so a check cannot roll back the run's work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.types import TypeEngine

from assets.warehouse import heeding_interrupts

URL = "customer_analytics_duckdb://"

_TYPES: dict[str, type[TypeEngine[Any]]] = {
    "BOOLEAN": sa.Boolean,
    "TINYINT": sa.SmallInteger,
    "SMALLINT": sa.SmallInteger,
    "INTEGER": sa.Integer,
    "BIGINT": sa.BigInteger,
    "FLOAT": sa.REAL,
    "DOUBLE": sa.Double,
    "VARCHAR": sa.VARCHAR,
    "DATE": sa.Date,
    "TIMESTAMP": sa.TIMESTAMP,
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


class WrittenType(sa.types.UserDefinedType[Any]):
    """A DuckDB type that SQLAlchemy has no word for, spelled as DuckDB writes it: a list, a struct."""

    cache_ok = True

    def __init__(self, written: str) -> None:
        self.written = written

    def get_col_spec(self, **kw: Any) -> str:
        """The type as written."""
        return self.written


def column_type(written: str) -> TypeEngine[Any]:
    """SQLAlchemy's type for a DuckDB type as DuckDB writes it.

    >>> column_type("DECIMAL(18,2)"), column_type("VARCHAR[]").written
    (Numeric(precision=18, scale=2), 'VARCHAR[]')
    """
    if match := _DECIMAL.fullmatch(written):
        return sa.Numeric(int(match[1]), int(match[2]))
    return _TYPES[written]() if written in _TYPES else WrittenType(written)


class BufferedCursor:
    """A DB-API cursor that has already fetched its whole answer."""

    arraysize = 1

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._rows: list[tuple[Any, ...]] = []
        self.description: Any = None
        self.rowcount = -1

    def execute(self, statement: str, parameters: Sequence[Any] | None = None) -> None:
        """Run the statement and take every row of its answer."""
        with heeding_interrupts():
            self._connection.execute(statement, list(parameters) if parameters else None)
            self.description = self._connection.description
            self._rows = self._connection.fetchall()

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row, None after the last."""
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """The next ``size`` rows."""
        taken = self._rows[: size or self.arraysize]
        self._rows = self._rows[len(taken) :]
        return taken

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows not yet taken."""
        taken, self._rows = self._rows, []
        return taken

    def close(self) -> None:
        """Forget the rows."""
        self._rows = []


class BorrowedConnection:
    """A DB-API view of a connection that belongs to the run: it is read, never committed, rolled back or closed.

    Great Expectations' engine stays for the life of the process. When the lending is over, the connection is free to
    be closed by whoever it belongs to, and the file with it.
    """

    def __init__(self) -> None:
        self._connection: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def lent(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Read this connection inside the block, and hold it no longer afterwards."""
        self._connection = connection
        try:
            yield
        finally:
            self._connection = None

    def cursor(self) -> BufferedCursor:
        """A cursor on the connection that is lent."""
        if self._connection is None:
            raise duckdb.ConnectionException("the connection was given back to the run")
        return BufferedCursor(self._connection)

    def commit(self) -> None:
        """Nothing: the run commits its own work."""

    def rollback(self) -> None:
        """Nothing: a check changes nothing."""

    def close(self) -> None:
        """Nothing: the run closes its own connection."""


class _DuckDBModule:
    """What SQLAlchemy asks of a DB-API module."""

    paramstyle = "numeric_dollar"
    Error = duckdb.Error


class DuckDBDialect(PGDialect):
    """DuckDB under PostgreSQL's name; see the module."""

    name = "postgresql"
    driver = "duckdb"
    supports_statement_cache = True
    default_paramstyle = "numeric_dollar"

    @classmethod
    def import_dbapi(cls) -> Any:
        """DuckDB in the shape of a DB-API module."""
        return _DuckDBModule

    def initialize(self, connection: Any) -> None:
        """No questions to a PostgreSQL server's settings."""
        self.default_schema_name = "main"
        self.server_version_info = (14, 0)

    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        """Columns of the table in their order, with types."""
        found = connection.execute(
            sa.text(
                "select column_name, data_type, is_nullable from information_schema.columns "
                "where table_name = :table_name and table_schema = coalesce(:schema, current_schema()) "
                "and table_catalog = current_database() order by ordinal_position"
            ),
            {"table_name": str(table_name), "schema": schema},
        )
        columns = [
            {"name": name, "type": column_type(type_), "nullable": nullable == "YES", "default": None, "comment": None}
            for name, type_, nullable in found
        ]
        if not columns:
            raise NoSuchTableError(table_name)
        return columns

    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        """None: the warehouse's tables declare their keys in contracts."""
        return {"constrained_columns": [], "name": None}


registry.register(URL.removesuffix("://"), __name__, DuckDBDialect.__name__)

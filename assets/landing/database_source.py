"""A query to a database as a landed file: its rows as Parquet, the same rows as the same bytes.

The answer is streamed: every value goes to disk as text, is cast to the column's type once all rows are there, and
sorted over all columns, so that neither the server's order nor the amount of rows matters.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.configuration.database_query import QueryError, expect_one_select
from assets.configuration.sources import Source
from assets.error_texts import without_values
from assets.landing.environment_references import MissingVariableError, Secrets
from assets.landing.landed_files import FoundFile, UnreachableError
from assets.releases.table_files import row_groups
from assets.statements import file_literal, identifier

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

FILE_NAME = "query.parquet"
"""What a query's answer is called among the landed files; a new answer is a new version of that file."""

_ROWS_AT_ONCE = 10_000
_ROW_GROUP_ROWS = 16_384  # fixed: the bytes must not depend on the batches an engine hands over
_SORTING_MEMORY = "512MB"
_SORTED_AT_ONCE = 64 << 20  # bytes of text; a sort of wide rows that is larger than memory is not given to disk in time
_CONNECT_SECONDS = 15
_LOCK_SECONDS = 600
# A connection that a firewall dropped while the query worked says nothing: a minute and a half, and it counts as dead.
_KEEP_ALIVE = {"keepalives": 1, "keepalives_idle": 60, "keepalives_interval": 10, "keepalives_count": 3}

# PostgreSQL's types by object id. The server's text of them is taken as it is, so nothing is lost on the way.
_POSTGRESQL_TYPES = {
    16: "BOOLEAN", 20: "BIGINT", 21: "BIGINT", 23: "BIGINT", 700: "DOUBLE", 701: "DOUBLE", 1082: "DATE",
    1114: "TIMESTAMP", 1184: "TIMESTAMPTZ",
}  # fmt: skip
_POSTGRESQL_NUMERIC = 1700
_TAKEN_AS_TEXT = (
    "bool", "int2", "int4", "int8", "float4", "float8", "numeric", "date", "timestamp", "timestamptz", "time",
    "timetz", "interval", "json", "jsonb", "uuid", "bytea",
)  # fmt: skip
_UNDECLARED_DECIMAL = "DECIMAL(38,10)"  # a fixed one: the type must not depend on the night's values
_NAMES_ONLY = ("08", "25", "28", "3D", "42", "53", "57")  # classes of SQLSTATE whose messages quote names, no values


def query_file(source: Source) -> FoundFile:
    """The source's query as a file; the database is asked when the file is opened, each time."""
    return FoundFile(FILE_NAME, None, None, lambda workspace: _answer(source, workspace))


def _answer(source: Source, workspace: Path) -> BinaryIO:
    """The query's answer, as a file that is gone when it is closed.

    Raises:
        UnreachableError: the database could not be reached or asked; the message holds no password and no value.
    """
    folder = Path(tempfile.mkdtemp(prefix="query-", dir=workspace))
    try:
        _write_sorted(_fetched(source, folder / "answer.parquet"), folder)
        return (folder / FILE_NAME).open("rb")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fetched(source: Source, path: Path) -> _Answered:
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    query = source.query or ""
    secrets = Secrets()
    try:
        url = _url(source, secrets)
    except MissingVariableError as error:
        raise UnreachableError(f"its database was not asked: {error}") from None
    except ArgumentError:
        raise UnreachableError("its database was not asked: `database` is not an SQLAlchemy URL") from None
    place = secrets.hidden(f"the database {_named(url)}")
    try:
        expect_one_select(query, url.get_backend_name())
        engine = _engine(url)
        try:
            with _connected(engine) as connection:
                return _texts(connection, query, path)
        finally:
            engine.dispose()
    except NoSuchModuleError:
        kind = secrets.hidden(url.drivername)
        raise UnreachableError(f"{place} was not asked: no dialect for {kind} is installed") from None
    except ImportError as error:
        raise UnreachableError(f"{place} was not asked: {_driver_hint(url, error)}") from None
    except (QueryError, _InVainError) as error:
        raise UnreachableError(secrets.hidden(f"{place} gave no answer: {error}")) from None
    except Exception as error:  # every driver has errors of its own; none may pass with what it quotes
        raise UnreachableError(secrets.hidden(f"{place} gave no answer: {_reason(error)}")) from None


def _url(source: Source, secrets: Secrets) -> URL:
    """The database's URL, filled in, with the driver we bring where none is named."""
    from sqlalchemy import make_url

    text = secrets.filled((source.database or "").strip(), is_address=True)
    url = make_url(text.replace("postgres://", "postgresql://", 1) if text.startswith("postgres://") else text)
    hidden = [value for name, part in url.query.items() if "pass" in name or "key" in name for value in _several(part)]
    for secret in (url.password or "", *hidden):
        secrets.keep(str(secret))
        secrets.keep(quote(str(secret), safe=""))
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _several(value: str | Sequence[str]) -> Sequence[str]:
    return (value,) if isinstance(value, str) else value


def _named(url: URL) -> str:
    """Where the database is, for messages: host and name, nothing of who asks."""
    where = f" at {url.host}" + (f":{url.port}" if url.port else "") if url.host else ""
    return f"{url.database or '(unnamed)'}{where}"


def _driver_hint(url: URL, error: ImportError) -> str:
    if url.get_backend_name() == "postgresql":
        return "its driver is missing; install it with: pip install 'customer-analytics[postgresql]'"
    return f"its driver is missing; install the Python package {error.name or url.get_driver_name()}"


def _reason(error: Exception) -> str:
    """The driver's own words, without a value of a row."""
    own = getattr(error, "orig", None) or error
    quotes_names = str(getattr(own, "sqlstate", None) or "").startswith(_NAMES_ONLY)
    return _first_line(own) if quotes_names else without_values(str(own) or type(own).__name__)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


class _InVainError(Exception):
    """Nothing could be asked, or the answer cannot be used; the message quotes names only."""


@dataclass(frozen=True)
class _Answered:
    """The answer on disk, every value a text.

    Attributes:
        path: its rows, the columns named by their place.
        columns: their names.
        types: the DuckDB type each is declared with or shows.
        size: bytes of all its texts.
    """

    path: Path
    columns: tuple[str, ...]
    types: tuple[str, ...]
    size: int


def _engine(url: URL) -> Engine:
    """An engine that keeps no connection and shows no parameter; SQLite's opens its file for reading only."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    arguments: dict[str, Any] = {}
    if url.get_backend_name() == "sqlite" and url.database:
        import sqlite3

        address = f"file:{quote(url.database)}?mode=ro"
        return create_engine(
            "sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool, hide_parameters=True
        )
    if url.drivername == "postgresql+psycopg":
        ours = {"connect_timeout": _CONNECT_SECONDS, **_KEEP_ALIVE}
        arguments = {"client_encoding": "utf8", **{name: ours[name] for name in ours if name not in url.query}}
    return create_engine(url, connect_args=arguments, poolclass=NullPool, hide_parameters=True)


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads, where the database knows such a thing; PostgreSQL's speaks ISO and UTC.

    PostgreSQL waits for no lock for ever, and is told to end a query whose run is stopped.
    """
    from sqlalchemy.exc import DBAPIError

    try:
        connection = engine.connect()
    except DBAPIError as error:  # it has met no row yet: whatever it quotes is a name
        raise _InVainError(_first_line(error.orig or error)) from None
    with connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(postgresql_readonly=True)
        if engine.dialect.driver == "psycopg":
            from psycopg.types.string import TextLoader

            connection.exec_driver_sql("set local timezone to 'UTC'")
            connection.exec_driver_sql("set local datestyle to 'ISO, YMD'")
            raw: Any = connection.connection.driver_connection
            connection.exec_driver_sql(
                f"select set_config('lock_timeout', '{_LOCK_SECONDS}s', true)"
                " where current_setting('lock_timeout', true) = '0'"
            )
            for name in _TAKEN_AS_TEXT:
                raw.adapters.register_loader(name, TextLoader)
            with _ended_with_the_run(raw):
                yield connection
        else:
            yield connection


@contextmanager
def _ended_with_the_run(raw: Any) -> Iterator[None]:
    """Have the server end its work when the run is stopped: that nobody listens it would learn when it answers."""
    request = raw.pgconn.get_cancel()  # a stopped statement closes the connection before anybody can ask it for one
    try:
        yield
    except Exception:
        raise
    except BaseException:
        from psycopg import OperationalError

        with suppress(OperationalError):  # the server is gone, and its query with it
            request.cancel()
        raise


def _texts(connection: Connection, query: str, path: Path) -> _Answered:
    """Stream the answer to disk.

    Raises:
        _InVainError: two columns have one name.
    """
    asked = connection.execution_options(stream_results=True, max_row_buffer=_ROWS_AT_ONCE, no_parameters=True)
    with closing(asked.exec_driver_sql(query)) as result:
        columns = tuple(result.keys())
        _expect_each_name_once(columns)
        description = result.cursor.description if result.cursor and connection.dialect.driver == "psycopg" else None
        declared = [_declared(column) for column in description] if description else [None] * len(columns)
        kinds: list[set[type]] = [set() for _ in columns]
        size = 0
        schema = pa.schema([(f"c{place}", pa.string()) for place in range(len(columns))])
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for rows in result.partitions(_ROWS_AT_ONCE):
                by_column = list(zip(*rows, strict=True))
                for known, values in zip(kinds, by_column, strict=True):
                    known.update(map(_kind, values))
                texts = pa.Table.from_arrays([_text_array(values) for values in by_column], schema=schema)
                size += sum(_length(column) for column in texts.columns)
                writer.write_table(texts)
    types = tuple(known or _shown_type(kinds[place]) for place, known in enumerate(declared))
    return _Answered(path, columns, types, size)


def _expect_each_name_once(columns: Sequence[str]) -> None:
    times = Counter(name.strip().casefold() for name in columns)
    repeated = [name for name in columns if times[name.strip().casefold()] > 1]
    if repeated:
        raise _InVainError(f"the query's answer has several columns `{repeated[0]}`; name them apart with AS")


def _declared(column: Any) -> str:
    """The type PostgreSQL declares a column of the answer with."""
    if column.type_code == _POSTGRESQL_NUMERIC:
        precision, scale = column.precision, column.scale
        fits = precision is not None and scale is not None and precision <= 38 and 0 <= scale <= precision
        return f"DECIMAL({precision},{scale})" if fits else _UNDECLARED_DECIMAL
    return _POSTGRESQL_TYPES.get(column.type_code, "VARCHAR")


_AWARE = type("aware", (), {})


def _kind(value: object) -> type:
    return _AWARE if isinstance(value, dt.datetime) and value.tzinfo is not None else type(value)


_TYPES_OF_KINDS: dict[frozenset[type], str] = {
    frozenset({bool}): "BOOLEAN",
    frozenset({int}): "BIGINT",
    frozenset({int, float}): "DOUBLE",
    frozenset({float}): "DOUBLE",
    frozenset({Decimal}): _UNDECLARED_DECIMAL,
    frozenset({int, Decimal}): _UNDECLARED_DECIMAL,
    frozenset({dt.date}): "DATE",
    frozenset({dt.datetime}): "TIMESTAMP",
    frozenset({_AWARE}): "TIMESTAMPTZ",
}


def _shown_type(kinds: set[type]) -> str:
    """The type of a column of a driver that declares none, from the kinds of all its values."""
    return _TYPES_OF_KINDS.get(frozenset(kinds - {type(None)}), "VARCHAR")


def _text_array(values: Sequence[Any]) -> pa.Array:
    is_text = set(map(type, values)) <= {str, type(None)}
    return pa.array(values if is_text else [_text(value) for value in values], pa.string())


def _length(texts: pa.ChunkedArray) -> int:
    """Bytes of the texts alone: what else they take depends on how the rows are spread over batches."""
    return pc.call_function("sum", [pc.call_function("binary_length", [texts])]).as_py() or 0


def _text(value: Any) -> str | None:
    match value:
        case None | str():
            return value
        case Decimal():
            return format(value, "f")
        case dt.datetime():
            return (value if value.tzinfo is None else value.astimezone(dt.UTC)).isoformat(" ")
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)


def _write_sorted(answered: _Answered, folder: Path) -> None:
    """Write the answer in its columns' types, its rows in order: equal rows are equal bytes."""
    spill = folder / "spill"
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": _SORTING_MEMORY,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    try:
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false").fetchall()
        texts = f"read_parquet({file_literal(answered.path)})"
        fits = ", ".join(f"coalesce(bool_and({_fits(f'c{n}', type_)}), true)" for n, type_ in enumerate(answered.types))
        holds = connection.execute(f"select {fits} from {texts}").fetchall()[0]
        # A column whose values do not all fit is taken as the text it came as: a bad value is its row's trouble.
        types = [type_ if fit else "VARCHAR" for type_, fit in zip(answered.types, holds, strict=True)]
        columns = ", ".join(
            f"cast(c{place} as {type_}) as {identifier(name)}"
            for place, (name, type_) in enumerate(zip(answered.columns, types, strict=True))
        )
        order = ", ".join(f"{place} asc nulls first" for place in range(1, len(types) + 1))
        parts = answered.size // _SORTED_AT_ONCE + 1
        row = ", ".join(f"c{place}" for place in range(len(types)))
        readers = (
            connection.sql(
                f"select {columns} from {texts} where hash({row}) % {parts} = {part} order by {order}"
            ).to_arrow_reader(_ROW_GROUP_ROWS)
            for part in range(parts)
        )
        first = next(readers)
        with pq.ParquetWriter(folder / FILE_NAME, first.schema, compression="zstd", compression_level=3) as writer:
            for group in row_groups(chain(first, chain.from_iterable(readers)), _ROW_GROUP_ROWS):
                writer.write_table(group, row_group_size=_ROW_GROUP_ROWS)
    finally:
        connection.close()


def _fits(column: str, type_: str) -> str:
    """SQL of whether a text is the type's, exactly; NULL where there is none."""
    cast = f"try_cast({column} as {type_})"
    exactly = "true"
    if type_.startswith("DECIMAL"):
        scale = type_.rstrip(")").split(",")[1]
        exactly = f"length(regexp_extract({column}, '[.]([0-9]*?)0*$', 1)) <= {scale}"
    elif type_.startswith(("DATE", "TIMESTAMP")):
        exactly = f"isfinite({cast})"
    return f"case when {column} is not null then {cast} is not null and {exactly} end"

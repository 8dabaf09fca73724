"""The private DuckDB warehouse: statements in, contracted tables out.

Nobody but the run opens the file. Readers get Parquet.
"""

from __future__ import annotations

import glob
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from assets.contracts import Contract
from assets.error_texts import without_values
from assets.statements import Amendment, Gathered, Query, View, file_literal, identifier, literal, with_literals

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

Numbers = npt.NDArray[np.uint64]

_ROWS_OF_NUMBERS = 100_000
_ROWS_AT_ONCE = 200_000  # what lies in the processor's cache is worked on sooner
INTERRUPTIONS = ("KeyboardInterrupt", "DagsterExecutionInterruptedError")
"""What Ctrl-C and signals raise, the latter within the orchestrator's steps."""
_INTERRUPTED = re.compile(rf"Query interrupted|.*\b({'|'.join(INTERRUPTIONS)}):?\s*", re.DOTALL)
"""What the engine says where it was stopped: itself, or while it asked Python for the rows of a stream."""


def _as_pattern(folder: Path) -> str:
    """The folder as the beginning of a pattern of file names that fits nothing else."""
    return f"{glob.escape(os.path.abspath(folder))}/"


def _first_error(error: BaseException) -> BaseException:
    """What aborted a transaction, of an error that says only that it is: what cleans up behind a failure fails, too."""
    while isinstance(error, duckdb.TransactionException) and error.__context__ is not None:
        error = error.__context__
    return error


@contextmanager
def set_to(connection: duckdb.DuckDBPyConnection, setting: str, value: str) -> Iterator[None]:
    """Have a setting of the engine at another value than its own while it lasts."""
    connection.execute(f"set {setting} = {value}").fetchall()
    try:
        yield
    finally:
        with connection.cursor() as outside:  # a transaction in which something failed takes no statement
            outside.execute(f"reset {setting}")


@contextmanager
def heeding_interrupts() -> Iterator[None]:
    """Let Ctrl-C and signals stop the program: an engine that one has stopped tells of it as of any other error."""
    try:
        yield
    except (RuntimeError, duckdb.Error) as error:
        if _INTERRUPTED.fullmatch(str(error)):
            raise KeyboardInterrupt from error
        raise


def _read(batches: Iterable[Any]) -> Iterator[Any]:
    """The batches; what stops the engine in the middle of them is told by Arrow, as an error of reading files."""
    try:
        yield from batches
    except OSError as error:
        if str(error).startswith("Out of Memory Error"):
            raise duckdb.OutOfMemoryException(str(error)) from None
        raise


class Warehouse:
    """Tables of one night on one DuckDB connection; ``with`` closes it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._megabytes: int | None = None
        self._is_in_transaction = False

    @classmethod
    def open(cls, path: Path | None, *, memory_limit: str | None = None, threads: int | None = None) -> Warehouse:
        """The warehouse at the path (in memory for None), in UTC and with insertion order kept."""
        settings: dict[str, Any] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": True,
        }
        if memory_limit:
            settings["memory_limit"] = memory_limit
        if threads:
            settings["threads"] = threads
        connection = duckdb.connect(str(path) if path else ":memory:", config=settings)
        connection.execute("set timezone = 'UTC'").fetchall()
        warehouse = cls(connection)
        if memory_limit:
            warehouse._keep_what_was_given()
        return warehouse

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.connection.close()

    def frame(self, statement: Query | str, parameters: Mapping[str, Any] | None = None) -> pl.DataFrame:
        """The rows of a statement as a frame."""
        asked = Query(statement, parameters or {}) if isinstance(statement, str) else statement
        with self._joins_of(asked):
            return self._with_the_memory_needed(
                lambda: self.connection.sql(asked.sql, params=dict(asked.parameters) or None).pl()
            )

    def rows(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """The rows of a short statement, all fetched: an unfinished result blocks the connection."""
        return self._with_the_memory_needed(lambda: self.connection.execute(sql, parameters).fetchall())

    def numbers(self, sql: str) -> Iterator[tuple[Numbers, ...]]:
        """The columns of a statement that answers whole numbers without a sign, and no NULL, some rows at a time.

        Until the last of them is taken, no other statement can be asked.
        """
        for batch in _read(self.connection.sql(sql).to_arrow_reader(_ROWS_OF_NUMBERS)):
            yield tuple(column.to_numpy() for column in pl.DataFrame(batch))

    def in_order(self, statement: Query, by: Sequence[str], work: Callable[[Iterator[pl.DataFrame]], _T]) -> _T:
        """What the work makes of a statement's rows in an order. It is given some at a time, an empty frame first.

        The work asks no other statement and leaves nothing behind: where memory does not suffice it begins again.
        """
        ordered = f"select * from (\n{statement.sql}\n) order by {', '.join(by)}"

        def done() -> _T:
            answered = self.connection.sql(ordered, params=dict(statement.parameters) or None)
            reader = answered.to_arrow_reader(_ROWS_AT_ONCE)
            return work(pl.DataFrame(part) for part in chain((reader.schema.empty_table(),), _read(reader)))

        with self._joins_of(statement):
            return self._with_the_memory_needed(done)

    def in_parts(self, statement: Query, rows: int) -> Iterator[pl.DataFrame]:
        """The rows of a statement, so many at a time at most.

        They are read once, on a cursor of their own: what is made of a part may ask the warehouse meanwhile. Temporary
        tables and views are not to be found there.
        """
        with self.connection.cursor() as cursor:

            def begun() -> Iterator[Any]:
                answered = cursor.sql(statement.sql, params=dict(statement.parameters) or None)
                parts = _read(answered.to_arrow_reader(rows))
                first = list(islice(parts, 1))  # all sorts and joins are done by then
                return chain(first, parts)

            with self._joins_of(statement):
                parts = self._with_the_memory_needed(begun)
            for part in parts:
                yield pl.DataFrame(part)
        if self._megabytes is not None:  # what is held for parts to come may have been more
            self._limit_memory(self._megabytes)

    def scalar(self, sql: str, parameters: Any = None) -> Any:
        """The one value of a statement that answers one row."""
        rows = self.rows(sql, parameters)
        return rows[0][0] if rows else None

    def keep(self, name: str, content: Query | str | pl.DataFrame) -> None:
        """Make the temporary table of that name anew: the rows of a statement, or of a frame."""
        if isinstance(content, pl.DataFrame):
            with self.lent("_kept", content):
                self.keep(name, "select * from _kept")
            return
        statement = Query(content) if isinstance(content, str) else content
        with self._joins_of(statement):
            self.rows(f"create or replace temp table {name} as {statement.sql}", dict(statement.parameters) or None)

    def keep_once(self, name: str, content: Query | str, made_of: str | None) -> None:
        """Make the temporary table as :meth:`keep`, unless it was made here of the same.

        Args:
            name: of the table.
            content: its rows.
            made_of: says what they come from: where it is the same, so are the rows. None: nobody can say.
        """
        self.rows("create temp table if not exists kept_once (name VARCHAR, made_of VARCHAR)")
        known = self.scalar("select made_of from kept_once where name = $name", {"name": name})
        if known is not None and known == made_of:
            return
        self.keep(name, content)
        self.rows("delete from kept_once where name = $name", {"name": name})
        self.rows("insert into kept_once values ($name, $made_of)", {"name": name, "made_of": made_of})

    @contextmanager
    def lent(self, name: str, frame: pl.DataFrame) -> Iterator[None]:
        """Let statements read the frame as a view of that name, without a copy."""
        self.connection.register(name, frame)
        try:
            yield
        finally:
            self.connection.unregister(name)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the statements or none: a run that is killed leaves nothing half done."""
        self.rows("begin transaction")
        self._is_in_transaction = True
        try:
            yield
        except BaseException as error:
            self.rows("rollback")
            first = _first_error(error)
            if first is error:
                raise
            raise first from None
        else:
            self.rows("commit")
        finally:
            self._is_in_transaction = False

    def all_or_nothing(self, work: Callable[[], None]) -> None:
        """Do the work in a transaction of its own; from its beginning once more where memory does not suffice."""

        def done() -> None:
            with self.transaction():
                work()

        self._with_the_memory_needed(done)

    def _with_the_memory_needed(self, work: Callable[[], _T]) -> _T:
        """Do the work, and where memory does not suffice once more with twice as much, until that is done.

        Not where an amount is configured, and not within a transaction: that has to begin again.

        Raises:
            MemoryError: where the memory there is does not suffice.
        """
        reckoned = megabytes = self._megabytes
        try:
            while True:
                try:
                    with heeding_interrupts():
                        return work()
                except duckdb.OutOfMemoryException:
                    if self._is_in_transaction:
                        raise
                    before, shown = self._limit(), self.scalar("select current_setting('memory_limit')")
                    if megabytes is not None:
                        megabytes *= 2
                        self._limit_memory(megabytes)
                    if self._limit() == before:
                        raise MemoryError(
                            f"the warehouse ran out of memory, of which it may use {shown}; expected: an amount in "
                            "which the largest table can be grouped. Give it more with limits.memory"
                        ) from None
                    _log.warning("%s of memory did not suffice; this takes twice as much", shown)
        finally:
            if reckoned is not None and megabytes != reckoned:
                self._limit_memory(reckoned)

    def _limit(self) -> int:
        return int(self.scalar("select parse_formatted_bytes(current_setting('memory_limit'))"))

    def allow_memory(self, megabytes: int) -> None:
        """Keep to an amount of memory, and go to disk beyond it; to what the machine allows where that is less.

        What cannot go to disk and does not suffice gets twice as much for as long as it takes.
        """
        self._megabytes = megabytes
        if self._limit_memory(megabytes):
            self._keep_what_was_given()

    def _limit_memory(self, megabytes: int) -> bool:
        """Whether the machine has more than the amount, which is the limit then."""
        limit = f"{megabytes}MB"
        self.rows("reset memory_limit")
        is_less = bool(
            self.scalar(
                "select parse_formatted_bytes($limit) < parse_formatted_bytes(current_setting('memory_limit'))",
                {"limit": limit},
            )
        )
        if is_less:
            # What is held in memory alone, as a table of a warehouse without a file, may be more.
            with suppress(duckdb.OutOfMemoryException):
                self.connection.execute(f"set memory_limit = {literal(limit)}").fetchall()
        return is_less

    def _keep_what_was_given(self) -> None:
        """Keep memory up to the limit for what comes next: given back and taken again, every page is made anew."""
        kept = self.scalar("select parse_formatted_bytes(current_setting('block_allocator_memory'))")
        if self._limit() > kept:
            self.rows(f"set block_allocator_memory = '{self._limit()}B'")

    def write_out(self) -> None:
        """Write what has changed into the tables' file: while it waits, a large grouping needs much more memory."""
        self.rows("checkpoint")

    @contextmanager
    def in_any_order(self) -> Iterator[None]:
        """Write rows in whatever order the threads come by: half the memory, and nothing is written a second time."""
        with set_to(self.connection, "preserve_insertion_order", "false"):
            yield

    @contextmanager
    def _without_search(self) -> Iterator[None]:
        """Do not look for what texts have in common: in columns of ids it takes longer than all the rest of a write."""
        with set_to(self.connection, "disabled_compression_methods", "'dict_fsst'"):
            yield

    def _joins_of(self, statement: Query) -> AbstractContextManager[None]:
        """Have the engine take the statement's joins as they are written, where it asks for it."""
        if not statement.joins_as_written:
            return nullcontext()
        return set_to(self.connection, "disabled_optimizers", "'join_order,build_side_probe_side'")

    def has(self, table: str) -> bool:
        """Whether the table exists."""
        return bool(
            self.scalar(
                """select count(*) from information_schema.tables
                where table_catalog in (current_database(), 'temp') and table_name = $name""",
                {"name": table},
            )
        )

    def gathered(self, contract: Contract, frames: Iterable[pl.DataFrame]) -> Gathered:
        """What a table too large to be in memory at once is made of: its frames, written one by one as they come."""
        name = identifier(f"gathered_{contract.name}")
        columns = {identifier(column.name): column.type for column in contract.columns}
        nothing = ", ".join(f"cast(null as {type_}) as {column}" for column, type_ in columns.items())
        casts = ", ".join(f"cast({column} as {type_})" for column, type_ in columns.items())
        with self.in_any_order():
            self.keep(name, f"select {nothing} where false")
            for frame in frames:
                with self.lent("_part", frame):
                    self.rows(f"insert into {name} select {casts} from _part")
        return Gathered(None, Query(f"select * from {name}"), remember=(f"drop table {name}",), table=name)

    def _in_the_way(self, name: str, kind: str) -> str | None:
        """What has the name that a table or a view is to have: the other one of the two, or nothing."""
        if kind == "temp table":
            return None
        other = {"table": "view", "view": "table"}[kind]
        found = self.rows(
            f"select 1 from duckdb_{other}s() where database_name = current_database() and {other}_name = $name",
            {"name": name},
        )
        return other if found else None

    def replace(
        self, contract: Contract, content: Query | pl.DataFrame | Amendment | View, *, for_now: bool = False
    ) -> int:
        """Write the table: the contract's columns in its order, cast to its types. Returns the row count.

        It is written anew, or where the content amends it only in what is different; of a view, only the statement.

        Args:
            contract: the table's.
            content: its rows.
            for_now: as a temporary table, which statements find before the one of that name that stays.

        Raises:
            ValueError: where the content lacks a column of the contract or a value does not fit its type.
        """
        if isinstance(content, pl.DataFrame):
            with self.lent("_content", content):
                return self.replace(contract, Query("select * from _content"), for_now=for_now)
        if for_now and isinstance(content, Gathered):
            self.rows(f"drop table if exists temp.{identifier(contract.name)}")
            self.rows(f"alter table {content.table} rename to {identifier(contract.name)}")
            return int(self.scalar(f"select count(*) from {identifier(contract.name)}"))
        if isinstance(content, View):
            change = Amendment(None, Query(with_literals(content.rows)))
        else:
            change = content if isinstance(content, Amendment) else Amendment(None, content)
        names = {identifier(column.name): column.type for column in contract.columns}
        casts = ",\n  ".join(f"cast(content.{name} as {type_}) as {name}" for name, type_ in names.items())
        body = change.rows.sql.strip().rstrip(";")
        rows = replace(change.rows, sql=f"select\n  {casts}\nfrom (\n{body}\n) as content")
        try:
            kind = "view" if isinstance(content, View) else "temp table" if for_now else "table"
            self.amend(contract.name, replace(change, rows=rows), kind=kind)
        except (duckdb.BinderException, duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            reason = without_values(str(error))
            raise ValueError(f"{contract.name}: the result does not fit the table's contract: {reason}") from None
        if isinstance(content, View) and content.count is not None:
            return int(self.scalar(content.count.sql, dict(content.count.parameters) or None))
        return int(self.scalar(f"select count(*) from {identifier(contract.name)}"))

    def read_from(self, contract: Contract, folder: Path, files: Sequence[str]) -> None:
        """Have the table read from Parquet files that hold its rows; one that was written for now is forgotten.

        Args:
            contract: the table's.
            folder: where its files and those of other tables lie, unless :meth:`find_files_under` said another.
            files: relative to the folder.
        """
        self.rows(f"drop table if exists temp.{identifier(contract.name)}")
        place = f"coalesce(getvariable('files_under'), {literal(_as_pattern(folder))})"
        found = ", ".join(f"{place} || {file_literal(file)}" for file in files)
        self.amend(
            contract.name,
            Amendment(None, Query(f"select * from read_parquet([{found}], hive_partitioning = false)")),
            kind="view",
        )

    def find_files_under(self, folder: Path) -> None:
        """Say where the files of tables lie now: the home may have been moved since they were written."""
        self.rows("set variable files_under = $folder", {"folder": _as_pattern(folder)})

    def amend(self, name: str, change: Amendment, *, kind: str = "table") -> None:
        """Do all that the amendment says of the table of that name, or nothing of it.

        Args:
            name: of the table.
            change: its rows have the table's columns in their order.
            kind: ``view`` where only the statement is kept, ``temp table`` for this session; nothing is obsolete then.
        """
        try:
            self._with_the_memory_needed(lambda: self._amend(name, change, kind))
        except duckdb.CatalogException:
            other = self._in_the_way(name, kind) if change.obsolete is None else None
            if other is None:
                raise
            in_its_place = replace(change, first=(f"drop {other} {identifier(name)}", *change.first))
            self._with_the_memory_needed(lambda: self._amend(name, in_its_place, kind))

    def _amend(self, name: str, change: Amendment, kind: str) -> None:
        table = identifier(name)
        verbs = [f"insert into {table}"] * max(1, len(change.parts))
        if change.obsolete is None:
            verbs[0] = f"create or replace {kind} {table} as"
        joins = self._joins_of(change.rows)
        with self.in_any_order(), self._without_search(), joins, self.transaction():
            for statement in change.first:
                self.rows(statement)
            if change.obsolete is not None:
                self.rows(f"delete from {table} where {change.obsolete}")
            for verb, part in zip_longest(verbs, change.parts):
                if part is not None:
                    self.rows(part)
                self.rows(f"{verb}\n{change.rows.sql}", dict(change.rows.parameters) or None)
            for statement in change.remember:
                self.rows(statement)

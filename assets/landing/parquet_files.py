"""Parquet files: every record by its number, in the types the file gives its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from assets.error_texts import without_values
from assets.landing.batches import batches
from assets.landing.packed_files import expect_sensibly_packed
from assets.landing.restored_files import restored
from assets.landing.staged import CONTENT, LINE, OURS, LandedContent, Staged, Unreadable, expect_usable_columns
from assets.landing.text_encodings import UnreadableFileError
from assets.statements import file_literal, literal
from assets.warehouse import Warehouse


@dataclass(frozen=True)
class _File:
    """A content's file in the workspace, the names and types of its columns, and its number of rows."""

    content: LandedContent
    path: Path
    columns: tuple[tuple[str, str], ...]
    rows: int


def stage_parquet(
    warehouse: Warehouse, contents: Sequence[LandedContent], workspace: Path
) -> Iterator[Staged | Unreadable]:
    """Stage the records of the files, those of equal columns together; files that are not Parquet come back alone.

    The records are read where they lie: nothing of them is kept twice. A page that turns out to be damaged ends the
    reading of them all, see :func:`stage_parquet_by_itself`.
    """
    files: list[_File] = []
    for content in contents:
        try:
            files.append(_opened(warehouse, content, workspace))
        except UnreadableFileError as error:
            yield Unreadable(content.content_no, str(error))
    in_order = sorted(files, key=lambda file: (file.columns, file.content.content_no))
    for _, alike in groupby(in_order, key=lambda file: file.columns):
        for batch in batches(list(alike), lambda file: file.rows):
            yield _staged(warehouse, batch)
            for file in batch:
                file.path.unlink(missing_ok=True)  # read by itself meanwhile, where one of them was damaged


def stage_parquet_by_itself(warehouse: Warehouse, content: LandedContent, workspace: Path) -> Staged | Unreadable:
    """Stage the records of one file, every one of them read before any is used."""
    try:
        file = _opened(warehouse, content, workspace)
    except UnreadableFileError as error:
        return Unreadable(content.content_no, str(error))
    staged = _staged(warehouse, [file])
    table = f"{staged.table}_read"
    try:
        warehouse.rows(f"create or replace temp table {table} as select * from {staged.table}")
    except duckdb.Error as error:
        return Unreadable(content.content_no, f"the file could not be read as parquet: {_reason(error, file.path)}")
    finally:
        file.path.unlink()
    return Staged(table, staged.header, staged.contents, has_types=True)


def _opened(warehouse: Warehouse, content: LandedContent, workspace: Path) -> _File:
    path = workspace / f"{content.content_no}.parquet"
    with restored(content, workspace) as kept:
        kept.rename(path)
    try:
        _expect_sound(path)
        columns = warehouse.rows(f"describe select * from read_parquet({file_literal(path)})")
        rows = warehouse.scalar(f"select num_rows from parquet_file_metadata({file_literal(path)})")
    except duckdb.Error as error:
        path.unlink()
        raise UnreadableFileError(f"the file could not be read as parquet: {_reason(error, path)}") from error
    except UnreadableFileError:
        path.unlink()
        raise
    expect_sensibly_packed(path.stat().st_size, rows * len(columns))  # a value takes a byte unpacked, or more
    expect_usable_columns([name for name, *_ in columns], OURS | {"file_row_number"})
    return _File(content, path, tuple((name, kind) for name, kind, *_ in columns), rows)


def _expect_sound(path: Path) -> None:
    """Refuse what the engine would not only fail on, but close the warehouse for: a column of a negative size.

    Raises:
        UnreadableFileError: it has one.
        duckdb.Error: where its footer tells nothing, what an engine that nothing depends on says of it.
    """
    try:
        footer = pq.read_metadata(path)
        groups = map(footer.row_group, range(footer.num_row_groups))
        sizes = (group.column(place).total_compressed_size for group in groups for place in range(footer.num_columns))
        smallest = min(sizes, default=0)
    except (pa.ArrowException, OSError, ValueError):
        with duckdb.connect() as apart:
            apart.execute(f"select count(hash(read)) from read_parquet({file_literal(path)}) as read").fetchall()
        return
    if smallest < 0:
        raise UnreadableFileError(f"the file could not be read as parquet: a column of it takes {smallest:,} bytes")


def _reason(error: duckdb.Error, path: Path) -> str:
    return without_values(str(error)).replace(str(path), "the file")


def _staged(warehouse: Warehouse, files: Sequence[_File]) -> Staged:
    """The view of the files' records, each with its content and its number in the file."""
    number = files[0].content.content_no
    table, contents = f"staged_{number}", f"staged_contents_{number}"
    numbers = ", ".join(f"({literal(str(file.path))}, {file.content.content_no}::bigint)" for file in files)
    header = tuple(name for name, _ in files[0].columns)
    paths = ", ".join(file_literal(file.path) for file in files)
    warehouse.rows(f"create or replace temp table {contents} as from (values {numbers}) as files(__path, {CONTENT})")
    warehouse.rows(
        f"""create or replace temp view {table} as
        select records.* exclude (__path, __row), contents.{CONTENT}, records.__row + 1 as {LINE}
        from (
            select * exclude (file_row_number), file_row_number as __row
            from read_parquet([{paths}], filename = '__path', file_row_number = true)
        ) as records
        join {contents} as contents on contents.__path = records.__path"""
    )
    return Staged(
        table, header, tuple(file.content.content_no for file in files), has_types=True, is_read_where_it_lies=True
    )

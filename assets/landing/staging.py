"""Landed files into staged tables: every record of every file, with its place, before anything is understood.

A staged table holds the files of one source that share a header. Beside the source's own columns it has
``__content_no`` and ``__line_number`` (record number in the file, the header being 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb
import polars as pl

from assets.configuration_sources import Source
from assets.landing.landed_files import Fingerprint
from assets.landing.text_files import DelimitedText, UnreadableFileError, prepare
from assets.warehouse import Warehouse, identifier, literal

CONTENT = "__content_no"
LINE = "__line_number"


@dataclass(frozen=True)
class LandedContent:
    """One file's bytes to be read: where they lie and the number they are known by in the warehouse."""

    content_no: int
    path: Path
    fingerprint: Fingerprint


@dataclass(frozen=True)
class Rejected:
    """A record that the file's format does not allow, with the reason and its original text."""

    content_no: int
    line_number: int
    reason: str
    raw: str


@dataclass(frozen=True)
class Staged:
    """A staged table and what came with it.

    Attributes:
        table: name of the temporary table.
        header: the source's column names.
        contents: numbers of the contents in it.
        rejected: records set aside already.
    """

    table: str
    header: tuple[str, ...]
    contents: tuple[int, ...]
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True)
class Unreadable:
    """A content that is set aside whole, with what was found and expected."""

    content_no: int
    error: str


def format_of(source: Source, path: Path) -> str:
    """The file format: declared, else by the name's ending (compression endings apart), else csv."""
    if source.format is not None:
        return source.format
    endings = [ending.lower().lstrip(".") for ending in path.suffixes if ending.lower() not in (".gz", ".zst")]
    known = {"csv": "csv", "txt": "csv", "tsv": "tsv", "parquet": "parquet", "jsonl": "jsonl", "ndjson": "jsonl"}
    return {**known, "xlsx": "xlsx"}.get(endings[-1] if endings else "", "csv")


def stage(
    warehouse: Warehouse, source: Source, contents: Sequence[LandedContent], workspace: Path
) -> Iterable[Staged | Unreadable]:
    """Stage the contents, those with one header together; files that cannot be read come back one by one."""
    texts: list[tuple[LandedContent, DelimitedText]] = []
    for content in contents:
        kind = format_of(source, content.path)
        try:
            if kind in ("csv", "tsv"):
                texts.append((content, prepare(content.path, content.fingerprint, source, workspace)))
            else:
                yield _stage_typed(warehouse, source, content, kind)
        except UnreadableFileError as error:
            yield Unreadable(content.content_no, str(error))

    def shape(item: tuple[LandedContent, DelimitedText]) -> tuple[object, ...]:
        text = item[1]
        return (text.header, text.delimiter, text.quote, text.has_header, text.skipped)

    for _, alike in groupby(sorted(texts, key=lambda item: (repr(shape(item)), item[0].content_no)), key=shape):
        yield from _stage_together(warehouse, list(alike))


def drop(warehouse: Warehouse, staged: Staged) -> None:
    """Forget the staged table."""
    warehouse.rows(f"drop table if exists {identifier(staged.table)}")


def _stage_together(
    warehouse: Warehouse, texts: list[tuple[LandedContent, DelimitedText]]
) -> Iterable[Staged | Unreadable]:
    """One pass over all files; where the parser gives up, file by file, so that one bad file harms no other."""
    try:
        yield _stage_text(warehouse, texts)
    except duckdb.Error as error:
        if len(texts) == 1:
            first_line = str(error).splitlines()[0]
            yield Unreadable(texts[0][0].content_no, f"the file could not be parsed as delimited text: {first_line}")
            return
        for text in texts:
            yield from _stage_together(warehouse, [text])


def _stage_text(warehouse: Warehouse, texts: list[tuple[LandedContent, DelimitedText]]) -> Staged:
    first = texts[0][1]
    number = texts[0][0].content_no
    table, errors, scans = f"staged_{number}", f"rejected_{number}", f"rejected_scan_{number}"
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in first.header)
    paths = ", ".join(literal(str(text.path)) for _, text in texts)
    frame = pl.DataFrame(
        {"path": [str(text.path) for _, text in texts], "content_no": [content.content_no for content, _ in texts]}
    )
    connection = warehouse.connection
    connection.register("_paths", frame)
    try:
        warehouse.rows(
            f"""create or replace temp table {identifier(table)} as
            select parsed.* exclude (__path, __rank), paths.content_no as {CONTENT},
                   __rank - min(__rank) over (partition by __path) + {first.skipped + 1 + first.has_header}
                   as {LINE}
            from (
                select *, row_number() over () as __rank
                from read_csv([{paths}], columns = {{{columns}}}, auto_detect = false,
                    header = {str(first.has_header).lower()}, delim = {literal(first.delimiter)},
                    quote = {literal(first.quote)}, escape = {literal(first.quote)}, strict_mode = true,
                    filename = '__path', store_rejects = true,
                    rejects_table = {literal(errors)}, rejects_scan = {literal(scans)}, rejects_limit = 0)
            ) as parsed
            join _paths as paths on paths.path = parsed.__path"""
        )
        rejected = [
            Rejected(content_no, line + first.skipped, _REJECTIONS.get(kind, "malformed_row"), raw)
            for content_no, line, kind, raw in warehouse.rows(
                f"""select paths.content_no, line, min(error_type::varchar), any_value(csv_line)
                from {errors} as bad join {scans} as scan using (scan_id, file_id)
                join _paths as paths on paths.path = scan.file_path
                group by all order by all"""
            )
        ]
        if rejected:
            _shift_lines(warehouse, table, rejected, first.skipped + first.has_header)
    finally:
        connection.unregister("_paths")
        warehouse.rows(f"drop table if exists {errors}")
        warehouse.rows(f"drop table if exists {scans}")
    return Staged(table, first.header, tuple(content.content_no for content, _ in texts), tuple(rejected))


_REJECTIONS = {
    "MISSING COLUMNS": "too_few_columns",
    "TOO MANY COLUMNS": "too_many_columns",
    "UNQUOTED VALUE": "malformed_quotes",
    "LINE SIZE OVER MAXIMUM": "line_too_long",
}


def _shift_lines(warehouse: Warehouse, table: str, rejected: list[Rejected], header: int) -> None:
    """Rejected records take a place in the file too: move the line numbers of the records behind them."""
    before: dict[int, int] = {}
    rows: list[tuple[int, int]] = []
    for bad in rejected:
        count = before.get(bad.content_no, 0)
        rows.append((bad.content_no, bad.line_number - count))  # first good number that moves by one more
        before[bad.content_no] = count + 1
    frame = pl.DataFrame(rows, schema={"content_no": pl.Int64, "first_moved": pl.Int64}, orient="row")
    warehouse.connection.register("_moves", frame)
    try:
        warehouse.rows(
            f"""update {identifier(table)} as staged
            set {LINE} = {LINE} + (
                select count(*) from _moves as m
                where m.content_no = staged.{CONTENT} and m.first_moved <= staged.{LINE})
            where {CONTENT} in (select content_no from _moves)"""
        )
    finally:
        warehouse.connection.unregister("_moves")


def _stage_typed(warehouse: Warehouse, source: Source, content: LandedContent, kind: str) -> Staged:
    table = f"staged_{content.content_no}"
    path = literal(str(content.path))
    reader = {
        "parquet": f"read_parquet({path})",
        "jsonl": f"read_json({path}, format = 'newline_delimited', sample_size = -1)",
        "xlsx": "_sheet",
    }[kind]
    first_line = 2 if kind == "xlsx" else 1
    try:
        if kind == "xlsx":
            sheet = {"sheet_name": source.sheet} if isinstance(source.sheet, str) else {}
            warehouse.connection.register("_sheet", pl.read_excel(content.path, **sheet))
        warehouse.rows(
            f"""create or replace temp table {identifier(table)} as
            select *, {content.content_no} as {CONTENT}, row_number() over () + {first_line - 1} as {LINE}
            from {reader}"""
        )
    except (duckdb.Error, pl.exceptions.PolarsError, ValueError, OSError) as error:
        raise UnreadableFileError(f"the file could not be read as {kind}: {str(error).splitlines()[0]}") from error
    finally:
        if kind == "xlsx":
            warehouse.connection.unregister("_sheet")
    names = [row[0] for row in warehouse.rows(f"describe {identifier(table)}")]
    return Staged(table, tuple(name for name in names if name not in (CONTENT, LINE)), (content.content_no,), ())

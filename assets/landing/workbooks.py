"""Excel workbooks: the sheets that are asked for, one after another, each row by its place in the sheet."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from assets.configuration.expressions import ExpressionError, columns_of, folded
from assets.configuration.sources import Source
from assets.landing.restored_files import restored
from assets.landing.row_hash import written
from assets.landing.staged import CONTENT, LINE, LandedContent, Rejected, Staged, expect_usable_columns
from assets.landing.text_encodings import UnreadableFileError
from assets.landing.text_files import unique_names
from assets.landing.workbook_opening import opened_workbook
from assets.statements import identifier
from assets.warehouse import Warehouse

_ABOVE = 500
"""Rows looked through for the header below the rows to skip, and for the rows to skip below the header."""


@dataclass(frozen=True)
class _Sheet:
    """The rows of one sheet that hold anything.

    Attributes:
        rows: the values, with the sheet row each stands in.
        errors: (sheet row, column, what is wrong) of the cells whose formula failed; they hold no value.
    """

    rows: pl.DataFrame
    errors: tuple[tuple[int, str, str], ...]


def stage_workbook(warehouse: Warehouse, source: Source, content: LandedContent, workspace: Path) -> Staged:
    """Stage the rows of one workbook's sheets; of several sheets the rows are counted on.

    A column that is a number in one sheet and text in another is text. A row is set aside where the formula of a cell
    that the mapping reads has failed.

    Raises:
        UnreadableFileError: no workbook, a configured sheet is missing, or none holds a header.
    """
    logging.getLogger("fastexcel").setLevel(logging.ERROR)  # it tells of every column without a value
    with restored(content, workspace) as path, opened_workbook(path, source.sheet) as book:
        sheets, unread = _sheets(book, source)
    number = content.content_no
    tables: list[str] = []
    rejected: list[Rejected] = []
    rows_before = 0
    for sheet in sheets:
        usable, broken = _without_errors(sheet, source)
        rejected += [Rejected(number, line + rows_before, "error_cell", text) for line, text in broken]
        tables.append(f"staged_{number}_sheet_{len(tables)}")
        warehouse.keep(tables[-1], usable.with_columns(pl.col(LINE) + rows_before))
        rows_before += int(sheet.rows[LINE].to_list()[-1]) if len(sheet.rows) else 0
    header = _unite(warehouse, tables, number)
    return Staged(f"staged_{number}", header, (number,), tuple(rejected), unread, has_types=True)


def _without_errors(sheet: _Sheet, source: Source) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    """The rows without failed formulas in what the mapping reads; line and text of the others."""
    if not sheet.errors:
        return sheet.rows, []
    header = [column for column in sheet.rows.columns if column != LINE]
    read = _read_columns(source, header)
    errors = {(line, column): what for line, column, what in sheet.errors}
    lines = sorted({line for line, column in errors if column in read})
    broken = sheet.rows.filter(pl.col(LINE).is_in(lines))
    texts = [
        json.dumps({name: errors.get((row[LINE], name), row[name]) for name in header}, ensure_ascii=False, default=str)
        for row in broken.iter_rows(named=True)
    ]
    return sheet.rows.filter(~pl.col(LINE).is_in(lines)), list(zip(lines, texts, strict=True))


def _read_columns(source: Source, header: list[str]) -> set[str]:
    read: set[str] = set()
    for text in source.expressions.values():
        try:
            read.update(columns_of(text, header))
        except ExpressionError:
            continue  # mapping says what does not fit
    return read | {name for name in header if folded(name) in map(folded, source.questions)}


def workbook_header(content: bytes, source: Source) -> tuple[str, ...] | None:
    """The column names of the first sheet that is asked for and has any.

    Raises:
        UnreadableFileError: no workbook, or a configured sheet is missing.
    """
    with opened_workbook(content, source.sheet) as book:
        headers = (header_row(book, name, source) for name in _wanted(book.sheet_names, source))
        return next((header[0] for header in headers if header is not None), None)


def _unite(warehouse: Warehouse, tables: list[str], number: int) -> tuple[str, ...]:
    """Make the table of all sheets' rows; answers its columns."""
    types: dict[str, dict[str, str]] = {}
    spellings: dict[str, str] = {}
    for table in tables:
        for name, kind, *_ in warehouse.rows(f"describe {table}"):
            spelling = spellings.setdefault(name.casefold(), name)
            types.setdefault(spelling, {})[table] = kind
    parts = []
    for table in tables:
        columns = [
            f"{identifier(name) if len(set(kinds.values())) == 1 else written(identifier(name), kinds[table])} "
            f"as {identifier(name)}"
            for name, kinds in types.items()
            if table in kinds
        ]
        parts.append(f"select {', '.join(columns)}, {number}::bigint as {CONTENT} from {table}")
    warehouse.rows(f"create or replace temp table staged_{number} as {' union all by name '.join(parts)}")
    return tuple(name for name in types if name != LINE)


def _sheets(book: Any, source: Source) -> tuple[list[_Sheet], tuple[str, ...]]:
    """The configured sheets that hold rows; by default the first one, and the names of the others."""
    names: list[str] = book.sheet_names
    wanted = _wanted(names, source)
    headed = {name: sheet for name in wanted if (sheet := _sheet(book, name, source)) is not None}
    if not headed:
        raise UnreadableFileError(f"no sheet holds a header; the file has {', '.join(map(repr, names))}")
    filled = [name for name, sheet in headed.items() if not sheet.rows.is_empty()] or list(headed)[:1]
    read, unread = (filled[:1], filled[1:]) if source.sheet is None else (filled, [])
    return [headed[name] for name in read], tuple(unread)


def _wanted(names: list[str], source: Source) -> list[str]:
    if source.sheet is None or source.sheet == "*":
        return names
    wanted = [source.sheet] if isinstance(source.sheet, str) else list(source.sheet)
    missing = [name for name in wanted if name not in names]
    if missing:
        raise UnreadableFileError(f"there is no sheet {missing[0]!r}; the file has {', '.join(map(repr, names))}")
    return wanted


def _sheet(book: Any, name: str, source: Source) -> _Sheet | None:
    """One sheet's rows that hold anything; None for a sheet without a header."""
    found = header_row(book, name, source)
    if found is None:
        return None
    header, first = found
    values, failed = book.load_sheet(
        name, header_row=None, skip_rows=first, schema_sample_rows=None
    ).to_arrow_with_errors()
    rows = pl.DataFrame(pl.from_arrow(values))
    if rows.width == 0:
        return _Sheet(pl.DataFrame(schema={LINE: pl.Int64, **dict.fromkeys(header, pl.String)}), ())
    rows = rows.rename(dict(zip(rows.columns, header, strict=False)))
    errors = [
        (error.position[0] + 1, rows.columns[error.position[1]], error.detail.partition(" but got ")[2].strip("'"))
        for error in (failed.errors if failed is not None else ())
    ]
    rows = rows.drop(_nameless(rows, source) - {column for _, column, _ in errors})
    expect_usable_columns(rows.columns)
    numbered = rows.with_row_index(LINE, offset=first + 1).with_columns(pl.col(LINE).cast(pl.Int64))
    holds_anything = ~pl.all_horizontal(pl.exclude(LINE).is_null()) | pl.col(LINE).is_in([row for row, *_ in errors])
    return _Sheet(numbered.filter(holds_anything), tuple(errors))


def _nameless(rows: pl.DataFrame, source: Source) -> set[str]:
    """Empty columns that are called by their place, as those between a table and a cell far to its right are."""
    read = _read_columns(source, rows.columns)
    return {
        column.name
        for place, column in enumerate(rows.iter_columns(), start=1)
        if column.name == f"column_{place}" and column.null_count() == len(column) and column.name not in read
    }


def header_row(book: Any, name: str, source: Source) -> tuple[tuple[str, ...], int] | None:
    """A sheet's column names and the first row of data, counted from 0; None for a sheet without any row.

    The header is the first row below those to skip that holds anything.
    """
    top = source.skip_rows + source.skip_rows_after_header + _ABOVE
    start = book.load_sheet(name, header_row=None, skip_rows=0, n_rows=top, dtypes="string").to_polars()
    filled = [place for place, row in enumerate(start.iter_rows()) if any(cell and cell.strip() for cell in row)]
    below = [place for place in filled if place >= source.skip_rows]
    if source.header is not None:
        skipped = below[: source.skip_rows_after_header]
        return unique_names(source.header), (skipped[-1] + 1 if skipped else source.skip_rows)
    if not below:
        return None
    skipped = below[: source.skip_rows_after_header + 1]
    cells = [cell or "" for cell in start.row(below[0])]
    return unique_names(cells), skipped[-1] + 1

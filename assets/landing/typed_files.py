"""Files that carry their own types: Parquet, JSON lines, Excel sheets."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from assets.configuration_sources import Source
from assets.landing.landed_files import open_archived
from assets.landing.staged import CONTENT, LINE, LandedContent, Staged
from assets.landing.text_files import UnreadableFileError
from assets.warehouse import Warehouse, identifier, literal


def stage_typed(warehouse: Warehouse, source: Source, content: LandedContent, kind: str, workspace: Path) -> Staged:
    """Stage the records of one file: Parquet and JSON lines by their number, a sheet's by its row.

    Raises:
        UnreadableFileError: the file is not what its format says.
    """
    table = f"staged_{content.content_no}"
    restored = workspace / f"{content.content_no}-{Path(content.name).name}"
    with open_archived(content.archived) as kept, restored.open("wb") as out:
        while chunk := kept.read(1 << 20):
            out.write(chunk)
    unread: tuple[str, ...] = ()
    try:
        if kind == "xlsx":
            sheet, unread = _sheets(restored, source)
            warehouse.connection.register("_sheet", sheet)
            own, place, reader = f"* exclude ({LINE})", LINE, "_sheet"
        else:
            path = literal(str(restored))
            lines = f"read_json({path}, format = 'newline_delimited', sample_size = -1)"
            own, place, reader = "*", "row_number() over ()", lines if kind == "jsonl" else f"read_parquet({path})"
        warehouse.rows(
            f"create or replace temp table {identifier(table)} as "
            f"select {own}, {content.content_no} as {CONTENT}, {place} as {LINE} from {reader}"
        )
    except (duckdb.Error, pl.exceptions.PolarsError, ValueError, OSError) as error:
        raise UnreadableFileError(f"the file could not be read as {kind}: {str(error).splitlines()[0]}") from error
    finally:
        if kind == "xlsx":
            warehouse.connection.unregister("_sheet")
        restored.unlink(missing_ok=True)
    names = [row[0] for row in warehouse.rows(f"describe {identifier(table)}")]
    return Staged(
        table, tuple(name for name in names if name not in (CONTENT, LINE)), (content.content_no,), (), unread
    )


def _sheets(path: Path, source: Source) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The rows of the configured sheets one after another; by default of the first sheet that has any, and the others.

    Raises:
        UnreadableFileError: a configured sheet is missing, or none holds a row.
    """
    import fastexcel

    names = fastexcel.read_excel(path).sheet_names
    if isinstance(source.sheet, str) and source.sheet != "*":
        wanted = [source.sheet]
    elif source.sheet is None or source.sheet == "*":
        wanted = names
    else:
        wanted = list(source.sheet)
    missing = [name for name in wanted if name not in names]
    if missing:
        raise UnreadableFileError(f"there is no sheet {missing[0]!r}; the file has {', '.join(map(repr, names))}")
    frames: list[pl.DataFrame] = []
    unread: list[str] = []
    rows_before = 0
    for name in wanted:
        rows = _sheet(path, name, source, rows_before)
        if rows.is_empty():
            continue
        if frames and source.sheet is None:
            unread.append(name)
            continue
        frames.append(rows)
        rows_before = int(rows[LINE].to_list()[-1])
    if not frames:
        raise UnreadableFileError(f"no sheet holds a row; the file has {', '.join(map(repr, names))}")
    return pl.concat(frames, how="diagonal_relaxed"), tuple(unread)


def _sheet(path: Path, name: str, source: Source, rows_before: int) -> pl.DataFrame:
    """One sheet's rows that hold anything, with the sheet row each stands in, counted on from the sheets before."""
    named = {"column_names": list(source.header), "skip_rows": source.skip_rows} if source.header else {}
    options = named or {"header_row": source.skip_rows}
    rows = pl.read_excel(
        path,
        sheet_name=name,
        has_header=source.header is None,
        drop_empty_rows=False,
        infer_schema_length=None,
        raise_if_empty=False,
        read_options=options,
    )
    if rows.width == 0:
        return rows
    first = rows_before + source.skip_rows + (1 if source.header else 2)
    trimmed = rows.rename({column: column.strip() for column in rows.columns}).with_row_index(LINE, offset=first)
    return trimmed.filter(~pl.all_horizontal(pl.exclude(LINE).is_null()))

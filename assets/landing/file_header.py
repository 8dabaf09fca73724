"""The column names of a source's first file, read from its first lines: what a mapping is checked against."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import BinaryIO

import polars as pl

from assets.configuration.sources import Source
from assets.landing.landed_files import FoundFile
from assets.landing.packed_files import unpacked
from assets.landing.source_files import find_files
from assets.landing.staging import format_of
from assets.landing.text_encodings import UnreadableFileError
from assets.landing.text_files import layout_of
from assets.landing.workbooks import workbook_header


def first_file(source: Source) -> FoundFile | None:
    """The first file the source's path matches, in natural order; None where there is none.

    Raises:
        UnreachableError: the files cannot be listed.
    """
    return next(iter(find_files(source)), None)


def header_of(source: Source) -> tuple[str, ...] | None:
    """Column names of the source's first file, trimmed; None without a file or where only a full read would tell.

    A database is not asked.

    Raises:
        UnreachableError: the file cannot be reached.
        UnreadableFileError: the file is empty, damaged or not text.
    """
    if source.header is not None:
        return source.header
    if source.database is not None:
        return None
    file = first_file(source)
    kind = format_of(source, file.name) if file is not None else "jsonl"
    if file is None or kind == "jsonl":
        return None

    def opened() -> BinaryIO:
        return file.open(Path(tempfile.gettempdir()))

    if kind in ("csv", "tsv"):
        return layout_of(lambda: unpacked(opened, file.name), file.name, source).header
    with unpacked(opened, file.name) as stream:
        content = stream.read()
    try:
        return (
            workbook_header(content, source) if kind == "xlsx" else tuple(pl.read_parquet_schema(io.BytesIO(content)))
        )
    except (pl.exceptions.PolarsError, ValueError, OSError) as error:
        raise UnreadableFileError(f"the file could not be read as {kind}") from error

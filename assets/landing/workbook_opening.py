"""A workbook opened for reading, or why it cannot be: the reader itself ends the program over some files."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from assets.error_texts import without_values
from assets.landing.text_encodings import UnreadableFileError

_SHEETS = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_CELL = re.compile(rb"""\br=["']([A-Za-z]{1,8})([0-9]{1,12})["'][^<>]*(?<!/)>(?!</)""")
"""The address of a cell that holds anything: one that is only formatted takes no room."""
_LONGEST_CELL = 4_096  # bytes of a cell's tag that may lie across the border of two chunks
_CHUNK = 1 << 20
_MOST_CELLS = 1 << 24  # of the rectangle around all cells, which the reader makes in memory: half a gigabyte
_SPARSEST = 16  # cells of it for each that holds anything, where it is larger


@contextmanager
def opened_workbook(file: Path | bytes) -> Iterator[Any]:
    """The workbook, for as long as the block lasts.

    Raises:
        UnreadableFileError: it is none, it is damaged, or its cells lie too far apart; the block's errors of that kind
            are said in the same words.
    """
    import fastexcel

    try:
        _expect_cells_together(file)
        yield fastexcel.read_excel(file)
    except (fastexcel.FastExcelError, ValueError, OSError) as error:
        reason = str(error).splitlines()[0].replace(str(file) if isinstance(file, Path) else "\0", "the file")
        raise UnreadableFileError(f"the file could not be read as xlsx: {reason}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how the reader says of some damages that it met one
            raise
        raise UnreadableFileError(f"the file could not be read as xlsx: {without_values(str(error))}") from None


def _expect_cells_together(file: Path | bytes) -> None:
    """Refuse a sheet whose cells lie so far apart that the rectangle around them is larger than any memory.

    Raises:
        UnreadableFileError: names the sheet's part and its last cell.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(file) if isinstance(file, bytes) else file) as parts:
            for name in filter(_SHEETS.fullmatch, parts.namelist()):
                with parts.open(name) as sheet:
                    cells, rows, columns = _extent(sheet)
                if rows * columns > max(_MOST_CELLS, _SPARSEST * cells):
                    raise UnreadableFileError(
                        f"its {cells:,} cells lie in {rows:,} rows and {columns:,} columns ({name}): delete what "
                        f"stands far from the table"
                    )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return  # the reader says what is wrong with it


def _extent(sheet: IO[bytes]) -> tuple[int, int, int]:
    """How many cells a sheet has, and the rows and columns they reach."""
    cells = rows = 0
    columns: set[bytes] = set()
    rest = b""
    while chunk := sheet.read(_CHUNK):
        text = rest + chunk
        end = 0
        for found in _CELL.finditer(text):
            if found.end() + 2 > len(text):
                break  # whether it is empty stands in the next chunk
            end = found.end()
            cells += 1
            columns.add(found[1])
            rows = max(rows, int(found[2]))
        rest = text[max(end, len(text) - _LONGEST_CELL) :]
    return cells, rows, max(map(_column_number, columns), default=0)


def _column_number(letters: bytes) -> int:
    """The place of a column.

    >>> _column_number(b"A"), _column_number(b"XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number

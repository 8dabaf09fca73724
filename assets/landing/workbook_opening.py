"""A workbook opened for reading, or why it cannot be: the reader itself ends the program over some files."""

from __future__ import annotations

import io
import re
import sys
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from assets.error_texts import without_values
from assets.landing.packed_files import expect_sensibly_packed
from assets.landing.text_encodings import UnreadableFileError

_SHEETS = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_WIDER = (rb"[A-Za-z]{2,8}[0-9]", rb"[A-Za-z]{3,8}[0-9]", rb"[A-Za-z]{4,8}[0-9]")
_LONGER = (
    rb"[A-Za-z]{1,8}[0-9]{4}",
    rb"[A-Za-z]{1,8}(?:[2-9][0-9]{4}|[0-9]{6})",
    rb"[A-Za-z]{1,8}(?:[6-9][0-9]{5}|[0-9]{7})",
)
"""Signs that any cell, even an empty one, lies right of 26, 702 and 18,278 columns, and below 999, 19,999 and 599,999
rows. Up to two of the six keep the rectangle small."""
_CELL = re.compile(rb"""\br=["']([A-Za-z]{1,8})([0-9]{1,12})["'][^<>]*(?<!/)>(?!</)""")
"""The address of a cell that holds anything: one that is only formatted takes no room."""
_LONGEST_CELL = 4_096  # bytes of a cell's tag that may lie across the border of two chunks
_CHUNK = 1 << 20
_MOST_CELLS = 1 << 24  # of the rectangle around all cells, which the reader makes in memory: half a gigabyte
_SPARSEST = 16  # cells of it for each that holds anything, where it is larger


@contextmanager
def opened_workbook(file: Path | bytes, sheet: str | Collection[str] | None = None) -> Iterator[Any]:
    """The workbook, for as long as the block lasts.

    Args:
        file: its place, or its bytes.
        sheet: names of the sheets that are looked into; None or ``*``: all.

    Raises:
        UnreadableFileError: it is none, it is damaged, or its cells lie too far apart; the block's errors of that kind
            are said in the same words.
    """
    import fastexcel

    try:
        _expect_cells_together(file, {sheet} if isinstance(sheet, str) else set(sheet or "*"))
        yield fastexcel.read_excel(file)
    except (fastexcel.FastExcelError, ValueError, OSError) as error:
        reason = str(error).splitlines()[0].replace(str(file) if isinstance(file, Path) else "\0", "the file")
        raise UnreadableFileError(f"the file could not be read as xlsx: {reason}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how the reader says of some damages that it met one
            raise
        raise UnreadableFileError(f"the file could not be read as xlsx: {without_values(str(error))}") from None


def _expect_cells_together(file: Path | bytes, wanted: Collection[str]) -> None:
    """Refuse a sheet whose cells lie so far apart that the rectangle around them is larger than any memory.

    Raises:
        UnreadableFileError: names the sheet and how far its cells reach.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(file) if isinstance(file, bytes) else file) as parts:
            inside = parts.infolist()
            expect_sensibly_packed(sum(part.compress_size for part in inside), sum(part.file_size for part in inside))
            _expect_true_sizes(parts)
            names = _names_of_sheets(parts)
            for part in filter(_SHEETS.fullmatch, parts.namelist()):
                name = names.get(part.casefold(), part)
                if "*" not in wanted and name in names.values() and name not in wanted:
                    continue  # the reader does not look into it
                with parts.open(part) as sheet:
                    if not _may_reach_far(sheet):
                        continue
                with parts.open(part) as sheet:
                    cells, rows, columns = _extent(sheet)
                if rows * columns > max(_MOST_CELLS, _SPARSEST * cells):
                    raise UnreadableFileError(
                        f"the {cells:,} cells of its sheet {name!r} lie in {rows:,} rows and {columns:,} columns: "
                        f"delete what stands far from the table"
                    )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return  # the reader says what is wrong with it


def _expect_true_sizes(parts: zipfile.ZipFile) -> None:
    """Refuse a workbook whose parts hold more than its directory says, which the reader would take in all the same.

    Raises:
        UnreadableFileError: says how much it holds, and the limit.
    """
    packed = held = 0
    for part in parts.infolist():
        packed += part.compress_size
        said, part.file_size = part.file_size, sys.maxsize  # by which reading would end
        with parts.open(part) as content:
            while chunk := content.read(_CHUNK):
                held += len(chunk)
                expect_sensibly_packed(packed, held)
        part.file_size = said


def _names_of_sheets(parts: zipfile.ZipFile) -> dict[str, str]:
    """The sheets' names by their parts in small letters; none where the workbook does not say them as usual."""
    try:
        told = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))
        places = {relation.get("Id"): str(relation.get("Target")) for relation in told}
        sheets = ElementTree.fromstring(parts.read("xl/workbook.xml")).iterfind("{*}sheets/{*}sheet")
        named = [(places.get(sheet.get(_RELATION)), sheet.get("name")) for sheet in sheets]
    except (KeyError, ElementTree.ParseError):
        return {}
    return {f"xl/{place.removeprefix('/xl/')}".casefold(): name for place, name in named if place and name}


def _may_reach_far(sheet: IO[bytes]) -> bool:
    """Whether the cells' addresses could make a large rectangle: for a small part of the work of counting them."""
    wider, longer, rest = list(_WIDER), list(_LONGER), b""
    while chunk := sheet.read(_CHUNK):
        text = rest + chunk
        for signs in (wider, longer):
            # Each quote by itself: what begins with a fixed text is found ten times faster.
            while signs and any(re.search(start + signs[0], text) for start in (b'r="', b"r='")):
                signs.pop(0)
        if len(wider) + len(longer) <= len(_WIDER):
            return True
        rest = text[-_LONGEST_CELL:]
    return False


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

"""What staging answers: a table of records as they stood in their files, or why a file cannot be read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assets.landing.landed_files import Fingerprint
from assets.landing.text_encodings import UnreadableFileError
from assets.statements import identifier
from assets.warehouse import Warehouse

CONTENT = "__content_no"
LINE = "__line_number"
OURS: Final = frozenset({CONTENT, LINE, "__path", "__place", "__taken", "__line", "__row"})
"""Columns that reading adds to a file's own, for a while or for good."""
_MOST_COLUMNS = 4_000  # with more, a statement over all of them takes gigabytes and minutes however few the rows are


@dataclass(frozen=True)
class LandedContent:
    """One file's bytes to be read.

    Attributes:
        content_no: the number they are known by in the warehouse.
        name: name of a file that holds them; its endings tell format and compression.
        archived: the bytes in the archive.
        fingerprint: what hashing them told.
    """

    content_no: int
    name: str
    archived: Path
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
    """A temporary table or view of records.

    Attributes:
        table: its name; beside the source's own columns it has ``__content_no`` and ``__line_number``, the line of
            the file on which the record starts, the first being 1.
        header: the source's column names.
        contents: numbers of the contents in it.
        rejected: records set aside already.
        unread_sheets: sheets of a workbook that nobody asked for, where the first one was taken.
        has_types: the columns have the types their format gave them; else they are text.
        as_written: the records before empty values were filled from above; empty where nothing was filled.
        is_read_where_it_lies: the records are in no table yet: using them may find that a file is damaged.
    """

    table: str
    header: tuple[str, ...]
    contents: tuple[int, ...]
    rejected: tuple[Rejected, ...] = ()
    unread_sheets: tuple[str, ...] = ()
    has_types: bool = False
    as_written: str = ""
    is_read_where_it_lies: bool = False


@dataclass(frozen=True)
class Unreadable:
    """A content that is set aside whole, with what was found and expected."""

    content_no: int
    error: str


def expect_usable_columns(names: Collection[str], ours: Collection[str] = OURS) -> None:
    """Refuse a file with more columns than can be worked with, or one that is called as a column that reading adds.

    Raises:
        UnreadableFileError: says how many, or names the one that would pass for the other.
    """
    if len(names) > _MOST_COLUMNS:
        raise UnreadableFileError(
            f"it has {len(names):,} columns; at most {_MOST_COLUMNS:,} were expected: leave out what no source reads, "
            f"or give a row per answer"
        )
    taken = next((name for name in names if name.casefold() in ours), None)
    if taken is not None:
        raise UnreadableFileError(f"a column is called `{taken}`, as one of the program's own; give it another name")


def record_text(header: tuple[str, ...]) -> str:
    """SQL of a staged record's original text: its columns as JSON."""
    packed = ", ".join(f"{identifier(name)} := {identifier(name)}" for name in header)
    return f"cast(to_json(struct_pack({packed})) as varchar)"


def drop_staged(warehouse: Warehouse) -> None:
    """Forget everything staged; the next staging starts anew."""
    for kind, name in warehouse.rows(
        "select table_type, table_name from information_schema.tables where table_name like 'staged\\_%' escape '\\'"
    ):
        warehouse.rows(f"drop {'view' if kind == 'VIEW' else 'table'} if exists {identifier(name)}")

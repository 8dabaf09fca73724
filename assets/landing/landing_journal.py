"""The journal beside the archive: what the archived bytes do not say, one line per landed file version.

Append-only, and forced to the disk before the warehouse learns of a file. Whatever becomes of the warehouse, archive
and journal together say which bytes were landed under which name and when: a run killed between the two loses no file
and records none twice.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from assets.durable_files import fsync, make_directory, write_whole
from assets.landing.landed_files import natural_key
from assets.statements import identifier
from assets.warehouse import Warehouse

Entry = dict[str, Any]
"""A row of ``landed_files`` without what follows from its name: moments as ISO text, in UTC."""

_SAME_LANDING = ("source", "file", "content", "loaded_at")


class JournalError(Exception):
    """The journal is damaged, or tells of another landing zone than the warehouse."""


class Journal:
    """The file ``journal.jsonl`` in the archive's folder."""

    def __init__(self, archive: Path) -> None:
        self.path = archive / "journal.jsonl"

    def entries(self) -> list[Entry]:
        """Every whole line; one that a killed run left torn at the end is none.

        Raises:
            JournalError: a line is damaged, or tells of a file number another line has.
        """
        entries: list[Entry] = []
        numbers: set[int] = set()
        for line_number, line in enumerate(self._lines()[:-1], start=1):
            entry = _entry(line)
            if entry is None or entry["file_no"] in numbers:
                raise JournalError(
                    f"{self.path}, line {line_number}: not the record of a landed file of its own; each line is one, "
                    f"as a JSON object with its file_no, source, file, content and loaded_at. Restore the journal "
                    f"from a backup"
                )
            numbers.add(entry["file_no"])
            entries.append(entry)
        return entries

    def append(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Add the entries and force them to the disk; a torn last line is cut off first."""
        lines = [json.dumps(dict(entry), ensure_ascii=False, default=_as_text) + "\n" for entry in entries]
        if not lines:
            return
        make_directory(self.path.parent)
        is_new = not self.path.exists()
        with self.path.open("ab+") as journal:
            end = journal.seek(0, os.SEEK_END)
            torn = len(self._lines()[-1])
            if torn:
                journal.truncate(end - torn)
            journal.write("".join(lines).encode())
            journal.flush()
            os.fsync(journal.fileno())
        if is_new:
            fsync(self.path.parent)

    def leave_out(self, file_nos: Collection[int]) -> None:
        """Let the files of these numbers never have landed."""
        lines = zip(self.entries(), self._lines(), strict=False)  # after the last entry comes what was torn
        kept = [line for entry, line in lines if entry["file_no"] not in file_nos]
        write_whole(self.path, b"".join(line + b"\n" for line in kept))

    def is_level_with(self, warehouse: Warehouse) -> bool:
        """Whether it has as many entries as the warehouse has files and ends with the same one; cheap."""
        *whole, torn = self._lines()
        count, newest = warehouse.rows("select count(*), max(file_no) from landed_files")[0]
        last = _entry(whole[-1]) if whole else None
        return not torn and len(whole) == count and (last["file_no"] if last else None) == newest

    def _lines(self) -> list[bytes]:
        """Whole lines, then what follows the last line end: nothing, or a torn line."""
        return self.path.read_bytes().split(b"\n") if self.path.exists() else [b""]


def reconcile(warehouse: Warehouse, journal: Journal) -> None:
    """Tell the warehouse of files that only the journal knows, and the journal of those that only the warehouse knows.

    The first are left by a run that was killed between the two, or all of them where the warehouse is new; the second
    by a home from before there was a journal.

    Raises:
        JournalError: the journal is damaged, or the two tell of different files under one number.
    """
    if journal.is_level_with(warehouse):
        return
    written = {entry["file_no"]: entry for entry in journal.entries()}
    known = {entry["file_no"]: entry for entry in entries_of(warehouse)}
    for number in written.keys() & known.keys():
        if any(written[number].get(name) != known[number].get(name) for name in _SAME_LANDING):
            raise JournalError(
                f"{journal.path} and the warehouse tell of different files: file_no {number} is "
                f"{written[number]['source']}/{written[number]['file']} in the one, "
                f"{known[number]['source']}/{known[number]['file']} in the other. One of them is of another home or "
                f"from an older backup. Where the journal is right, delete the warehouse: it is made again"
            )
    insert_files(warehouse, [written[number] for number in sorted(written.keys() - known.keys())])
    journal.append(known[number] for number in sorted(known.keys() - written.keys()))


def entries_of(warehouse: Warehouse) -> list[Entry]:
    """The files the warehouse knows, as journal entries."""
    names = [name for name, *_ in warehouse.rows("describe landed_files") if name != "natural_key"]
    columns = ", ".join(map(identifier, names))
    rows = warehouse.rows(f"select {columns} from landed_files order by file_no")
    return [
        {
            name: _as_text(value) if isinstance(value, dt.datetime) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in rows
    ]


def insert_files(warehouse: Warehouse, entries: Sequence[Entry]) -> None:
    """Tell the warehouse of landed files; what an entry does not say is NULL."""
    if not entries:
        return
    types = {name: kind for name, kind, *_ in warehouse.rows("describe landed_files")}
    rows = [
        {name: natural_key(entry["file"]) if name == "natural_key" else entry.get(name) for name in types}
        for entry in entries
    ]
    values = ", ".join(f"cast({identifier(name)} as {kind}) as {identifier(name)}" for name, kind in types.items())
    with warehouse.lent("_entries", pl.DataFrame(rows, infer_schema_length=None)):
        warehouse.rows(f"insert into landed_files by name select {values} from _entries")


def _entry(line: bytes) -> Entry | None:
    """The line as an entry; None where it is none."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    is_whole = isinstance(entry, dict) and isinstance(entry.get("file_no"), int)
    return entry if is_whole and all(isinstance(entry.get(name), str) for name in _SAME_LANDING) else None


def _as_text(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in the journal")

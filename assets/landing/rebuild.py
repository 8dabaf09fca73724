"""A new warehouse from journal and archive: after a loss, and across a change of the engine's storage or our tables.

It is made aside under the present configuration, compared with the old one where that opens, and swapped in by one
rename: a rebuild that fails or is killed leaves everything as it was.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from assets.configuration.settings import Configuration
from assets.durable_files import move_into_place, unfinished
from assets.landing.archived_bytes import problem_of, restore
from assets.landing.judging import LANDED_TABLE
from assets.landing.landed_files import Archive
from assets.landing.landing_journal import Entry, Journal, JournalError, insert_files, reconcile
from assets.landing.landing_zone import (
    Progress,
    is_of_another_version,
    mapping_hash,
    prepare_schema,
    read_archived,
    rules_of,
)
from assets.statements import identifier
from assets.warehouse import Warehouse

WAREHOUSE = "warehouse.duckdb"
SET_ASIDE = "warehouse-set-aside.duckdb"
_BEYOND_OPENING = (
    "not a valid DuckDB database file",
    "Corrupt database file",
    "Could not read enough bytes",
    "version number",
    "replaying WAL",
)
_ROWS = (*LANDED_TABLE.values(), "landed_answers", "landed_rejects")
_NAMED = 5


class RebuildError(Exception):
    """No new warehouse can be made; the old one, if there is one, is as it was. The text says what to do."""


@dataclass(frozen=True)
class Rebuilt:
    """A new warehouse.

    Attributes:
        files: file versions in it, each with the moment it was first loaded.
        contents: contents read for the configured sources.
        unreadable: of them, set aside whole.
        rows: records read.
        compared: contents found with the same rows in the old warehouse; None where it could not be compared.
        restored: files whose archived bytes were lost or damaged and lay in the landing zone unchanged.
        set_aside: where the old warehouse lies that could not be opened; None otherwise.
    """

    files: int
    contents: int
    unreadable: int
    rows: int
    compared: int | None
    restored: tuple[str, ...]
    set_aside: Path | None


def why_rebuild(home: Path) -> str | None:
    """What is wrong with the home's warehouse that only a rebuild mends; None where nothing is, or nothing has landed.

    Raises:
        duckdb.Error: it cannot be opened for another reason, such as another program that has it open.
    """
    path = home / WAREHOUSE
    if not path.exists():
        return "it is not there" if Journal(home / "archive").path.exists() else None
    try:
        warehouse = Warehouse.open(path)
    except duckdb.Error as error:
        if is_beyond_opening(error):
            return "it is damaged, or of another version of DuckDB"
        raise
    with warehouse:
        return "its landing tables are of another version of this program" if is_of_another_version(warehouse) else None


def is_beyond_opening(error: duckdb.Error) -> bool:
    """Whether the file itself is what cannot be opened, whoever tries."""
    return any(sign in str(error) for sign in _BEYOND_OPENING)


def rebuild(
    home: Path, configuration: Configuration, *, without: Collection[int] = (), progress: Progress | None = None
) -> Rebuilt:
    """Make the home's warehouse anew. The caller holds the home's lock.

    Args:
        home: its ``archive`` holds journal and bytes.
        configuration: how the sources' bytes are understood.
        without: ``file_no`` of files to leave out. The journal holds them until somebody takes them out of it, too.
        progress: told (what, how many are done, how many there are).

    Raises:
        RebuildError: archived bytes are missing or damaged, or the new warehouse holds other rows than the old one.
        duckdb.Error: the old warehouse cannot be opened, and is not damaged: another program has it open.
    """
    sweep_drafts(home)
    draft = unfinished(home, suffix=Path(WAREHOUSE).suffix)
    archive = Archive(home / "archive")
    try:
        with _old_warehouse(home / WAREHOUSE) as old:
            entries = [
                entry for entry in _landed(Journal(archive.folder), old, home) if entry["file_no"] not in without
            ]
            entries, restored = _examined(archive, entries, configuration, progress)
            with Warehouse.open(draft, memory_limit=configuration.limits.memory) as new:
                prepare_schema(new)
                insert_files(new, entries)
                read_archived(new, configuration, home, progress, is_examined=True)
                compared = _compared(old, new, configuration, entries, is_part=bool(without)) if old else None
                contents, unreadable = new.rows("select count(*), count(error) from latest_readings")[0]
                rows = sum(
                    int(new.scalar(f"select count(*) from {identifier(table)}")) for table in LANDED_TABLE.values()
                )
                new.rows("checkpoint")
        set_aside = _swap(home, draft, keep=old is None)
    except JournalError as error:
        raise RebuildError(str(error)) from error
    finally:
        draft.unlink(missing_ok=True)
        Path(f"{draft}.wal").unlink(missing_ok=True)
    return Rebuilt(len(entries), contents, unreadable, rows, compared, restored, set_aside)


def sweep_drafts(home: Path) -> None:
    """Remove the warehouses that killed processes were making, and what they spilled; the caller holds the home."""
    for leftover in home.glob(f"_*{Path(WAREHOUSE).suffix}*"):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


@contextmanager
def _old_warehouse(path: Path) -> Iterator[Warehouse | None]:
    """The old warehouse; None where there is none, or it cannot be read."""
    if not path.exists():
        yield None
        return
    try:
        old = Warehouse.open(path)
    except duckdb.Error as error:
        if not is_beyond_opening(error):
            raise
        yield None
        return
    with old:
        yield old


def _landed(journal: Journal, old: Warehouse | None, home: Path) -> list[Entry]:
    """Every file version that ever landed, from the journal and from a warehouse older than it."""
    if old is not None and old.has("landed_files"):
        reconcile(old, journal)
    entries = journal.entries()
    if not entries and old is None and (home / WAREHOUSE).exists():
        raise RebuildError(
            f"{home / WAREHOUSE} cannot be opened, and there is no {journal.path} to make it again from. Restore one "
            f"of them from a backup; or delete the warehouse: what lies in the landing zone is landed anew"
        )
    return entries


def _examined(
    archive: Archive, entries: Sequence[Entry], configuration: Configuration, progress: Progress | None
) -> tuple[list[Entry], tuple[str, ...]]:
    """The entries with their bytes' fingerprints taken anew, and the files whose bytes were found in the landing zone.

    Raises:
        RebuildError: bytes are missing or damaged; names the files.
    """
    fingerprints: dict[str, dict[str, object]] = {}
    restored: list[str] = []
    lost: list[str] = []
    contents = list(dict.fromkeys(entry["content"] for entry in entries))
    for done, content in enumerate(contents, start=1):
        problem = problem_of(archive, content, fingerprints)
        if problem is not None:
            holders = [entry for entry in entries if entry["content"] == content]
            names = ", ".join(f"{entry['source']}/{entry['file']}" for entry in holders)
            if restore(archive, content, holders, configuration.sources, fingerprints):
                restored.append(names)
            else:
                lost.append(f"{names}: {archive.path_of(content)} {problem}")
        if progress is not None:
            progress("archive", done, len(contents))
    if lost:
        listed = "\n  ".join((*lost[:_NAMED], *([f"and {len(lost) - _NAMED} more"] if len(lost) > _NAMED else [])))
        raise RebuildError(
            f"{len(lost)} of {len(contents)} archived contents cannot be read as they were landed:\n  {listed}\n"
            f"Nothing was changed. Restore them from a backup, or put the same files back into the landing zone. "
            f"Where they are gone for good, take their lines out of {archive.folder / 'journal.jsonl'}: those files "
            f"will never have landed"
        )
    return [{**entry, **fingerprints[entry["content"]]} for entry in entries], tuple(restored)


def _compared(
    old: Warehouse, new: Warehouse, configuration: Configuration, entries: Sequence[Entry], *, is_part: bool
) -> int | None:
    """How many contents were compared with the old warehouse, rows and values; None across versions.

    Args:
        old: as it was.
        new: in the making.
        configuration: both were read under.
        entries: files in the new one.
        is_part: the old one has more.

    Raises:
        RebuildError: contents read under the same mapping have other rows; names them.
    """
    if not old.has("landed_files") or is_of_another_version(old):
        return None
    rules = rules_of(configuration)
    read = [f"{source.name} {mapping_hash(source, rules)}" for source in configuration.sources]
    landed = {(entry["source"], entry["content"]) for entry in entries}
    before = {content: rows for content, rows in _rows_of_contents(old, read).items() if content in landed}
    after = _rows_of_contents(new, read)
    unlike = [content for content, rows in before.items() if after.get(content) != rows]
    if unlike:
        source, content = unlike[0]
        if is_part:
            files = ", ".join(entry["file"] for entry in entries if (entry["source"], entry["content"]) == unlike[0])
            raise RebuildError(
                f"without them {len(unlike)} of the {len(before)} contents that stay would be read otherwise, the "
                f"first of which is {source}/{files}: they settle how its dates are written. Give the source a "
                f"`date_format` and run a night first"
            )
        raise RebuildError(
            f"{len(unlike)} of {len(before)} contents hold other rows than in the old warehouse under the same "
            f"mapping; the first is {source}: {content}. Nothing was changed. Where the old warehouse is not to be "
            f"believed, delete it and rebuild"
        )
    return len(before)


def _rows_of_contents(warehouse: Warehouse, read: Sequence[str]) -> dict[tuple[str, str], dict[str, object]]:
    """Source and content to how often it was read and refused, and by landed table how many records and what they say.

    What they say is a sum of the records' hashes, which the engine at hand takes of both warehouses. The hashes that
    landing has stored are left out: another version of the engine may have taken them.

    Args:
        warehouse: either one.
        read: sources, each with the mapping that counts; two sources may have one mapping.
    """
    known = "from landed_contents where concat(source, ' ', mapping) in (select unnest($read))"
    found: dict[tuple[str, str], dict[str, object]] = {
        (source, content): {"readings": readings, "refused": refused}
        for source, content, readings, refused in warehouse.rows(
            f"select source, content, count(*), count(error) {known} group by all", {"read": list(read)}
        )
    }
    for table in _ROWS:
        told = warehouse.rows(
            """select column_name from duckdb_columns()
            where table_name = $table and column_name <> 'content_no' and data_type <> 'UBIGINT'
            order by column_name""",
            {"table": table},
        )
        columns = ", ".join(f"landed.{identifier(name)}" for (name,) in told)
        for source, content, *rows in warehouse.rows(
            f"""select source, content, count(*), sum(cast(hash({columns}) as hugeint))
            from {identifier(table)} as landed
            join (select content_no, source, content {known}) as read using (content_no)
            group by all""",
            {"read": list(read)},
        ):
            found[source, content][table] = rows
    return found


def _swap(home: Path, draft: Path, *, keep: bool) -> Path | None:
    """Put the new warehouse in the old one's place; an old one that could not be opened is kept beside it."""
    path, log = home / WAREHOUSE, home / f"{WAREHOUSE}.wal"
    set_aside = home / SET_ASIDE if keep and path.exists() else None
    if set_aside is not None:
        path.replace(set_aside)
        if log.exists():
            shutil.move(log, f"{set_aside}.wal")
    log.unlink(missing_ok=True)  # the engine would replay it on the new file
    shutil.rmtree(home / f"{WAREHOUSE}.tmp", ignore_errors=True)  # rows that a killed process had spilled
    move_into_place(draft, path)
    return set_aside

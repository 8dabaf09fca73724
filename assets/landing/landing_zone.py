"""The landing zone as the warehouse remembers it: which files came when, and the rows read from their bytes.

Files and rows are append-only. A file is a name, its content's hash and the moment it was loaded; rows belong to a
content, so a file landed twice or under another name is read once. The warehouse is a cache: a content read under
another mapping is read again from the archive, and a lost warehouse is made again from archive and journal.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from assets.configuration.settings import Configuration
from assets.configuration.sources import Source
from assets.landing.archived_bytes import problem_of, restore
from assets.landing.content_reading import Reader, read_unread
from assets.landing.judging import LANDED_TABLE, LandingRules, keep_texts
from assets.landing.landed_files import Archive, Fingerprint, FoundFile, UnreachableError
from assets.landing.landing_error import LandingError
from assets.landing.landing_journal import Entry, Journal, insert_files, reconcile
from assets.landing.memory_needed import allow_needed_memory
from assets.landing.row_summaries import summarise_new_rows
from assets.landing.source_files import find_files, is_asked_for, not_read_beside, path_as_told
from assets.landing.staged import LandedContent, Staged, drop_staged
from assets.landing.staging import stage
from assets.printable_text import counted
from assets.statements import literal, sql_text
from assets.warehouse import Warehouse

_PATIENCE_SECONDS, _FEW = 600, 3
"""A source is given up for the night where files that could not be fetched, a few of them, have taken so long."""

READER_VERSION = 10
"""Raised when the same bytes under the same mapping would be read differently."""

_SCHEMA = sql_text("landing/schema.sql")
SCHEMA_VERSION = hashlib.sha256(" ".join(_SCHEMA.split()).encode()).hexdigest()[:12]
"""Another one for every change to the landing tables."""
_CONTENT_TABLES = (
    "landed_rejects", "landed_texts", "landed_answers", *LANDED_TABLE.values(), "landed_counts", "landed_set_aside",
    "repeated_rows", "summarised_contents", "landed_contents",
)  # fmt: skip

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SourceLanding:
    """What landing one source did.

    Attributes:
        source: its name.
        files: files under its path.
        new_files: of them, not seen before in this content.
        unreadable: file name and error of every current file that cannot be read.
        unread_sheets: file and sheet of everything that a file read tonight holds beside the sheet that was taken.
        unreached: file name (``*``: all of them, or all others) and error of everything that could not be fetched
            this time; what was landed of it before still counts.
    """

    source: str
    files: int
    new_files: int
    unreadable: tuple[tuple[str, str], ...]
    unread_sheets: tuple[tuple[str, str], ...] = ()
    unreached: tuple[tuple[str, str], ...] = ()


def is_of_another_version(warehouse: Warehouse) -> bool:
    """Whether the warehouse's landing tables were made by a program that has others."""
    if not warehouse.has("landed_files"):
        return False
    return not warehouse.has("landing_schema") or warehouse.scalar("from landing_schema") != SCHEMA_VERSION


def prepare_schema(warehouse: Warehouse) -> None:
    """Make the landing tables where they are missing.

    Raises:
        LandingError: there are others, of another version of the program.
    """
    if is_of_another_version(warehouse):
        raise LandingError("the warehouse's landing tables are of another version of the program: `analytics rebuild`")
    for statement in _SCHEMA.split(";"):
        if statement.strip():
            warehouse.rows(statement)
    warehouse.rows(f"create table if not exists landing_schema as select {literal(SCHEMA_VERSION)} as version")


def mapping_hash(source: Source, rules: LandingRules) -> str:
    """What decides how a content is understood: options, columns, rules; not where the files lie."""
    apart = dict.fromkeys(("name", "path", "delivery", "duplicates", "cadence_days"), True)
    shape = source.model_dump(mode="json", exclude={**apart, "questions": {"__all__": {"driver_of"}}})
    if source.orders_of is None:  # a key younger than many homes, whose contents need not be read again for it
        del shape["orders_of"]
    text = json.dumps([READER_VERSION, shape, list(vars(rules).items())], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rules_of(configuration: Configuration) -> LandingRules:
    """The landing rules of a configuration."""
    return LandingRules(
        business_zone=configuration.business.timezone,
        currency=configuration.business.currency,
        earliest_date=configuration.limits.earliest_date.isoformat(),
        latest_date=configuration.limits.latest_date.isoformat(),
    )


def land(
    warehouse: Warehouse,
    configuration: Configuration,
    kinds: Iterable[str],
    *,
    home: Path,
    loaded_at: dt.datetime,
    progress: Progress | None = None,
    ask: bool = True,
) -> list[SourceLanding]:
    """Take in whatever is new under the sources of those kinds. Landing the same files again changes nothing.

    Args:
        warehouse: the night's warehouse.
        configuration: sources and limits.
        kinds: kinds of source to land.
        home: its ``archive`` keeps the bytes.
        loaded_at: UTC moment recorded on what is new.
        progress: told (source, files done, files in all).
        ask: whether databases and storage behind a URL are asked what is new.

    Raises:
        LandingError: a source has no file, or none of its files can be read; names all such, after the others landed.
    """
    prepare_schema(warehouse)
    archive = Archive(home / "archive")
    archive.sweep()
    reconcile(warehouse, Journal(archive.folder))
    landings: list[SourceLanding] = []
    failures: list[str] = []
    allow_needed_memory(warehouse, configuration)
    rules = rules_of(configuration)
    try:
        with _workspace(home) as workspace:
            for source in configuration.sources:
                if source.kind not in set(kinds):
                    continue
                try:
                    landed = _land_source(warehouse, source, rules, archive, workspace, loaded_at, progress, ask)
                except LandingError as error:
                    failures.append(str(error))
                else:
                    landings.append(landed)
    finally:
        allow_needed_memory(warehouse, configuration)
        summarise_new_rows(warehouse)  # of the sources that landed beside one that failed, too
    if failures:
        raise LandingError("\n    ".join(failures))
    return landings


def read_archived(
    warehouse: Warehouse,
    configuration: Configuration,
    home: Path,
    progress: Progress | None = None,
    *,
    is_examined: bool = False,
) -> None:
    """Read what has landed and was not read under this configuration; of the landing zone only what the archive lost.

    Args:
        warehouse: the night's warehouse, or one in the making.
        configuration: how the sources' bytes are understood.
        home: its ``archive`` keeps the bytes.
        progress: told (source, sources done, sources in all).
        is_examined: the bytes are known to be as they were landed, or it does not matter.

    Raises:
        LandingError: archived bytes are lost.
    """
    archive = Archive(home / "archive")
    rules = rules_of(configuration)
    with _workspace(home) as workspace:
        for done, source in enumerate(configuration.sources, start=1):
            if not is_examined:
                _expect_kept(archive, source, _unread(warehouse, source, mapping_hash(source, rules)))
            _read_unread(warehouse, source, rules, archive, workspace)
            if progress is not None:
                progress(source.name, done, len(configuration.sources))
    summarise_new_rows(warehouse)


@contextmanager
def _workspace(home: Path) -> Iterator[Path]:
    """A folder for what has to be unpacked or converted before it is read; gone at the end."""
    folder = home / "archive" / "_workspace"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _land_source(
    warehouse: Warehouse,
    source: Source,
    rules: LandingRules,
    archive: Archive,
    workspace: Path,
    loaded_at: dt.datetime,
    progress: Progress | None,
    ask: bool,
) -> SourceLanding:
    found: list[FoundFile] | None = None
    unreached: list[tuple[str, str]] = []
    if ask or not is_asked_for(source):
        try:
            found = find_files(source)
        except UnreachableError as error:
            unreached.append(("*", str(error)))
    mapping = mapping_hash(source, rules)
    known = _unread(warehouse, source, mapping)
    new_files, failed = _remember_files(warehouse, source, found or [], archive, workspace, loaded_at, progress)
    unreached += failed
    _expect_kept(archive, source, known)
    unread_sheets = _read_unread(warehouse, source, rules, archive, workspace)
    newest = warehouse.rows(
        """select files.file, nullif(arg_max(coalesce(contents.error, ''), files.file_no), ''),
            bool_or(contents.error is null)
        from landed_files as files
        join latest_readings as contents
            on contents.source = files.source and contents.content = files.content and contents.mapping = $mapping
        where files.source = $source
        group by files.file order by 1""",
        {"source": source.name, "mapping": mapping},
    )
    if not newest and unreached:
        raise LandingError(f"source {source.name}: {unreached[0][1]}. Nothing was landed from it before")
    if not newest and source.path is None:
        raise LandingError(f"source {source.name}: its database has not been asked yet; run without --known-at first")
    if not newest:
        raise LandingError(
            f"source {source.name}: no file matches {path_as_told(source)}; at least one was "
            f"expected. {_instead(source)}Land a file there or correct the source's `path`"
        )
    if found == []:
        unreached.append(("*", f"no file matches {path_as_told(source)} any more"))
    unreadable = tuple((file, error) for file, error, _ in newest if error is not None)
    if not any(was_readable for _, _, was_readable in newest):
        listed = "; ".join(f"{file}: {error}" for file, error in unreadable[:5])
        raise LandingError(f"source {source.name}: none of its {len(newest)} files can be read. {listed}")
    return SourceLanding(source.name, len(found or []), new_files, unreadable, tuple(unread_sheets), tuple(unreached))


def _instead(source: Source) -> str:
    """What lies where the source's files were expected and is not read, if anything."""
    return "".join(f"{path.name}: {way}. " for path, way in islice(not_read_beside([source]).items(), 3))


def _remember_files(
    warehouse: Warehouse,
    source: Source,
    found: list[FoundFile],
    archive: Archive,
    workspace: Path,
    loaded_at: dt.datetime,
    progress: Progress | None,
) -> tuple[int, list[tuple[str, str]]]:
    """Hash and archive files that changed since they were last seen; record those with new content.

    Returns how many have new content, and name and error of each that could not be fetched.
    """
    last_seen = {
        name: (version, content)
        for name, version, content in warehouse.rows(
            """select file, arg_max(coalesce(version, ''), file_no), arg_max(content, file_no)
            from landed_files where source = $source group by file""",
            {"source": source.name},
        )
    }
    next_number = int(warehouse.scalar("select coalesce(max(file_no), 0) from landed_files")) + 1
    entries: list[Entry] = []
    failed: list[tuple[str, str]] = []
    waited = 0.0
    for done, file in enumerate(found, start=1):
        began = time.monotonic()
        before = last_seen.get(file.name)
        if before is not None and file.version is not None and before[0] == file.version:
            continue
        try:
            with file.open(workspace) as landed:
                fingerprint = archive.take(landed)
        except UnreachableError as error:
            failed.append((file.name, str(error)))
            waited += time.monotonic() - began
            if waited > _PATIENCE_SECONDS and len(failed) >= _FEW and done < len(found):
                why = f"those that gave no answer have taken {waited / 60:.0f} minutes"
                failed.append(("*", f"its other {len(found) - done:,} files were not asked for: {why}"))
                break
            continue
        if before is None or before[1] != fingerprint.content:
            entries.append(
                {
                    "file_no": next_number + len(entries),
                    "source": source.name,
                    "file": file.name,
                    "bytes": file.size,
                    "version": file.version,
                    **vars(fingerprint),
                    "loaded_at": loaded_at.isoformat(),
                }
            )
        if progress is not None:
            progress(source.name, done, len(found))
    Journal(archive.folder).append(entries)
    insert_files(warehouse, entries)
    return len(entries), failed


def _read_unread(
    warehouse: Warehouse,
    source: Source,
    rules: LandingRules,
    archive: Archive,
    workspace: Path,
) -> list[tuple[str, str]]:
    """Read every content of the source that was not read under the present mapping; forget other mappings.

    Returns the sheets passed over, each with a file that holds it.
    """
    mapping = mapping_hash(source, rules)
    _forget_other_mappings(warehouse, source, mapping)
    return read_unread(Reader(warehouse, source, rules, mapping, archive, workspace))


def _unread(warehouse: Warehouse, source: Source, mapping: str) -> dict[str, list[Entry]]:
    """The landed contents of the source that were not read under the mapping, each with the files that hold it."""
    rows = warehouse.rows(
        """select content, file, bytes from landed_files as files
        where source = $source and not exists (
            select 1 from landed_contents as known
            where known.source = files.source and known.content = files.content and known.mapping = $mapping)
        order by file_no""",
        {"source": source.name, "mapping": mapping},
    )
    holders: dict[str, list[Entry]] = {}
    for content, file, size in rows:
        holders.setdefault(content, []).append({"source": source.name, "file": file, "bytes": size})
    return holders


def _expect_kept(archive: Archive, source: Source, unread: Mapping[str, Sequence[Entry]]) -> None:
    """Refuse to read what the archive no longer holds as it was landed: from then on its rows would be missing.

    Bytes that still lie in the landing zone are taken from there.

    Raises:
        LandingError: names a file whose bytes are lost, and what to do.
    """
    lost = [
        f"{holders[0]['file']}: {archive.path_of(content)} {problem}"
        for content, holders in unread.items()
        if (problem := problem_of(archive, content, {})) and not restore(archive, content, holders, [source], {})
    ]
    if lost:
        raise LandingError(
            f"source {source.name}: {len(lost)} of its {len(unread)} landed contents that are to be read again are not "
            f"in the archive as they were landed; {lost[0]}. Restore it from a backup, or put the same file back into "
            f"the landing zone; give it up with `analytics forget {source.name}/...` where it is gone for good"
        )


def _forget_other_mappings(warehouse: Warehouse, source: Source, mapping: str) -> None:
    warehouse.rows(
        "delete from landed_date_formats where source = $source and mapping <> $mapping",
        {"source": source.name, "mapping": mapping},
    )
    stale = [
        row[0]
        for row in warehouse.rows(
            "select content_no from landed_contents where source = $source and mapping <> $mapping",
            {"source": source.name, "mapping": mapping},
        )
    ]
    if not stale:
        return
    for table in _CONTENT_TABLES:
        warehouse.rows(f"delete from {table} where content_no in (select unnest($stale))", {"stale": stale})


def expect_read(warehouse: Warehouse, known_at: dt.datetime) -> None:
    """Refuse a night over files that were landed and not read as ``configured_sources`` says: rows would be missing.

    Landing reads them; a night whose landing stands apart (the orchestrator's job ``backfill``, assets materialised
    alone, a run taken up where it failed) may come before it.

    Raises:
        LandingError: names the sources and what to run.
    """
    unread = warehouse.rows(
        """select files.source, count(distinct files.file)
        from landed_files as files
        join configured_sources as sources on sources.source = files.source
        where files.loaded_at <= $known_at and not exists (
            select 1 from landed_contents as known
            where known.source = files.source and known.content = files.content and known.mapping = sources.mapping)
        group by files.source, sources.place
        order by sources.place""",
        {"known_at": known_at},
    )
    if unread:
        listed = ", ".join(f"{source} ({counted(files, 'file')})" for source, files in unread)
        raise LandingError(
            f"the mapping has changed since these sources were read: {listed}. Run the job `landing` first, or the "
            f"whole night"
        )


def keep_conflicting_texts(warehouse: Warehouse, configuration: Configuration, home: Path) -> None:
    """Keep the original text of every record set aside by ``row_outcomes``, read from the archive.

    Records set aside while landing have their text kept already; a conflict shows only beside the other records, and a
    missing exchange rate only beside the rates.
    """
    archive = Archive(home / "archive")
    conflicts = "select content_no, line_number from row_outcomes where outcome not in ('duplicate', 'superseded')"
    for source in configuration.sources:
        found = warehouse.rows(_IN_CONFLICT, {"source": source.name})
        contents = [
            LandedContent(number, name, archive.path_of(content), Fingerprint(content, *shape))
            for number, content, name, *shape in found
        ]
        if not contents:
            continue
        with _workspace(home) as workspace:
            for staged in stage(warehouse, source, contents, workspace):
                if isinstance(staged, Staged):
                    keep_texts(warehouse, staged, conflicts)
                drop_staged(warehouse)


_IN_CONFLICT = """
select outcomes.content_no, files.content, min(files.file), bool_and(files.is_utf8), bool_and(files.is_regular_text),
    any_value(files.lines)
from row_outcomes as outcomes
join file_register as register using (content_no)
join landed_files as files on files.source = register.source and files.content = register.content
where outcomes.outcome not in ('duplicate', 'superseded') and outcomes.source = $source
    and not exists (
        select 1 from landed_texts as texts
        where texts.content_no = outcomes.content_no and texts.line_number = outcomes.line_number)
group by outcomes.content_no, files.content
order by outcomes.content_no"""

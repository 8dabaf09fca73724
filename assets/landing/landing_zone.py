"""The landing zone as the warehouse remembers it: which files came when, and the rows read from their bytes.

Files and rows are append-only. A file is a name, its content's hash and the moment it was loaded; rows belong to a
content, so a file landed twice or under another name is read once. The warehouse is a cache: a content read under
another mapping is read again from the archive.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from assets.configuration import Configuration
from assets.configuration_sources import Source
from assets.landing.judging import LANDED_TABLE, LandingRules, keep_texts, land_staged
from assets.landing.landed_files import Archive, Fingerprint, FoundFile, find_files, natural_key
from assets.landing.staged import LandedContent, Staged, Unreadable, drop_staged
from assets.landing.staging import stage
from assets.landing.text_files import UnreadableFileError
from assets.warehouse import Warehouse, identifier

READER_VERSION = 3
"""Raised when the same bytes under the same mapping would be read differently."""

_SCHEMA = """
create table if not exists landed_files (
    file_no BIGINT, source VARCHAR, file VARCHAR, natural_key VARCHAR, content VARCHAR, bytes BIGINT,
    modified_ns BIGINT, is_utf8 BOOLEAN, is_regular_text BOOLEAN, lines BIGINT, loaded_at TIMESTAMP);
create table if not exists landed_contents (
    content_no BIGINT, source VARCHAR, content VARCHAR, mapping VARCHAR, error VARCHAR);
create table if not exists landed_rejects (
    content_no BIGINT, line_number BIGINT, reason VARCHAR, raw VARCHAR);
create table if not exists landed_texts (
    content_no BIGINT, line_number BIGINT, raw VARCHAR);
create table if not exists landed_transactions (
    content_no BIGINT, line_number BIGINT, row_hash UBIGINT, key VARCHAR, updated_at TIMESTAMP, order_id VARCHAR,
    line_id VARCHAR, ordered_at TIMESTAMP, customer_id VARCHAR, product_id VARCHAR, product_name VARCHAR,
    category VARCHAR, quantity DECIMAL(18,4), unit_price DECIMAL(18,6), kind VARCHAR, raw_amount DECIMAL(38,8),
    amount DECIMAL(38,8), discount DECIMAL(38,8), currency VARCHAR, channel VARCHAR, region VARCHAR, status VARCHAR,
    refund_of VARCHAR, reasons VARCHAR[]);
create table if not exists landed_surveys (
    content_no BIGINT, line_number BIGINT, row_hash UBIGINT, key VARCHAR, updated_at TIMESTAMP, response_id VARCHAR,
    responded_at TIMESTAMP, customer_id VARCHAR, order_id VARCHAR, channel VARCHAR, region VARCHAR,
    dimensions MAP(VARCHAR, VARCHAR), reasons VARCHAR[]);
create table if not exists landed_answers (
    content_no BIGINT, line_number BIGINT, question VARCHAR, kind VARCHAR, column_name VARCHAR, score DECIMAL(9,3),
    is_satisfied BOOLEAN, reasons VARCHAR[], raw VARCHAR);
create table if not exists landed_customers (
    content_no BIGINT, line_number BIGINT, row_hash UBIGINT, key VARCHAR, updated_at TIMESTAMP, customer_id VARCHAR,
    birth_date DATE, age INTEGER, gender VARCHAR, region VARCHAR, occupation VARCHAR, customer_type VARCHAR,
    acquired_at TIMESTAMP, acquisition_channel VARCHAR, email VARCHAR, phone VARCHAR, consent BOOLEAN,
    reasons VARCHAR[]);
"""
_CONTENT_TABLES = ("landed_rejects", "landed_texts", "landed_answers", *LANDED_TABLE.values(), "landed_contents")

Progress = Callable[[str, int, int], None]


class LandingError(Exception):
    """A source from which nothing can be read: the night is blocked."""


@dataclass(frozen=True)
class SourceLanding:
    """What landing one source did.

    Attributes:
        source: its name.
        files: files under its path.
        new_files: of them, not seen before in this content.
        unreadable: file name and error of every current file that cannot be read.
        unread_sheets: file and sheet of everything that a file read tonight holds beside the sheet that was taken.
    """

    source: str
    files: int
    new_files: int
    unreadable: tuple[tuple[str, str], ...]
    unread_sheets: tuple[tuple[str, str], ...] = ()


def prepare_schema(warehouse: Warehouse) -> None:
    """Make the landing tables where they are missing."""
    for statement in _SCHEMA.split(";"):
        if statement.strip():
            warehouse.rows(statement)


def mapping_hash(source: Source, rules: LandingRules) -> str:
    """What decides how a content is understood: options, columns, rules; not where the files lie."""
    shape = source.model_dump(mode="json", exclude={"name", "path", "delivery", "duplicates", "cadence_days"})
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
) -> list[SourceLanding]:
    """Take in whatever is new under the sources of those kinds. Landing the same files again changes nothing.

    Args:
        warehouse: the night's warehouse.
        configuration: sources and limits.
        kinds: kinds of source to land.
        home: its ``archive`` keeps the bytes.
        loaded_at: UTC moment recorded on what is new.
        progress: told (source, files done, files in all).

    Raises:
        LandingError: a source has no file, or none of its files can be read.
    """
    prepare_schema(warehouse)
    archive = Archive(home / "archive")
    archive.sweep()
    workspace = home / "archive" / "_workspace"
    landings: list[SourceLanding] = []
    try:
        for source in configuration.sources:
            if source.kind in set(kinds):
                workspace.mkdir(parents=True, exist_ok=True)
                landings.append(
                    _land_source(warehouse, source, rules_of(configuration), archive, workspace, loaded_at, progress)
                )
    finally:
        shutil.rmtree(workspace, ignore_errors=True)
    return landings


def _land_source(
    warehouse: Warehouse,
    source: Source,
    rules: LandingRules,
    archive: Archive,
    workspace: Path,
    loaded_at: dt.datetime,
    progress: Progress | None,
) -> SourceLanding:
    found = find_files(Path(source.path))
    new_files = _remember_files(warehouse, source, found, archive, loaded_at, progress)
    unread_sheets = _read_unread(warehouse, source, rules, archive, workspace)
    mapping = mapping_hash(source, rules)
    newest = warehouse.rows(
        """select files.file, nullif(arg_max(coalesce(contents.error, ''), files.file_no), ''),
            bool_or(contents.error is null)
        from landed_files as files
        join landed_contents as contents
            on contents.source = files.source and contents.content = files.content and contents.mapping = $mapping
        where files.source = $source
        group by files.file order by 1""",
        {"source": source.name, "mapping": mapping},
    )
    if not newest:
        raise LandingError(
            f"source {source.name}: no file matches {source.path}; at least one was expected. "
            f"Land a file there or correct the source's `path`"
        )
    unreadable = tuple((file, error) for file, error, _ in newest if error is not None)
    if not any(was_readable for _, _, was_readable in newest):
        listed = "; ".join(f"{file}: {error}" for file, error in unreadable[:5])
        raise LandingError(f"source {source.name}: none of its {len(newest)} files can be read. {listed}")
    return SourceLanding(source.name, len(found), new_files, unreadable, tuple(unread_sheets))


def _remember_files(
    warehouse: Warehouse,
    source: Source,
    found: list[FoundFile],
    archive: Archive,
    loaded_at: dt.datetime,
    progress: Progress | None,
) -> int:
    """Hash and archive files that changed since they were last seen; record those with new content."""
    last_seen = {
        name: (size, modified, content)
        for name, size, modified, content in warehouse.rows(
            """select file, arg_max(bytes, file_no), arg_max(modified_ns, file_no), arg_max(content, file_no)
            from landed_files where source = $source group by file""",
            {"source": source.name},
        )
    }
    next_number = int(warehouse.scalar("select coalesce(max(file_no), 0) from landed_files")) + 1
    rows: list[tuple[object, ...]] = []
    for done, file in enumerate(found, start=1):
        before = last_seen.get(file.name)
        if before is not None and before[:2] == (file.size, file.modified_ns):
            continue
        fingerprint = archive.take(file.path)
        if before is None or before[2] != fingerprint.content:
            rows.append(
                (
                    next_number + len(rows), source.name, file.name, natural_key(file.name), fingerprint.content,
                    file.size, file.modified_ns, fingerprint.is_utf8, fingerprint.is_regular_text, fingerprint.lines,
                    loaded_at,
                )
            )  # fmt: skip
        if progress is not None:
            progress(source.name, done, len(found))
    if rows:
        _append(
            warehouse,
            "landed_files",
            pl.DataFrame(
                rows,
                schema={
                    "file_no": pl.Int64, "source": pl.String, "file": pl.String, "natural_key": pl.String,
                    "content": pl.String, "bytes": pl.Int64, "modified_ns": pl.Int64, "is_utf8": pl.Boolean,
                    "is_regular_text": pl.Boolean, "lines": pl.Int64, "loaded_at": pl.Datetime("us"),
                },
                orient="row",
            ),
        )  # fmt: skip
    return len(rows)


def _append(warehouse: Warehouse, table: str, frame: pl.DataFrame) -> None:
    warehouse.connection.register("_rows", frame)
    try:
        warehouse.rows(f"insert into {identifier(table)} by name select * from _rows")
    finally:
        warehouse.connection.unregister("_rows")


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
    unread = warehouse.rows(
        """select content, min(file), bool_and(is_utf8), bool_and(is_regular_text), any_value(lines), min(file_no)
        from landed_files as files
        where source = $source and not exists (
            select 1 from landed_contents as known
            where known.source = files.source and known.content = files.content and known.mapping = $mapping)
        group by content order by 6""",
        {"source": source.name, "mapping": mapping},
    )
    first = int(warehouse.scalar("select coalesce(max(content_no), 0) from landed_contents")) + 1
    contents = [
        LandedContent(number, name, archive.path_of(content), Fingerprint(content, is_utf8, is_regular, lines))
        for number, (content, name, is_utf8, is_regular, lines, _) in enumerate(unread, start=first)
    ]
    hashes = {content.content_no: content.fingerprint.content for content in contents}
    names = {content.content_no: content.name for content in contents}
    unread_sheets: list[tuple[str, str]] = []
    for result in stage(warehouse, source, contents, workspace):
        _land_one(warehouse, source, rules, result, hashes, mapping)
        if isinstance(result, Staged):
            unread_sheets += [(names[result.contents[0]], sheet) for sheet in result.unread_sheets]
    return unread_sheets


def _land_one(
    warehouse: Warehouse,
    source: Source,
    rules: LandingRules,
    result: Staged | Unreadable,
    hashes: dict[int, str],
    mapping: str,
) -> None:
    if isinstance(result, Unreadable):
        _record(warehouse, source, mapping, {hashes[result.content_no]: result})
        return
    try:
        with _transaction(warehouse):
            land_staged(warehouse, result, source, rules)
            if result.rejected:
                _append(warehouse, "landed_rejects", pl.DataFrame([vars(bad) for bad in result.rejected]))
            _record(warehouse, source, mapping, {hashes[number]: number for number in result.contents})
    except UnreadableFileError as error:
        refused = {hashes[number]: Unreadable(number, str(error)) for number in result.contents}
        _record(warehouse, source, mapping, refused)
    finally:
        drop_staged(warehouse)


@contextmanager
def _transaction(warehouse: Warehouse) -> Iterator[None]:
    """All of the statements or none: a run that is killed leaves no half-read content."""
    warehouse.rows("begin transaction")
    try:
        yield
    except BaseException:
        warehouse.rows("rollback")
        raise
    warehouse.rows("commit")


def _record(warehouse: Warehouse, source: Source, mapping: str, results: Mapping[str, int | Unreadable]) -> None:
    """Remember contents as read, or as unreadable with the reason."""
    rows = [
        (result, source.name, content, mapping, None)
        if isinstance(result, int)
        else (result.content_no, source.name, content, mapping, result.error)
        for content, result in results.items()
    ]
    columns = ("content_no", "source", "content", "mapping", "error")
    types = (pl.Int64, pl.String, pl.String, pl.String, pl.String)
    _append(
        warehouse,
        "landed_contents",
        pl.DataFrame(rows, schema=dict(zip(columns, types, strict=True)), orient="row"),
    )


def _forget_other_mappings(warehouse: Warehouse, source: Source, mapping: str) -> None:
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


def keep_conflicting_texts(warehouse: Warehouse, configuration: Configuration, home: Path) -> None:
    """Keep the original text of every record in conflict, read from the archive; called once outcomes are known.

    Records set aside while landing have their text kept already; a conflict shows only beside the other records.
    """
    workspace = home / "archive" / "_workspace"
    archive = Archive(home / "archive")
    conflicts = "select content_no, line_number from row_outcomes where outcome = 'conflict'"
    for source in configuration.sources:
        found = warehouse.rows(_IN_CONFLICT, {"source": source.name})
        contents = [
            LandedContent(number, name, archive.path_of(content), Fingerprint(content, *shape))
            for number, content, name, *shape in found
        ]
        if not contents:
            continue
        workspace.mkdir(parents=True, exist_ok=True)
        try:
            for staged in stage(warehouse, source, contents, workspace):
                if isinstance(staged, Staged):
                    keep_texts(warehouse, staged, conflicts)
                drop_staged(warehouse)
        finally:
            shutil.rmtree(workspace, ignore_errors=True)


_IN_CONFLICT = """
select outcomes.content_no, files.content, min(files.file), bool_and(files.is_utf8), bool_and(files.is_regular_text),
    any_value(files.lines)
from row_outcomes as outcomes
join file_register as register using (content_no)
join landed_files as files on files.source = register.source and files.content = register.content
where outcomes.outcome = 'conflict' and outcomes.source = $source
    and not exists (
        select 1 from landed_texts as texts
        where texts.content_no = outcomes.content_no and texts.line_number = outcomes.line_number)
group by outcomes.content_no, files.content
order by outcomes.content_no"""

"""Contents into landed rows: staged, their dates settled, judged and remembered, all of a file's rows or none.

A content is read once under a mapping. Only one whose dates its own values leave open is read again, when what other
files say of the source's dates allows it or no longer does; each such reading holds from that moment on, so that a
replay of an earlier night sees what that night saw.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars as pl

from assets.configuration.sources import Source
from assets.error_texts import without_values
from assets.landing.date_formats import Finding, Readings, Survey, phases
from assets.landing.judging import LandingRules, land_staged, survey_staged
from assets.landing.landed_files import Archive, Fingerprint
from assets.landing.mapping import map_values
from assets.landing.parquet_files import stage_parquet_by_itself
from assets.landing.staged import CONTENT, LandedContent, Staged, Unreadable, drop_staged
from assets.landing.staging import stage
from assets.landing.text_encodings import UnreadableFileError
from assets.printable_text import printable
from assets.statements import identifier
from assets.warehouse import Warehouse


class UnjudgedError(Exception):
    """Records at which the engine stopped; says in which files of which source, and what it said first."""


@dataclass(frozen=True)
class Reader:
    """Reads contents of one source under one mapping.

    Attributes:
        warehouse: the night's.
        source: how the files are written and mapped.
        rules: what judging needs beside the source.
        mapping: hash of all that decides how a content is understood.
        archive: keeps the bytes.
        workspace: folder for plain copies.
    """

    warehouse: Warehouse
    source: Source
    rules: LandingRules
    mapping: str
    archive: Archive
    workspace: Path


def read_unread(reader: Reader) -> list[tuple[str, str]]:
    """Read every content of the source that was not read under the mapping, and what others have settled since.

    Returns the sheets passed over, each with a file that holds it.
    """
    unread = reader.warehouse.rows(
        """select content, min(file), bool_and(is_utf8), bool_and(is_regular_text), any_value(lines), min(file_no)
        from landed_files as files
        where source = $source and not exists (
            select 1 from landed_contents as known
            where known.source = files.source and known.content = files.content and known.mapping = $mapping)
        group by content order by 6""",
        {"source": reader.source.name, "mapping": reader.mapping},
    )
    first = _next_number(reader)
    contents = [_content(reader, number, *row[:5]) for number, row in enumerate(unread, start=first)]
    unread_sheets: list[tuple[str, str]] = []
    names = {content.content_no: content.name for content in contents}
    for result in stage(reader.warehouse, reader.source, contents, reader.workspace):
        _land_or_find_the_damaged(reader, result, contents)
        if isinstance(result, Staged):
            unread_sheets += [(names[result.contents[0]], sheet) for sheet in result.unread_sheets]
    _settle_dates(reader)
    return unread_sheets


def _next_number(reader: Reader) -> int:
    return int(reader.warehouse.scalar("select coalesce(max(content_no), 0) from landed_contents")) + 1


def _content(
    reader: Reader, number: int, content: str, name: str, is_utf8: bool, is_regular: bool, lines: int
) -> LandedContent:
    fingerprint = Fingerprint(content, is_utf8, is_regular, lines)
    return LandedContent(number, name, reader.archive.path_of(content), fingerprint)


@dataclass(frozen=True)
class _Settled:
    """The formats of a day that other files settle for a content, by field, and since when they do."""

    days: Mapping[str, str]
    since: dt.datetime | None


def _land_or_find_the_damaged(
    reader: Reader,
    result: Staged | Unreadable,
    contents: Sequence[LandedContent],
    settled: Mapping[int, _Settled] | None = None,
) -> None:
    """Land one staged batch; where a file read as it lies turns out to be damaged, each of them by itself."""
    try:
        _land(reader, result, contents, settled)
    except UnjudgedError:
        if isinstance(result, Unreadable) or not result.is_read_where_it_lies:
            raise
        for content in contents:
            if content.content_no in result.contents:
                alone = stage_parquet_by_itself(reader.warehouse, content, reader.workspace)
                _land(reader, alone, contents, settled)


def _land(
    reader: Reader,
    result: Staged | Unreadable,
    contents: Sequence[LandedContent],
    settled: Mapping[int, _Settled] | None = None,
) -> None:
    """Land one staged batch, the contents whose dates are written alike together; those that leave it open wait.

    Raises:
        UnjudgedError: the engine stopped at the batch's records.
    """
    hashes = {content.content_no: content.fingerprint.content for content in contents}
    since = {number: one.since for number, one in (settled or {}).items()}
    try:
        if isinstance(result, Unreadable):
            number = result.content_no
            _record(reader, [(number, hashes[number], result.error, since.get(number))])
            return
        try:
            types = map_values(reader.warehouse, result, reader.source)
            found = survey_staged(reader.warehouse, types, reader.source)
            if settled is None:
                _remember_findings(reader, found.findings, hashes)
            for numbers, days in _written_alike(result, found, settled):
                part = _part(reader.warehouse, result, numbers)
                kinds = types if part is result else map_values(reader.warehouse, part, reader.source)
                _land_alike(reader, part, kinds, found.formats(days), hashes, since)
        except UnreadableFileError as error:
            told = [(number, hashes[number], str(error), since.get(number)) for number in result.contents]
            _record(reader, told)
        except (duckdb.Error, MemoryError) as error:
            first, *others = (content.name for content in contents if content.content_no in result.contents)
            files = f"{first} and {len(others):,} more files" if others else first
            raise UnjudgedError(f"source {reader.source.name}: {files}: {without_values(str(error))}") from None
    finally:
        drop_staged(reader.warehouse)


def _written_alike(
    staged: Staged, found: Survey, settled: Mapping[int, _Settled] | None
) -> list[tuple[list[int], dict[str, str]]]:
    """The contents with settled dates, by the formats of a day their fields are in; one without any joins the first."""
    days: dict[int, dict[str, str]] = {number: {} for number in staged.contents}
    for one in found.findings:
        if one.content_no not in days:
            continue
        if len(one.days) == 1:
            days[one.content_no][one.field] = one.days[0]
        elif settled is not None:
            days[one.content_no][one.field] = settled[one.content_no].days[one.field]
        else:
            del days[one.content_no]  # waits for what other files say
    groups: dict[tuple[tuple[str, str], ...], list[int]] = defaultdict(list)
    for number, formats in days.items():
        groups[tuple(sorted(formats.items()))].append(number)
    plain = groups.pop((), [])
    if plain:
        groups[next(iter(groups), ())] += plain
    return [(sorted(numbers), dict(formats)) for formats, numbers in groups.items()]


def _part(warehouse: Warehouse, staged: Staged, numbers: Sequence[int]) -> Staged:
    """The staged records of those contents only."""
    if set(numbers) == set(staged.contents):
        return staged
    table = f"{staged.table}_of_{numbers[0]}"
    warehouse.rows(
        f"create temp view {identifier(table)} as "
        f"select * from {identifier(staged.table)} where {CONTENT} in ({', '.join(map(str, numbers))})"
    )
    rejected = tuple(bad for bad in staged.rejected if bad.content_no in set(numbers))
    return replace(staged, table=table, contents=tuple(numbers), rejected=rejected)


def _land_alike(
    reader: Reader,
    staged: Staged,
    types: Mapping[str, str],
    formats: Readings,
    hashes: Mapping[int, str],
    since: Mapping[int, dt.datetime | None],
) -> None:
    def landed() -> None:
        land_staged(reader.warehouse, staged, reader.source, reader.rules, types, formats)
        if staged.rejected:
            _append(reader.warehouse, "landed_rejects", pl.DataFrame([vars(bad) for bad in staged.rejected]))
        _record(reader, [(number, hashes[number], None, since.get(number)) for number in staged.contents])

    reader.warehouse.all_or_nothing(landed)


def _remember_findings(reader: Reader, findings: Iterable[Finding], hashes: Mapping[int, str]) -> None:
    """Remember what each file says of its dates: for itself, and for the files whose values say nothing."""
    told = [one for one in findings if one.decides or len(one.days) > 1]
    if not told:
        return
    place = {"source": reader.source.name, "mapping": reader.mapping}
    rows = [
        place | {"content": hashes[one.content_no], "field": one.field, "days": list(one.days), "example": one.example}
        for one in told
    ]
    with reader.warehouse.transaction():
        reader.warehouse.rows(
            """delete from landed_date_formats
            where source = $source and mapping = $mapping and list_contains($contents, content)""",
            place | {"contents": list({row["content"] for row in rows})},
        )
        _append(reader.warehouse, "landed_date_formats", pl.DataFrame(rows, schema_overrides={"example": pl.String}))


def _settle_dates(reader: Reader) -> None:
    """Read the contents whose own dates say nothing as the source's other files say, from when on they say it."""
    place = {"source": reader.source.name, "mapping": reader.mapping}
    unsettled: dict[str, list[Finding]] = defaultdict(list)
    for content, field, days, example in reader.warehouse.rows(
        """select content, field, days, example from landed_date_formats
        where source = $source and mapping = $mapping and len(days) > 1 order by all""",
        place,
    ):
        unsettled[content].append(Finding(0, field, tuple(days), False, example))
    if not unsettled:
        return
    said = reader.warehouse.rows(
        """select formats.field, formats.days[1], min(files.loaded_at)
        from landed_date_formats as formats
        join landed_files as files on files.source = formats.source and files.content = formats.content
        where formats.source = $source and formats.mapping = $mapping and len(formats.days) = 1
        group by all""",
        place,
    )
    known = reader.warehouse.rows(
        """select files.content, min(file), bool_and(is_utf8), bool_and(is_regular_text), any_value(lines),
            min(files.loaded_at), count(distinct contents.content_no), min(file_no)
        from landed_files as files
        left join landed_contents as contents
            on contents.source = files.source and contents.content = files.content and contents.mapping = $mapping
        where files.source = $source and list_contains($contents, files.content)
        group by files.content order by 8""",
        place | {"contents": list(unsettled)},
    )
    number = _next_number(reader)
    contents: list[LandedContent] = []
    settled: dict[int, _Settled] = {}
    for content, *file, landed_at, readings, _ in known:
        for phase in phases(unsettled[content], said, landed_at)[readings:]:
            if phase.error:
                _record(reader, [(number, content, phase.error, phase.since)])
            else:
                contents.append(_content(reader, number, content, *file))
                settled[number] = _Settled(phase.days, phase.since)
            number += 1
    for result in stage(reader.warehouse, reader.source, contents, reader.workspace):
        _land_or_find_the_damaged(reader, result, contents, settled)


def _record(reader: Reader, results: Iterable[tuple[int, str, str | None, dt.datetime | None]]) -> None:
    """Remember contents as read, or as unreadable with the reason, and since when that holds."""
    rows = [
        (number, reader.source.name, content, reader.mapping, error and printable(error), since)
        for number, content, error, since in results
    ]
    schema = {
        "content_no": pl.Int64, "source": pl.String, "content": pl.String, "mapping": pl.String, "error": pl.String,
        "readable_from": pl.Datetime("us"),
    }  # fmt: skip
    _append(reader.warehouse, "landed_contents", pl.DataFrame(rows, schema=schema, orient="row"))


def _append(warehouse: Warehouse, table: str, frame: pl.DataFrame) -> None:
    with warehouse.lent("_rows", frame):
        warehouse.rows(f"insert into {identifier(table)} by name select * from _rows")

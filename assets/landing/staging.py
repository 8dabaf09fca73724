"""Landed files into staged tables: every record of every file, with its place, before anything is understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import duckdb

from assets.configuration.sources import Source, declared_format
from assets.error_texts import without_values
from assets.landing.batches import batches
from assets.landing.delimited_records import parse
from assets.landing.fill_down import filled_down
from assets.landing.json_lines import stage_json_lines
from assets.landing.landed_files import NOT_READ
from assets.landing.parquet_files import stage_parquet
from assets.landing.staged import LandedContent, Staged, Unreadable
from assets.landing.text_encodings import UnreadableFileError
from assets.landing.text_files import DelimitedText, prepare
from assets.landing.workbooks import stage_workbook
from assets.warehouse import Warehouse

Text = tuple[LandedContent, DelimitedText]


def format_of(source: Source, name: str) -> str:
    """The file format: declared, else by the name's ending (compression endings apart), else csv."""
    if name.lower().removesuffix(".gz").removesuffix(".zst").endswith(".ndjson") and source.format is None:
        return "jsonl"
    return declared_format(name, source.format) or "csv"


def stage(
    warehouse: Warehouse, source: Source, contents: Sequence[LandedContent], workspace: Path
) -> Iterator[Staged | Unreadable]:
    """Stage the contents, those written alike together; files that cannot be read come back one by one."""
    for result in _as_written(warehouse, source, contents, workspace):
        filled = result
        if source.fill_down and isinstance(result, Staged):
            filled = filled_down(warehouse, result, source.fill_down)
        yield from filled if isinstance(filled, list) else (filled,)


def _as_written(
    warehouse: Warehouse, source: Source, contents: Sequence[LandedContent], workspace: Path
) -> Iterator[Staged | Unreadable]:
    texts: list[Text] = []
    typed: list[LandedContent] = []
    for content in contents:
        kind = format_of(source, content.name)
        try:
            if kind in ("csv", "tsv"):
                texts.append((content, prepare(content, source, workspace)))
            elif kind == "jsonl":
                yield stage_json_lines(warehouse, source, content, workspace)
            elif kind == "xlsx":
                yield stage_workbook(warehouse, source, content, workspace)
            else:
                typed.append(content)
        except UnreadableFileError as error:
            way = NOT_READ.get(Path(content.name).suffix.lower())
            yield Unreadable(content.content_no, f"{error}; {way}" if way else str(error))
    yield from stage_parquet(warehouse, typed, workspace)
    for alike in _written_alike(texts):
        for batch in batches(alike, lambda text: text[1].lines):
            yield from _stage_together(warehouse, source, batch, workspace)


def _written_alike(texts: Iterable[Text]) -> Iterator[list[Text]]:
    def shape(text: Text) -> tuple[object, ...]:
        layout = text[1].layout
        return (layout.header, layout.delimiter, layout.quote, layout.header_lines, text[1].is_archived)

    for _, alike in groupby(sorted(texts, key=lambda text: (repr(shape(text)), text[0].content_no)), key=shape):
        yield list(alike)


def _stage_together(
    warehouse: Warehouse, source: Source, texts: list[Text], workspace: Path
) -> Iterator[Staged | Unreadable]:
    """One pass over all files; a file the parser stumbles over is read again carefully, and harms no other."""
    try:
        parsed = parse(warehouse, texts)
    except duckdb.Error:
        if len(texts) == 1:
            yield _stage_carefully(warehouse, source, texts[0][0], workspace)
            return
        for text in texts:
            yield from _stage_together(warehouse, source, [text], workspace)
        return
    stumbled = {content.content_no for content, _ in texts if not parsed.is_whole(content.content_no)}
    if len(stumbled) < len(texts):
        yield parsed.staged(without=stumbled)
    for content, _ in texts:
        if content.content_no in stumbled:
            yield _stage_carefully(warehouse, source, content, workspace)


def _stage_carefully(
    warehouse: Warehouse, source: Source, content: LandedContent, workspace: Path
) -> Staged | Unreadable:
    """Stage a file without the lines that break the rules of quoting; every other line must come out."""
    number = content.content_no
    try:
        text = prepare(content, source, workspace, carefully=True)
        parsed = parse(warehouse, [(content, text)])
    except (UnreadableFileError, duckdb.Error) as error:
        reason = without_values(str(error)) if isinstance(error, duckdb.Error) else str(error)
        return Unreadable(number, f"the file could not be parsed as delimited text: {reason}")
    if not parsed.is_whole(number):
        found, expected = parsed.lines_found(number), text.lines
        return Unreadable(number, f"{found} of its {expected} lines could be parsed; every one was expected")
    return parsed.staged()

"""Delimited text as it is really written: compression, delimiters, headers, blank and skipped lines."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path

from assets.configuration.sources import Source, declared_format
from assets.landing.landed_files import open_archived
from assets.landing.packed_files import unpacked
from assets.landing.quoting import quoting_after, split_records
from assets.landing.staged import OURS, LandedContent, expect_usable_columns
from assets.landing.text_encodings import OpenBytes, UnreadableFileError, encoding_of, said_in_words

_LONGEST_LINE = 1 << 26  # characters; a packed megabyte may hold a line of a thousand
_MOST_BLANK = 1_000_000  # lines above the header
_LONGEST_HEADER = 200  # lines a quoted header may spread over
_DELIMITERS = (",", ";", "\t", "|", "^", "~", "\x01", "\x1f")
_DECLARATION = re.compile(rf"\"?sep=([{re.escape(''.join(_DELIMITERS))}])\"?\s*", re.IGNORECASE)
"""The line by which a file tells Excel its delimiter; it stands above all others and is no data."""


@dataclass(frozen=True)
class Layout:
    """How a delimited file is written.

    Attributes:
        encoding: Python's name of the encoding.
        delimiter: one character.
        quote: one character, or empty where nothing is quoted.
        header: column names, trimmed, unique.
        header_lines: lines the header takes; 0 where the configuration names the columns.
        lines_above: lines before it: those the configuration skips, and one that says ``sep=;``.
    """

    encoding: str
    delimiter: str
    quote: str
    header: tuple[str, ...]
    header_lines: int
    lines_above: int


@dataclass(frozen=True)
class DelimitedText:
    """A file ready to be parsed: plain UTF-8, one kind of line end, no blank line outside quotes.

    Attributes:
        path: the archived bytes where they can be read as they are, else a plain copy.
        is_archived: whether ``path`` is an archived file, which is compressed.
        layout: how it is written.
        lines: lines of the archived file or copy; every one of them must come out of the parser.
        left_out: (line of the copy, lines left out before it in all) wherever more were left out.
        misquoted: (line of the file, its text) of the lines that break the rules of quoting, where the copy leaves
            them out.
    """

    path: Path
    is_archived: bool
    layout: Layout
    lines: int
    left_out: tuple[tuple[int, int], ...] = ()
    misquoted: tuple[tuple[int, str], ...] = ()


def layout_of(open_bytes: OpenBytes, name: str, source: Source, encoding: str | None = None) -> Layout:
    """Read how the file is written off its first lines.

    Args:
        open_bytes: opens the decompressed file.
        name: the file's name; its ending may tell the delimiter.
        source: declared options.
        encoding: where it is known already; else declared, or told from the first bytes.

    Raises:
        UnreadableFileError: empty, damaged, not text, or without a usable header.
    """
    encoding = encoding or encoding_of(open_bytes, source.encoding)
    quote = source.quote or ("" if source.delimiter == "whitespace" else '"')
    lines = islice(_lines(open_bytes, encoding), source.skip_rows, None)
    above = list(islice(lines, 1))
    declared = _DECLARATION.fullmatch(above[0]) if above else None
    lines_above = source.skip_rows + (declared is not None)
    rest = chain(() if declared else above, lines)
    written = (line for line in rest if not _is_blank(line, source))
    start = list(islice((line for line in islice(rest, _MOST_BLANK) if not _is_blank(line, source)), 1))
    if not start and next(rest, None) is not None:
        raise UnreadableFileError(f"its first {_MOST_BLANK:,} lines are blank; a header line and rows were expected")
    if not start:
        raise UnreadableFileError("the file holds blank lines only; a header line and rows were expected")
    if quote and quote in start[0]:
        start += islice(written, _LONGEST_HEADER - 1)
    if source.delimiter == "whitespace":
        start = [_tabbed(line) for line in start]
    delimiter = declared[1] if declared and not source.delimiter else _delimiter(start, name, source, quote)
    if source.header is not None:
        return Layout(encoding, delimiter, quote, unique_names(source.header), 0, lines_above)
    record, is_well_quoted = next(split_records(start, quote, delimiter)) if quote else (start[:1], True)
    if not is_well_quoted:
        raise UnreadableFileError("the quotes of the header line do not pair")
    names = unique_names(_first_record(record, delimiter, quote))
    expect_usable_columns(names)
    return Layout(encoding, delimiter, quote, names, len(record), lines_above)


def prepare(content: LandedContent, source: Source, workspace: Path, *, carefully: bool = False) -> DelimitedText:
    """Make a landed file parseable.

    Args:
        content: the file.
        source: declared options.
        workspace: folder for a plain copy, where one is needed.
        carefully: make a copy without the lines that break the rules of quoting.

    Raises:
        UnreadableFileError: empty, damaged, not text, or without a usable header.
    """
    open_bytes = _opener(content)
    plain = is_plain(content, source)
    is_known = plain and content.fingerprint.lines
    encoding = "utf-8" if is_known else encoding_of(open_bytes, source.encoding, is_utf8=content.fingerprint.is_utf8)
    layout = layout_of(open_bytes, content.name, source, encoding)
    is_whole = source.delimiter != "whitespace" and not layout.lines_above and not source.skip_rows_after_header
    if plain and is_whole and not carefully:
        return DelimitedText(content.archived, True, layout, content.fingerprint.lines)
    copy = workspace / f"{content.fingerprint.content}.txt"
    return _plain_copy(_lines(open_bytes, encoding), layout, source, copy, carefully=carefully)


def is_plain(content: LandedContent, source: Source) -> bool:
    """Whether the archived bytes can be parsed where they lie: UTF-8 with one kind of line end, packed by nobody."""
    declared = codecs.lookup(source.encoding).name if source.encoding else "utf-8"
    is_packed = Path(content.name).suffix.lower() in (".gz", ".zst")
    return content.fingerprint.is_regular_text and not is_packed and declared == "utf-8"


def plain_lines(content: LandedContent, source: Source, workspace: Path) -> Path:
    """A plain copy of a landed text file: UTF-8 with one kind of line end, every line of it.

    Raises:
        UnreadableFileError: empty, damaged or not text.
    """
    open_bytes = _opener(content)
    encoding = encoding_of(open_bytes, source.encoding, is_utf8=content.fingerprint.is_utf8)
    copy = workspace / f"{content.fingerprint.content}.txt"
    with copy.open("w", encoding="utf-8", newline="") as out:
        out.writelines(_lines(open_bytes, encoding))
    return copy


def _opener(content: LandedContent) -> OpenBytes:
    return lambda: unpacked(lambda: open_archived(content.archived), content.name)


def _lines(open_bytes: OpenBytes, encoding: str) -> Iterator[str]:
    with said_in_words(), open_bytes() as raw, io.TextIOWrapper(raw, encoding=encoding, newline=None) as text:
        for line in iter(partial(text.readline, _LONGEST_LINE), ""):
            if len(line) == _LONGEST_LINE:
                raise UnreadableFileError(
                    f"a line is longer than {_LONGEST_LINE:,} characters; a row per line was expected: see whether the "
                    f"file is a table"
                )
            yield line


def _plain_copy(
    lines: Iterator[str], layout: Layout, source: Source, target: Path, *, carefully: bool
) -> DelimitedText:
    """Copy as UTF-8 with one kind of line end; drop blank lines outside quotes and the rows the configuration skips."""
    quote, delimiter = layout.quote, layout.delimiter
    carefully = carefully or source.skip_rows_after_header > 0  # what is skipped may hold quoted line ends
    skipped = range(header := int(layout.header_lines > 0), header + source.skip_rows_after_header)
    left_out: list[tuple[int, int]] = []
    misquoted: list[tuple[int, str]] = []
    number = missing = sum(1 for _ in islice(lines, layout.lines_above))
    written, place, is_open = 0, 0, False
    records = split_records(lines, quote, delimiter) if carefully else (([line], True) for line in lines)
    with target.open("w", encoding="utf-8", newline="") as out:
        for record, is_well_quoted in records:
            first, number = number + 1, number + len(record)
            is_blank = not is_open and _is_blank(record[0], source)
            is_skipped = place in skipped and not is_blank
            place += not is_blank
            if not is_well_quoted and not is_skipped:
                misquoted.append((first, record[0].rstrip("\n")))
            if not is_well_quoted or is_blank or is_skipped:
                missing += len(record)
                continue
            if missing and (not left_out or left_out[-1][1] != missing):
                left_out.append((written + 1, missing))
            if not carefully and quote and quote in record[0]:
                is_open = quoting_after(record[0], quote, delimiter, is_open=is_open) == "open"
            out.writelines(_tabbed(line) if source.delimiter == "whitespace" else line for line in record)
            written += len(record)
    return DelimitedText(target, False, layout, written, tuple(left_out), tuple(misquoted))


def _is_blank(line: str, source: Source) -> bool:
    """An empty line; one of spaces only is a broken record, but where spaces are the delimiter."""
    return line == "\n" or (source.delimiter == "whitespace" and not line.strip())


def _tabbed(line: str) -> str:
    return "\t".join(line.split()) + "\n"


def _delimiter(start: Sequence[str], name: str, source: Source, quote: str) -> str:
    if source.delimiter in ("whitespace", "tab"):
        return "\t"
    if source.delimiter:
        return source.delimiter
    packed_apart = name.removesuffix(".gz").removesuffix(".zst")
    if declared_format(packed_apart, source.format) == "tsv":
        return "\t"
    counts = {sign: len(_first_record(start, sign, quote)) for sign in _DELIMITERS}
    if source.header is not None:
        return max(_DELIMITERS, key=lambda sign: counts[sign] == len(source.header or ()))
    return max(_DELIMITERS, key=lambda sign: counts[sign])


def _first_record(start: Sequence[str], delimiter: str, quote: str) -> tuple[str, ...]:
    quoting = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
    try:
        return tuple(next(csv.reader(start, delimiter=delimiter, **quoting)))  # type: ignore[arg-type]
    except (StopIteration, csv.Error) as error:
        raise UnreadableFileError(f"no header line could be read: {error}") from error


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names trimmed; an empty one is called by its place, a repeated one gets its place behind it.

    >>> unique_names(["id ", "", "ID", "__line_number"])
    ('id', 'column_2', 'ID_3', '__line_number_4')
    """
    seen = set(OURS)  # so does a name of our own
    result: list[str] = []
    for place, name in enumerate(names, start=1):
        text = name.strip() or f"column_{place}"
        if text.casefold() in seen:
            text = f"{text}_{place}"
        seen.add(text.casefold())
        result.append(text)
    return tuple(result)

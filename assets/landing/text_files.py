"""Delimited text as it is really written: encodings, compression, delimiters, headers, blank and skipped lines."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

import pyarrow as pa
from charset_normalizer import from_bytes

from assets.configuration_sources import Source, declared_format
from assets.landing.landed_files import open_archived
from assets.landing.quoting import quoting_after, split_records
from assets.landing.staged import LandedContent

_SAMPLE = 1 << 18
_MOST_TELLING = 2000  # lines that are looked at to tell an encoding
_LONGEST_HEADER = 200  # lines a quoted header may spread over
_DELIMITERS = (",", ";", "\t", "|")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

OpenBytes = Callable[[], AbstractContextManager[IO[bytes]]]


class UnreadableFileError(Exception):
    """A file that cannot be read at all and is set aside whole; the text says what was found and expected."""


@dataclass(frozen=True)
class Layout:
    """How a delimited file is written.

    Attributes:
        encoding: Python's name of the encoding.
        delimiter: one character.
        quote: one character, or empty where nothing is quoted.
        header: column names, trimmed, unique.
        header_lines: lines the header takes; 0 where the configuration names the columns.
    """

    encoding: str
    delimiter: str
    quote: str
    header: tuple[str, ...]
    header_lines: int


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


@contextmanager
def unpacked(open_raw: Callable[[], IO[bytes]], name: str) -> Iterator[IO[bytes]]:
    """The stream's content, decompressed as the file name's ending says (.gz, .zst)."""
    with open_raw() as raw:
        match Path(name).suffix.lower():
            case ".gz":
                yield gzip.GzipFile(fileobj=raw)  # type: ignore[misc]
            case ".zst":
                yield io.BufferedReader(pa.CompressedInputStream(raw, "zstd"))  # type: ignore[arg-type]
            case _:
                yield raw


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
    encoding = _encoding(_start(open_bytes), source, encoding)
    lines = islice(_lines(open_bytes, encoding), source.skip_rows, None)
    start = list(islice((line for line in lines if not _is_blank(line, source)), _LONGEST_HEADER))
    if not start:
        raise UnreadableFileError("the file holds blank lines only; a header line and rows were expected")
    if source.delimiter == "whitespace":
        start = [_tabbed(line) for line in start]
    quote = source.quote or ("" if source.delimiter == "whitespace" else '"')
    delimiter = _delimiter(start, name, source, quote)
    if source.header is not None:
        return Layout(encoding, delimiter, quote, _unique(source.header), 0)
    record, is_well_quoted = next(split_records(start, quote, delimiter)) if quote else (start[:1], True)
    if not is_well_quoted:
        raise UnreadableFileError("the quotes of the header line do not pair")
    return Layout(encoding, delimiter, quote, _unique(_first_record(record, delimiter, quote)), len(record))


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
    name, fingerprint = content.name, content.fingerprint

    def open_bytes() -> AbstractContextManager[IO[bytes]]:
        return unpacked(lambda: open_archived(content.archived), name)

    declared = codecs.lookup(source.encoding).name if source.encoding else "utf-8"
    is_packed = Path(name).suffix.lower() in (".gz", ".zst")
    is_plain = fingerprint.is_regular_text and not is_packed and declared == "utf-8"
    if is_plain and source.delimiter != "whitespace" and source.skip_rows == 0 and not carefully:
        layout = layout_of(open_bytes, name, source, "utf-8")
        return DelimitedText(content.archived, True, layout, fingerprint.lines)
    encoding = _encoding(_start(open_bytes) if fingerprint.is_utf8 else _telling(open_bytes), source)
    layout = layout_of(open_bytes, name, source, encoding)
    copy = workspace / f"{fingerprint.content}.txt"
    return _plain_copy(_lines(open_bytes, encoding), layout, source, copy, carefully=carefully)


def _start(open_bytes: OpenBytes) -> bytes:
    with _readable(), open_bytes() as raw:
        return raw.read(_SAMPLE)


def _telling(open_bytes: OpenBytes) -> bytes:
    """The file's start and the first lines that are not ASCII: what tells its encoding."""
    start = _start(open_bytes)
    if start.startswith(tuple(mark for mark, _ in _BYTE_ORDER_MARKS)) or b"\x00" in start:
        return start
    with _readable(), open_bytes() as raw:
        strange = islice((line for line in raw if not line.isascii()), _MOST_TELLING)
        return b"".join(strange) or start


def _encoding(sample: bytes, source: Source, known: str | None = None) -> str:
    if not sample:
        raise UnreadableFileError("the file is empty (0 bytes); a header line and rows were expected")
    if known is not None:
        return known
    for mark, encoding in _BYTE_ORDER_MARKS:
        if sample.startswith(mark):
            return encoding
    if source.encoding is not None:
        return source.encoding
    if b"\x00" in sample:
        raise UnreadableFileError("the file is not text (it holds NUL bytes); set `format` or `encoding` if it is")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return _single_byte_or_told(sample)
    return "utf-8"


def _single_byte_or_told(sample: bytes) -> str:
    """A lone sign among ASCII, a pound or an accent, tells a detector nothing: office software writes cp1252."""
    runs = re.findall(rb"[\x80-\xff]+", sample)
    if sum(len(run) > 1 for run in runs) * 10 < len(runs):
        try:
            sample.decode("cp1252")
        except UnicodeDecodeError:
            pass  # a byte cp1252 does not have: the detector decides
        else:
            return "cp1252"
    best = from_bytes(sample).best()
    if best is None:
        raise UnreadableFileError("the encoding could not be told; declare `encoding`, for example cp1252 or gb18030")
    return best.encoding


@contextmanager
def _readable() -> Iterator[None]:
    """Say in words what a damaged file raises."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            f"it holds bytes that are not {error.encoding}; declare the right `encoding`"
        ) from error
    except (EOFError, zlib.error, OSError, pa.ArrowInvalid) as error:
        raise UnreadableFileError(f"the file is damaged or truncated: {error}") from error


def _lines(open_bytes: OpenBytes, encoding: str) -> Iterator[str]:
    with _readable(), open_bytes() as raw, io.TextIOWrapper(raw, encoding=encoding, newline=None) as text:
        yield from text


def _plain_copy(
    lines: Iterator[str], layout: Layout, source: Source, target: Path, *, carefully: bool
) -> DelimitedText:
    """Copy as UTF-8 with one kind of line end; drop blank lines outside quotes and the rows the configuration skips."""
    quote, delimiter = layout.quote, layout.delimiter
    left_out: list[tuple[int, int]] = []
    misquoted: list[tuple[int, str]] = []
    number = missing = sum(1 for _ in islice(lines, source.skip_rows))
    written, is_open = 0, False
    records = split_records(lines, quote, delimiter) if carefully else (([line], True) for line in lines)
    with target.open("w", encoding="utf-8", newline="") as out:
        for record, is_well_quoted in records:
            first, number = number + 1, number + len(record)
            if not is_well_quoted:
                misquoted.append((first, record[0].rstrip("\n")))
            if not is_well_quoted or (not is_open and _is_blank(record[0], source)):
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


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """Names trimmed; an empty one is called by its place, a repeated one gets its place behind it."""
    seen: set[str] = set()
    result: list[str] = []
    for place, name in enumerate(names, start=1):
        text = name.strip() or f"column_{place}"
        if text.casefold() in seen:
            text = f"{text}_{place}"
        seen.add(text.casefold())
        result.append(text)
    return tuple(result)

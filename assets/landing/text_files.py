"""Delimited text as it is really written: encodings, compression, delimiters, headers, blank and ragged lines."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa
from charset_normalizer import from_bytes

from assets.configuration_sources import Source
from assets.landing.landed_files import Fingerprint

_SAMPLE = 1 << 18
_DELIMITERS = (",", ";", "\t", "|")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class UnreadableFileError(Exception):
    """A file that cannot be read at all and is set aside whole; the text says what was found and expected."""


@dataclass(frozen=True)
class DelimitedText:
    """A file ready to be parsed: plain UTF-8, one kind of line end, no blank line outside quotes.

    Attributes:
        path: the landed file itself where it is regular, else a normalised copy.
        header: column names, trimmed, unique.
        delimiter: one character.
        quote: one character.
        has_header: whether the first record of ``path`` is the header.
        skipped: records before the header that the configuration skips; counted in line numbers.
    """

    path: Path
    header: tuple[str, ...]
    delimiter: str
    quote: str
    has_header: bool
    skipped: int


def compression_of(path: Path) -> str | None:
    """``gzip``, ``zstd`` or None, by the name's ending."""
    return {".gz": "gzip", ".zst": "zstd"}.get(path.suffix.lower())


def prepare(path: Path, fingerprint: Fingerprint, source: Source, workspace: Path) -> DelimitedText:
    """Make the file parseable and read its header.

    Raises:
        UnreadableFileError: empty, truncated, not text, or without a usable header.
    """
    if path.stat().st_size == 0:
        raise UnreadableFileError("the file is empty (0 bytes); a header line and rows were expected")
    needs_copy = (
        compression_of(path) is not None
        or not fingerprint.is_regular_text
        or source.delimiter == "whitespace"
        or (source.encoding is not None and codecs.lookup(source.encoding).name != "utf-8")
        or source.skip_rows > 0
    )
    quote = source.quote or '"'
    if needs_copy:
        copy = workspace / f"{fingerprint.content}.txt"
        _write_normalised(path, source, quote, copy)
        path = copy
    delimiter = _delimiter(path, source, quote)
    header = tuple(source.header) if source.header is not None else _first_record(path, delimiter, quote)
    return DelimitedText(path, _unique(header), delimiter, quote, source.header is None, source.skip_rows)


def _decompressed(path: Path) -> IO[bytes]:
    match compression_of(path):
        case "gzip":
            return gzip.open(path, "rb")
        case "zstd":
            return io.BufferedReader(pa.input_stream(str(path), compression="zstd"))  # type: ignore[arg-type]
        case _:
            return path.open("rb")


def _encoding(sample: bytes, source: Source, path: Path) -> str:
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
        best = from_bytes(sample).best()
        if best is None:
            raise UnreadableFileError(
                f"the encoding of {path.name} could not be told; declare `encoding`, for example cp1252 or gb18030"
            ) from None
        return best.encoding
    return "utf-8"


def _lines(path: Path, source: Source) -> Iterator[str]:
    try:
        with _decompressed(path) as raw:
            sample = raw.read(_SAMPLE)
        encoding = _encoding(sample, source, path)
        with _decompressed(path) as raw, io.TextIOWrapper(raw, encoding=encoding, newline=None) as text:
            yield from text
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            f"byte {error.start} does not fit the encoding {error.encoding}; declare the right `encoding`"
        ) from error
    except (EOFError, zlib.error, gzip.BadGzipFile, OSError, pa.ArrowInvalid) as error:
        raise UnreadableFileError(f"the compressed file is damaged or truncated: {error}") from error


def _write_normalised(path: Path, source: Source, quote: str, target: Path) -> None:
    """Copy as UTF-8 with one kind of line end; drop blank lines outside quotes and the rows the configuration skips."""
    quoted = False
    with target.open("w", encoding="utf-8", newline="") as out:
        for number, line in enumerate(_lines(path, source)):
            if number < source.skip_rows:
                continue
            if not quoted and not line.strip():
                continue
            if line.count(quote) % 2:
                quoted = not quoted
            if source.delimiter == "whitespace":
                out.write("\t".join(re.split(r"\s+", line.strip())) + "\n")
            else:
                out.write(line)
    if target.stat().st_size == 0:
        raise UnreadableFileError("the file holds blank lines only; a header line and rows were expected")


def _delimiter(path: Path, source: Source, quote: str) -> str:
    if source.delimiter in ("whitespace", "tab"):
        return "\t"
    if source.delimiter:
        return source.delimiter
    if source.format == "tsv" or ".tsv" in path.suffixes:
        return "\t"
    if source.header is not None:
        return max(_DELIMITERS, key=lambda sign: len(_first_record(path, sign, quote)) == len(source.header or ()))
    return max(_DELIMITERS, key=lambda sign: len(_first_record(path, sign, quote)))


def _first_record(path: Path, delimiter: str, quote: str) -> tuple[str, ...]:
    with path.open(encoding="utf-8", newline="") as text:
        try:
            return tuple(next(csv.reader(text, delimiter=delimiter, quotechar=quote)))
        except (StopIteration, csv.Error, UnicodeDecodeError) as error:
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

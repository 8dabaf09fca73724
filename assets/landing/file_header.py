"""The column names of a source's first file, read from its first bytes: what a mapping is checked against."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa

from assets.configuration import Source
from assets.landing.landed_files import Fingerprint, find_files
from assets.landing.staging import format_of
from assets.landing.text_files import UnreadableFileError, prepare

_SAMPLE = 1 << 18


def first_file(source: Source) -> Path | None:
    """The first file the source's path matches, in natural order; None where there is none."""
    files = find_files(Path(source.path))
    return files[0].path if files else None


def header_of(source: Source) -> tuple[str, ...] | None:
    """Column names of the source's first file, trimmed; None without a file or where only a full read would tell.

    Raises:
        UnreadableFileError: the file is empty, damaged or not text.
    """
    if source.header is not None:
        return source.header
    path = first_file(source)
    if path is None or format_of(source, path) not in ("csv", "tsv"):
        return None
    if path.stat().st_size == 0:
        raise UnreadableFileError("the file is empty (0 bytes); a header line and rows were expected")
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample.csv"
        sample.write_bytes(_first_lines(path))
        irregular = Fingerprint(content="sample", is_utf8=False, is_regular_text=False)
        format_kept = source.model_copy(update={"format": format_of(source, path)})
        return prepare(sample, irregular, format_kept, Path(folder)).header


def _first_lines(path: Path) -> bytes:
    """The file's first bytes, decompressed, up to the last line end among them."""
    try:
        with pa.input_stream(str(path)) as stream:  # tells gzip and zstd by the name's ending
            start = stream.read(_SAMPLE)
    except (OSError, pa.ArrowInvalid) as error:
        raise UnreadableFileError(f"the compressed file is damaged or truncated: {error}") from error
    if len(start) < _SAMPLE:
        return start
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    return start[: len(start) // 2 * 2] if wide else start[: start.rfind(b"\n") + 1] or start

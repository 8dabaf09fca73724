"""The column names of a source's first file, read from its first lines: what a mapping is checked against."""

from __future__ import annotations

from pathlib import Path

from assets.configuration import Source
from assets.landing.landed_files import find_files
from assets.landing.staging import format_of
from assets.landing.text_files import layout_of, unpacked


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
    if path is None or format_of(source, path.name) not in ("csv", "tsv"):
        return None
    return layout_of(lambda: unpacked(lambda: path.open("rb"), path.name), path.name, source).header

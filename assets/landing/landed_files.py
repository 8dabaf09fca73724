"""What has landed: the files a source's path points at, their bytes' hash, and the archive that keeps those bytes."""

from __future__ import annotations

import codecs
import glob
import hashlib
import io
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa

_CHUNK = 1 << 20
_MAGIC = "*?["
_TAKING = "_taking-"


@dataclass(frozen=True)
class FoundFile:
    """A file under a source's path.

    Attributes:
        path: where it lies.
        name: relative to the source's folder, with forward slashes.
        size: bytes.
        modified_ns: modification time, nanoseconds since the epoch; only tells whether to hash again.
    """

    path: Path
    name: str
    size: int
    modified_ns: int


@dataclass(frozen=True)
class Fingerprint:
    """What one pass over a file's bytes tells.

    Attributes:
        content: SHA-256 of the bytes, hexadecimal.
        is_utf8: the bytes are valid UTF-8 without NUL.
        is_regular_text: UTF-8 without a byte order mark, one kind of line end and no blank line: read as it lies.
        lines: line ends in it, and one more where the last line has none.
    """

    content: str
    is_utf8: bool
    is_regular_text: bool
    lines: int


def source_folder(pattern: Path) -> Path:
    """The fixed part of a path pattern: names are relative to it."""
    fixed: list[str] = []
    for part in pattern.parts[:-1]:
        if any(sign in part for sign in _MAGIC):
            break
        fixed.append(part)
    return Path(*fixed) if fixed else Path()


def natural_key(name: str) -> str:
    """A text that sorts file names as people do: ``2.csv`` before ``10.csv``."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(20), name.casefold()) + "\x00" + name


def find_files(pattern: Path) -> list[FoundFile]:
    """Files the pattern matches, in natural order of their names; hidden and temporary ones left out."""
    folder = source_folder(pattern)
    found: list[FoundFile] = []
    for match in glob.glob(str(pattern), recursive=True):
        path = Path(match)
        if not path.is_file() or path.name.startswith((".", "_", "~$")):
            continue
        status = path.stat()
        found.append(FoundFile(path, path.relative_to(folder).as_posix(), status.st_size, status.st_mtime_ns))
    return sorted(found, key=lambda file: natural_key(file.name))


class Archive:
    """Every landed file's bytes, compressed, by content hash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path_of(self, content: str) -> Path:
        """Where the bytes with that hash are kept."""
        return self.folder / content[:2] / f"{content}.zst"

    def sweep(self) -> None:
        """Remove what a run that was killed left half taken; only while no other run holds the home."""
        for leftover in self.folder.glob(f"{_TAKING}*"):
            leftover.unlink(missing_ok=True)

    def take(self, path: Path) -> Fingerprint:
        """Hash the file and keep its bytes, in one pass. A file whose bytes are kept already costs no space."""
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / f"{_TAKING}{os.getpid()}"
        digest = hashlib.sha256()
        shape = _TextShape()
        try:
            with path.open("rb") as landed, pa.output_stream(str(temporary), compression="zstd") as kept:
                while chunk := landed.read(_CHUNK):
                    digest.update(chunk)
                    shape.feed(chunk)
                    kept.write(chunk)
            content = digest.hexdigest()
            target = self.path_of(content)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                with temporary.open("rb") as written:
                    os.fsync(written.fileno())
                temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        return Fingerprint(content, shape.is_utf8(), shape.is_regular(), shape.lines())


def open_archived(path: Path) -> IO[bytes]:
    """The bytes that an archived file keeps."""
    return io.BufferedReader(pa.input_stream(str(path), compression="zstd"))  # type: ignore[arg-type]


class _TextShape:
    """Whether a stream of bytes is plain UTF-8 text with one kind of line end."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._valid = True
        self._carriage_line = self._bare_line = self._bare_carriage = 0
        self._blank = False
        self._marked = False
        self._tail = b""
        self._first = True

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        if self._first:
            self._marked = chunk.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            self._blank = chunk.startswith((b"\n", b"\r\n"))
            self._first = False
        if self._valid:
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError:
                self._valid = False
            if b"\x00" in chunk:
                self._valid = False
        joined = self._tail + chunk
        self._tail = joined[-2:]
        before = joined[: len(joined) - len(chunk)]  # the end of the last chunk: a pair may lie across the border
        both = joined.count(b"\r\n") - before.count(b"\r\n")
        lines = chunk.count(b"\n")
        returns = chunk.count(b"\r")
        self._carriage_line += both
        self._bare_line += lines - both
        self._bare_carriage += returns - both
        if b"\n\n" in joined or b"\n\r" in joined:
            self._blank = True

    def lines(self) -> int:
        """Line ends so far, and one more where the last line has none."""
        return self._carriage_line + self._bare_line + (not self._tail.endswith(b"\n") and bool(self._tail))

    def is_utf8(self) -> bool:
        """Whether all bytes so far are whole UTF-8 characters, none of them NUL."""
        if not self._valid:
            return False
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True

    def is_regular(self) -> bool:
        """Whether the bytes can be read where they lie."""
        kinds = sum(count > 0 for count in (self._carriage_line, self._bare_line, self._bare_carriage))
        return self.is_utf8() and not self._marked and kinds <= 1 and not self._bare_carriage and not self._blank

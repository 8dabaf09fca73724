"""What has landed: the files a source's path points at, their bytes' hash, and the archive that keeps those bytes."""

from __future__ import annotations

import codecs
import glob
import hashlib
import io
import os
import re
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import IO, Any, BinaryIO, Final

import pyarrow as pa

from assets.durable_files import make_directory, move_into_place
from assets.printable_text import printable

_CHUNK = 1 << 20
_ESCAPED = re.compile(r"\[([*?[])\]")  # what glob.escape writes
_TAKING = "_taking-"
_ASK_THE_DATABASE = (
    "a database is a source of its own, with `database: sqlite:///shop.db` and a `query` (docs/configuration.md)"
)
NOT_READ: Final = {
    ".zip": "a zip archive is not read: unpack it, or pack each file by itself with gzip",
    ".json": "a JSON file is read where every line is one record: write it so, and name it "
    ".jsonl, for example by `jq -c '.[]' orders.json > orders.jsonl`",
    ".xls": "a workbook of Excel before 2007 is not read: save it as .xlsx",
    ".xlsb": "a binary workbook is not read: save it as .xlsx",
    ".db": _ASK_THE_DATABASE,
    ".sqlite": _ASK_THE_DATABASE,
    ".sqlite3": _ASK_THE_DATABASE,
    ".sql": "a dump is not read: load it into a database, and make that a source with `database` and a `query`",
    ".ods": "a workbook of OpenDocument is not read: save it as .xlsx",
}
"""Endings that people try, and what to do with such files."""


class UnreachableError(Exception):
    """What a source holds cannot be listed or fetched now; what was landed from it before stays."""


@dataclass(frozen=True)
class FoundFile:
    """A file that can be landed.

    Attributes:
        name: relative to the source's folder, with forward slashes; what no line can show is written out.
        size: bytes; None where only reading tells.
        version: another text when the file is another; only tells whether to read it again. None: read it always.
        open: opens its bytes; what has to be made first is made in the folder given.
    """

    name: str
    size: int | None
    version: str | None
    open: Callable[[Path], BinaryIO]


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
    """The fixed part of a path pattern, as it is called on the disk: names are relative to it."""
    fixed = takewhile(lambda part: not is_glob(part), pattern.parts[:-1])
    return Path(*(_ESCAPED.sub(r"\1", part) for part in fixed))


def as_told(pattern: Path) -> str:
    """The pattern as messages show it: what stands for itself as it is called on the disk."""
    folder = source_folder(pattern)
    rest = (part if is_glob(part) else _ESCAPED.sub(r"\1", part) for part in pattern.parts[len(folder.parts) :])
    return str(folder.joinpath(*rest))


def natural_key(name: str) -> str:
    """A text that sorts file names as people do: ``2.csv`` before ``10.csv``."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(20), name.casefold()) + "\x00" + name


def as_pattern(path: Path) -> Path:
    """The path as a pattern that fits nothing else."""
    return Path(glob.escape(str(path)))


def is_glob(name: str) -> bool:
    """Whether a name stands for any number of files."""
    return glob.has_magic(_ESCAPED.sub("", name))


def is_passed_over(name: str) -> bool:
    """Whether a file's own name says that it is hidden, temporary or a lock."""
    return name.startswith((".", "_", "~$"))


def local_paths(pattern: Path) -> list[Path]:
    """Paths of the files the pattern matches, in natural order of their names; hidden and temporary ones left out."""
    return [path for path in _matches(pattern) if os.path.isfile(path)]


def _matches(pattern: Path) -> list[Path]:
    """Whatever the pattern matches, in natural order of the names; what is hidden or temporary left out."""
    folder = source_folder(pattern)
    kept = {path for path in _found_by(pattern) if not is_passed_over(path.name)}
    return sorted(kept, key=lambda path: natural_key(path.relative_to(folder).as_posix()))


def _found_by(pattern: Path) -> Iterator[Path]:
    """What the pattern fits, ``**`` for any number of folders; of these each once, whatever links lead to it."""
    parts = pattern.parts
    if "**" not in parts:
        yield from map(Path, glob.glob(str(pattern)))
        return
    place = parts.index("**")
    for top in filter(os.path.isdir, _found_by(Path(*parts[:place]))):
        for folder in _folders_below(top):
            yield from _found_by(as_pattern(folder).joinpath(*parts[place + 1 :] or ("*",)))


def _folders_below(top: Path) -> list[Path]:
    """The folder and all below it that are not hidden. Links may lead in a circle, or a thousand ways to one folder."""
    known: set[tuple[int, int]] = set()
    found: list[Path] = []
    folders, links = deque([top]), deque[Path]()
    while folders or links:  # by its own name where it has one here, not by a link's
        folder = (folders or links).popleft()
        with suppress(OSError):  # taken away meanwhile, or not to be listed
            status = folder.stat()
            if (status.st_dev, status.st_ino) in known:
                continue
            known.add((status.st_dev, status.st_ino))
            found.append(folder)
            for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry))
                elif entry.is_symlink() and os.path.isdir(entry):
                    links.append(Path(entry))
    return found


def local_files(pattern: Path) -> list[FoundFile]:
    """The files of :func:`local_paths`, named relative to the pattern's fixed folder; then what should be or hold some.

    Nothing else tells of a link whose target has gone, of a pipe or a device under a file's name, or of a folder that
    this account may not look into: opening any of them says so.
    """
    folder = source_folder(pattern)
    found: list[FoundFile] = []
    matches = _matches(pattern)
    for path in filter(os.path.isfile, matches):
        name = printable(path.relative_to(folder).as_posix())
        try:
            status = path.stat()
        except FileNotFoundError:
            continue  # taken away while the others were looked at
        version = f"{status.st_size} {status.st_mtime_ns}"
        found.append(FoundFile(name, status.st_size, version, partial(_opened, path)))
    neither = (path for path in matches if not os.path.isfile(path) and not os.path.isdir(path))
    odd = filter(os.path.lexists, neither)  # not what was taken away meanwhile
    for path in (*odd, *_closed_folders(pattern)):
        name = "*" if folder.is_relative_to(path) else printable(path.relative_to(folder).as_posix())
        found.append(FoundFile(name, None, None, partial(_opened, path)))
    return found


def _closed_folders(pattern: Path) -> list[Path]:
    """The folders on the pattern's way that this account may not list, or may not open anything in.

    Not what a file system keeps to itself at the top of a disk: nothing lands there.
    """
    closed: set[str] = set()
    for below in (pattern, *pattern.parents[:-1]):
        needed = os.X_OK | (os.R_OK if glob.has_magic(below.name) else 0)
        folders = map(str, filter(os.path.isdir, _found_by(below.parent)))
        closed.update(folder for folder in folders if not os.access(folder, needed))
    return [Path(folder) for folder in sorted(closed) if os.path.basename(folder) != "lost+found"]


def _opened(path: Path, _workspace: Path) -> BinaryIO:
    if path.exists() and not path.is_file() and not path.is_dir():  # opened, a pipe waits for whoever writes to it
        raise UnreachableError(f"{printable(path.name)} is a pipe, a socket or a device; expected a file")
    try:
        return io.BufferedReader(_LeftAlone(path), _CHUNK)
    except IsADirectoryError:  # one that may be looked into is no file; see `local_files`
        raise UnreachableError(f"the folder {printable(path.name)} could not be listed: Permission denied") from None
    except OSError as error:
        raise UnreachableError(f"{printable(path.name)} could not be opened: {error.strerror}") from None


class _LeftAlone(io.FileIO):
    """A file that nobody writes to while it is read: of one that somebody does, the last row may be half a row."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._name = printable(path.name)
        self._found = self._state()

    def readinto(self, buffer: Any) -> int | None:
        """The next bytes.

        Raises:
            UnreachableError: at the end of a file that is another one than at its beginning.
        """
        count = super().readinto(buffer)
        if not count and self._state() != self._found:
            raise UnreachableError(
                f"{self._name} was written to while it was read; it is read next time. Let whoever delivers it write "
                f"under a name that begins with _ and rename it when it is whole"
            )
        return count

    def _state(self) -> tuple[int, int]:
        status = os.fstat(self.fileno())
        return status.st_size, status.st_mtime_ns


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

    def take(self, landed: IO[bytes]) -> Fingerprint:
        """Hash a file and keep its bytes, in one pass. A file whose bytes are kept already costs no space."""
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / f"{_TAKING}{os.getpid()}"
        try:
            with pa.output_stream(str(temporary), compression="zstd") as kept:
                fingerprint = _read_through(landed, kept)
            target = self.path_of(fingerprint.content)
            if not target.exists():
                make_directory(target.parent)
                move_into_place(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
        return fingerprint

    def keep_only(self, contents: Collection[str]) -> int:
        """Remove every other content's bytes; only while no other run holds the home. Answers what that frees."""
        freed = 0
        for path in self.folder.glob("??/*.zst"):
            if path.stem not in contents:
                freed += path.stat().st_size
                path.unlink()
        return freed

    def examine(self, content: str) -> Fingerprint:
        """The fingerprint of the bytes kept under that hash, whatever they are by now.

        Raises:
            OSError: they are missing, or no longer what compression wrote.
        """
        with open_archived(self.path_of(content)) as kept:
            return _read_through(kept, None)


def open_archived(path: Path) -> IO[bytes]:
    """The bytes that an archived file keeps."""
    return io.BufferedReader(pa.input_stream(str(path), compression="zstd"))  # type: ignore[arg-type]


def _read_through(stream: IO[bytes], copy: IO[bytes] | None) -> Fingerprint:
    """The fingerprint of a stream's bytes, which are written to the copy, where there is one, as they pass."""
    digest = hashlib.sha256()
    shape = _TextShape()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        shape.feed(chunk)
        if copy is not None:
            copy.write(chunk)
    return Fingerprint(digest.hexdigest(), shape.is_utf8(), shape.is_regular(), shape.lines())


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

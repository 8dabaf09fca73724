"""Packed files unpacked (.gz, .zst), and the measure beyond which what a packed file holds is no table."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from assets.landing.text_encodings import UnreadableFileError

_MOST_UNPACKED = 1 << 26  # bytes; what holds less is read however well it is packed
_MOST_TIMES = 200  # its packed bytes; tables pack to a fifth or a fortieth, one value over and over to a thousandth
_CHUNK = 1 << 17


def expect_sensibly_packed(packed: int, unpacked: int) -> None:
    """Refuse what holds so much for its size that it is no table, before it fills the disk or the memory.

    Raises:
        UnreadableFileError: says how much it holds, and the limit.
    """
    if unpacked > _MOST_UNPACKED and unpacked > _MOST_TIMES * packed:
        raise UnreadableFileError(
            f"{packed:,} packed bytes hold {unpacked:,} or more; more than {_MOST_UNPACKED >> 20} MB were expected to "
            f"be packed to a {_MOST_TIMES}th at best: see what is in it, and land it unpacked where that is meant"
        )


@contextmanager
def unpacked(open_raw: Callable[[], IO[bytes]], name: str) -> Iterator[IO[bytes]]:
    """The stream's content, decompressed as the file name's ending says (.gz, .zst).

    Reading it raises UnreadableFileError where it holds more for its size than any table.
    """
    with open_raw() as raw:
        packed = _Counted(raw)
        match Path(name).suffix.lower():
            case ".gz":
                stream: Any = gzip.GzipFile(fileobj=io.BufferedReader(packed, _CHUNK))
            case ".zst":
                stream = pa.CompressedInputStream(io.BufferedReader(packed, _CHUNK), "zstd")
            case _:
                yield raw
                return
        yield io.BufferedReader(_Unpacked(stream, packed), _CHUNK)


class _Counted(io.RawIOBase):
    """A stream whose bytes are counted as they are read."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        read = self._stream.readinto(buffer)
        self.count += read
        return read


class _Unpacked(_Counted):
    """What comes out of a packed stream, for as long as it is no more than the measure allows."""

    def __init__(self, stream: Any, packed: _Counted) -> None:
        super().__init__(stream)
        self._packed = packed

    def readinto(self, buffer: Any, /) -> int:
        read = super().readinto(buffer)
        expect_sensibly_packed(self._packed.count, self.count)
        return read

"""What a command says, as far as it can be said: no reader, full disk or narrow encoding stops a command half-way."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import TextIO, cast

_NAMES = {1: "standard output", 2: "standard error"}


class Spoken:
    """A standard stream that takes every text: what its encoding lacks is escaped, what cannot be written is dropped.

    It has no ``buffer``: libraries would write to that one, past the escapes.

    Attributes:
        encoding: the stream's own.
        errors: what becomes of characters the encoding lacks.
        error: why the first text was dropped; None while all could be written.
    """

    def __init__(self, stream: TextIO) -> None:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
        self._stream = stream
        self.encoding, self.errors = stream.encoding, stream.errors
        self.error: OSError | None = None

    def isatty(self) -> bool:
        """Whether a person looks on."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """The descriptor below the stream."""
        return self._stream.fileno()

    def write(self, text: str, /) -> int:
        """Write the text, or drop it."""
        try:
            self._stream.write(text)
        except OSError as error:
            self._drop(error)
        return len(text)

    def flush(self) -> None:
        """Hand on what waits to be written, or drop it."""
        try:
            self._stream.flush()
        except OSError as error:
            self._drop(error)

    def _drop(self, error: OSError) -> None:
        """Drop what waits, which would be tried once more when Python ends, and be its exit code.

        The next text is tried again: while a step runs, the orchestrator has a log in the home in the stream's place,
        and where the disk is full the reason is still to be told.
        """
        descriptor = self.fileno()
        self.error = self.error or OSError(error.errno, error.strerror, _NAMES.get(descriptor, "output"))
        place, nowhere = os.dup(descriptor), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        self._stream.flush()
        os.dup2(place, descriptor)
        os.close(place)
        os.close(nowhere)


@contextmanager
def speaking() -> Iterator[None]:
    """Let the block say what can be said, on both standard streams."""
    with ExitStack() as stack:
        # Python has no stream where the descriptor is closed; the first file that is opened would take its number.
        out, error = (stream or stack.enter_context(open(os.devnull, "w")) for stream in (sys.stdout, sys.stderr))
        for redirect, spoken in ((redirect_stdout, Spoken(out)), (redirect_stderr, Spoken(error))):
            stack.callback(spoken.flush)
            stack.enter_context(redirect(cast(TextIO, spoken)))
        yield


def expect_written() -> None:
    """Raise why standard output took no more; a reader who has gone has read enough."""
    sys.stdout.flush()
    error = getattr(sys.stdout, "error", None)
    if error is not None and error.errno != errno.EPIPE:
        raise error

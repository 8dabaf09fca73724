"""Ctrl-C and SIGTERM, heard at whatever moment of a run they come.

The orchestrator heeds them within a step and between two. While it ends a job it keeps one back and forgets it, and
before the first job SIGTERM ends the process without a word.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.command_options import FAILED, stop

_STOPS = (signal.SIGINT, signal.SIGTERM)
_ear: int | None = None
_has_begun = False


@contextmanager
def told_before_it_begins() -> Iterator[None]:
    """End a command that is stopped before it hears stops by itself with a line: by itself SIGTERM says nothing."""
    global _has_begun
    _has_begun = False
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        if _has_begun:
            raise
        stop("nothing was published. The command was interrupted before it began: run it again", FAILED)
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def hearing_stops() -> Iterator[None]:
    """Have both raise KeyboardInterrupt, and be remembered where they did not: :func:`heed_stops` tells."""
    global _ear, _has_begun
    _has_begun = True
    _ear, written = os.pipe()
    for end in (_ear, written):
        os.set_blocking(end, False)
    handlers = {each: signal.signal(each, signal.default_int_handler) for each in _STOPS}
    before = signal.set_wakeup_fd(written, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        for each, handler in handlers.items():
            signal.signal(each, handler)
        os.close(written)
        os.close(_ear)
        _ear = None


def heed_stops() -> None:
    """Stop here where somebody asked for it and nobody listened.

    Raises:
        KeyboardInterrupt: a signal came since the last look.
    """
    try:
        heard = b"" if _ear is None else os.read(_ear, 65_536)
    except BlockingIOError:
        return
    if set(heard) & set(_STOPS):
        raise KeyboardInterrupt

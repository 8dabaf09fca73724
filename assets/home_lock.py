"""One run at a time in one home: an advisory lock that dies with the process that holds it."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

MOST_OF_A_COMMAND = 80
LOOK_SECONDS = 0.5
"""Longer than anybody takes who only looks whether the home is held: see :func:`who_holds`."""


class HomeBusy(Exception):  # noqa: N818  a state of the home, not a fault
    """Another process holds the home.

    Attributes:
        home: the home asked for.
        pid: process that holds it; None in the instant before it has written its name.
        since: when it took the home (UTC).
        command: how it was started.
    """

    def __init__(self, home: Path, pid: int | None, since: dt.datetime | None, command: str | None) -> None:
        self.home, self.pid, self.since, self.command = home, pid, since, command
        who = f"process {pid}" if pid else "another process"
        when = f" since {since:%Y-%m-%d %H:%M:%S} UTC" if since else ""
        how = f" ({command})" if command else ""
        super().__init__(
            f"{home} is in use by {who}{when}{how}. One run at a time works in a home: wait for it to end, or give"
            " this run a home of its own with --home."
        )


@dataclass
class _Held:
    descriptor: int
    times: int


_held: dict[Path, _Held] = {}  # by resolved lock file; per process, so that a run inside a command may take it again
_guard = threading.Lock()


def who_holds(home: Path) -> HomeBusy | None:
    """Who holds the home at this instant, in which it is taken where nobody else does; None for nobody else."""
    try:
        with HomeLock(home):
            return None
    except HomeBusy as busy:
        return busy


class HomeLock:
    """Holds ``<home>/.lock`` for the length of a ``with`` block.

    Re-entrant within one process: the command line holds it while the orchestrator's run inside the same process takes
    it again; the last one out releases it. The kernel releases it when the process dies, however it dies, so there is
    never a stale lock to remove by hand; the file itself stays.

    Args:
        home: the home directory; made where it is missing.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / ".lock"

    def __enter__(self) -> HomeLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the home, or say within a second who has it.

        Raises:
            HomeBusy: where another process holds it.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        key = self.path.resolve()
        with _guard:
            if key in _held:
                _held[key].times += 1
                return
            descriptor = os.open(key, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                _lock(descriptor)
            except BlockingIOError:
                holder = _read_holder(descriptor)
                os.close(descriptor)
                raise HomeBusy(self.home, **holder) from None
            except BaseException:
                os.close(descriptor)
                raise
            _write_holder(descriptor)
            _held[key] = _Held(descriptor, 1)

    def release(self) -> None:
        """Give the home back; the lock is free when everyone in this process has.

        Raises:
            RuntimeError: where this process does not hold it.
        """
        key = self.path.resolve()
        with _guard:
            held = _held.get(key)
            if held is None:
                raise RuntimeError(f"{self.home}: this process does not hold the lock it is asked to release")
            held.times -= 1
            if held.times == 0:
                del _held[key]
                os.ftruncate(held.descriptor, 0)
                os.close(held.descriptor)  # closing the last descriptor releases the lock


def _lock(descriptor: int) -> None:
    """Lock the file; BlockingIOError where somebody holds it for longer than a look takes."""
    patience = time.monotonic() + LOOK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > patience:
                raise
            time.sleep(0.01)
        else:
            return


def _write_holder(descriptor: int) -> None:
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
    holder = {
        "pid": os.getpid(),
        "since": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        # The orchestrator hands its runs their whole configuration as an argument: thousands of characters.
        "command": command if len(command) <= MOST_OF_A_COMMAND else f"{command[:MOST_OF_A_COMMAND]} ...",
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(holder).encode(), 0)


def _read_holder(descriptor: int) -> dict[str, Any]:
    try:
        holder = json.loads(os.pread(descriptor, 65_536, 0))
        return {
            "pid": int(holder["pid"]),
            "since": dt.datetime.fromisoformat(holder["since"]),
            "command": str(holder["command"]),
        }
    except (ValueError, KeyError, TypeError):  # the holder has the lock and has not written its name yet
        return {"pid": None, "since": None, "command": None}


def _forget_in_child() -> None:
    """A forked child holds nothing: its copy of a descriptor would keep the lock alive after the parent's death."""
    global _guard
    _guard = threading.Lock()
    for held in _held.values():
        os.close(held.descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_forget_in_child)

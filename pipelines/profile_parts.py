"""What the parts of a run took: wall time, CPU of the process, memory at the peak, rows.

Parts may lie inside each other; each is charged what it took itself, so that all of them and the rest are the whole.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal[
    "start", "imports", "simulation", "landing", "table", "model", "check", "report", "release", "orchestrator", "other"
]

_STATUS = Path("/proc/self/status")
_FORGET_PEAK = Path("/proc/self/clear_refs")


class PartDetail(list[str]):
    """What a part has to say of itself.

    Attributes:
        rows: how many rows it wrote; None where that is no question.
    """

    rows: int | None = None


@dataclass(frozen=True)
class Part:
    """What one part of a run took, without the parts inside it.

    Attributes:
        name: the step's name.
        kind: what sort of work it is.
        wall_seconds, cpu_seconds: elapsed time; user and system time of all threads.
        peak_growth_bytes: how far memory rose over where it stood when the part began, parts inside it included.
        rows: rows it wrote; None where that is no question.
    """

    name: str
    kind: Kind
    wall_seconds: float
    cpu_seconds: float
    peak_growth_bytes: int
    rows: int | None


@dataclass
class _Open:
    wall: float
    cpu: float
    resident: int
    peak: int = 0
    inner_wall: float = 0.0
    inner_cpu: float = 0.0


class Parts:
    """The parts of one run, measured as they end.

    Attributes:
        finished: what each took.
        peak: the most memory the process had until the last of them ended, in bytes.
    """

    def __init__(self) -> None:
        self.finished: list[Part] = []
        self.peak = 0
        self._open: list[_Open] = []

    @contextmanager
    def part(self, name: str, kind: Kind) -> Iterator[PartDetail]:
        """Measure the block as one part; nothing is recorded where it raises."""
        detail = PartDetail()
        self._keep_peak()
        now = _Open(time.perf_counter(), cpu_seconds(), resident_bytes())
        self._open.append(now)
        try:
            yield detail
        finally:
            self._keep_peak()
            self._open.pop()
            wall, cpu = time.perf_counter() - now.wall, cpu_seconds() - now.cpu
            if self._open:
                outer = self._open[-1]
                outer.inner_wall, outer.inner_cpu = outer.inner_wall + wall, outer.inner_cpu + cpu
                outer.peak = max(outer.peak, now.peak)
        growth = max(now.peak - now.resident, 0)
        self.finished.append(Part(name, kind, wall - now.inner_wall, cpu - now.inner_cpu, growth, detail.rows))

    def _keep_peak(self) -> None:
        """Note the peak since the last look, for the run and the part that is open, and begin a new one."""
        peak = peak_bytes()
        self.peak = max(self.peak, peak)
        if self._open:
            self._open[-1].peak = max(self._open[-1].peak, peak)
        forget_peak()


_current: Parts | None = None


@contextmanager
def profiling(parts: Parts) -> Iterator[None]:
    """Measure every part run inside the block."""
    global _current
    before, _current = _current, parts
    try:
        yield
    finally:
        _current = before


@contextmanager
def part_of_run(name: str, kind: Kind) -> Iterator[PartDetail]:
    """The block as a part of the run that is profiled; unmeasured where none is."""
    if _current is None:
        yield PartDetail()
        return
    with _current.part(name, kind) as detail:
        yield detail


def is_profiled() -> bool:
    """Whether somebody wants to know what the parts take."""
    return _current is not None


def cpu_seconds() -> float:
    """User and system time of this process and the children it has waited for."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def resident_bytes() -> int:
    """Memory the process has now; its peak where the system does not tell."""
    return _status("VmRSS") or _most_ever()


def peak_bytes() -> int:
    """The most memory the process had since :func:`forget_peak`; since its start where that has no effect."""
    return _status("VmHWM") or _most_ever()


def forget_peak() -> None:
    """Begin a new peak, where the system can (Linux)."""
    try:
        _FORGET_PEAK.write_text("5")
    except OSError:  # peaks are then those since the start: a part is charged only what goes beyond every earlier one
        return


def _status(field: str) -> int:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:")), 0)


def _most_ever() -> int:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024

"""What a profiled run tells of itself: a file for programs, a table for people."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from assets.durable_files import write_whole
from pipelines.profile_parts import Part, Parts, cpu_seconds, peak_bytes, profiling

_STAT = Path("/proc/self/stat")
_SHOWN = 25


@dataclass(frozen=True)
class Total:
    """What the whole process took, up to the moment its profile is written.

    Attributes:
        wall_seconds: since the process began, or since the profile did where the system does not tell.
        cpu_seconds: user and system time of all threads.
        peak_bytes: the most memory it had.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class RunProfile:
    """Where a run's time and memory went.

    Attributes:
        total: the whole process.
        parts: its parts in the order they ended, none of them inside another.
        other: what lies in no part.
    """

    total: Total
    parts: tuple[Part, ...]
    other: Part


class Profiler:
    """Measures a run from the start of its process to the moment :meth:`profile` is asked for."""

    def __init__(self) -> None:
        self._parts = Parts()
        self._before = _age_of_process()
        self._began = time.monotonic()
        self._peak = peak_bytes()
        start = Part("interpreter, command line", "start", self._before, cpu_seconds(), self._peak, None)
        self._parts.finished.append(start)

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """Measure the parts of the run inside the block."""
        with profiling(self._parts):
            yield

    @contextmanager
    def importing(self) -> Iterator[None]:
        """Measure the loading of what a run needs."""
        with self._parts.part("orchestrator, engines, configuration", "imports"):
            yield

    def profile(self) -> RunProfile:
        """What the process took until now."""
        parts = tuple(self._parts.finished)
        most = max(self._peak, self._parts.peak, peak_bytes())
        total = Total(self._before + time.monotonic() - self._began, cpu_seconds(), most)
        return RunProfile(
            total,
            parts,
            Part(
                "other",
                "other",
                total.wall_seconds - sum(part.wall_seconds for part in parts),
                total.cpu_seconds - sum(part.cpu_seconds for part in parts),
                0,
                None,
            ),
        )


def profile_path(home: Path, as_of: dt.date) -> Path:
    """Where the profile of a date's last profiled run lies."""
    return home / "reports" / f"profile-{as_of.isoformat()}.json"


def tell_profile(console: Console, profile: RunProfile, path: Path) -> None:
    """Write the profile and print what kind of work and which parts took most, and where the file is.

    The night is over by then: where the file cannot be written that is said, and nothing fails for it.
    """
    try:
        _write(profile, path)
    except OSError as error:
        where = f"[yellow]warning[/]    the profile could not be written: {escape(str(path))}: {error.strerror}"
    else:
        where = f"profile    {escape(str(path))}"
    console.print()
    console.print(_table("kind of work", by_kind(profile), profile.total))
    dearest = sorted(profile.parts, key=lambda part: -part.cpu_seconds)
    console.print()
    console.print(_table(f"dearest {min(_SHOWN, len(dearest))} of {len(dearest)} parts", dearest[:_SHOWN], None))
    console.print(where, highlight=False, soft_wrap=True)


def _write(profile: RunProfile, path: Path) -> None:
    content = {
        "units": {"wall_seconds": "s", "cpu_seconds": "s, all threads", "peak_growth_bytes": "over the part's start"},
        "total": asdict(profile.total),
        "kinds": [asdict(part) for part in by_kind(profile)],
        "parts": [asdict(part) for part in (*profile.parts, profile.other)],
    }
    write_whole(path, (json.dumps(content, indent=1) + "\n").encode())


def by_kind(profile: RunProfile) -> list[Part]:
    """One part per kind, the dearest first, ``other`` last: their times are the whole, their peaks the largest."""
    kinds: dict[str, Part] = {}
    for part in profile.parts:
        kinds[part.kind] = _together(kinds[part.kind], part) if part.kind in kinds else replace(part, name=part.kind)
    return [*sorted(kinds.values(), key=lambda part: -part.cpu_seconds), profile.other]


def _together(one: Part, more: Part) -> Part:
    return replace(
        one,
        wall_seconds=one.wall_seconds + more.wall_seconds,
        cpu_seconds=one.cpu_seconds + more.cpu_seconds,
        peak_growth_bytes=max(one.peak_growth_bytes, more.peak_growth_bytes),
        rows=None if one.rows is None and more.rows is None else (one.rows or 0) + (more.rows or 0),
    )


def _table(heading: str, parts: Sequence[Part], total: Total | None) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(heading, no_wrap=True)
    for column in ("CPU s", "wall s", "peak +MB", "rows"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in _rows(parts):
        table.add_row(*row)
    if total is not None:
        megabytes = f"{total.peak_bytes / 1e6:,.0f} in all"
        table.add_row("the process", f"{total.cpu_seconds:.2f}", f"{total.wall_seconds:.2f}", megabytes, "")
    return table


def _rows(parts: Iterable[Part]) -> Iterator[tuple[str, ...]]:
    for part in parts:
        rows = "" if part.rows is None else f"{part.rows:,}"
        growth = f"{part.peak_growth_bytes / 1e6:,.0f}"
        yield escape(part.name), f"{part.cpu_seconds:.2f}", f"{part.wall_seconds:.2f}", growth, rows


def _age_of_process() -> float:
    """Seconds since the process began; none where the system does not tell."""
    try:
        started = int(_STAT.read_text().rpartition(")")[2].split()[19])
        return max(time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK"), 0.0)
    except (OSError, ValueError, AttributeError, IndexError):
        return 0.0

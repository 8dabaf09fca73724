"""Landed files that are given up: archive, journal and warehouse become as if those versions had never landed."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assets import clean
from assets.configuration.settings import Configuration
from assets.configuration.values import nearest
from assets.durable_files import write_whole
from assets.identity_impact import beside
from assets.landing.landed_files import Archive
from assets.landing.landing_journal import Entry, Journal
from assets.landing.rebuild import WAREHOUSE, Progress, Rebuilt, rebuild
from assets.night import Night

_RECORD = "forgotten.json"
_LOOKED_THROUGH = 1_000
"""So many names are looked through for one that was meant."""


class NoSuchFileError(Exception):
    """No landed file has the name."""


@dataclass(frozen=True)
class Forgotten:
    """What giving up came to.

    Attributes:
        rebuilt: the warehouse without them.
        bytes: freed in the archive.
    """

    rebuilt: Rebuilt
    bytes: int


def name_of(entry: Entry) -> str:
    """The file's name as commands take and tell it: its source's first."""
    return f"{entry['source']}/{entry['file']}"


def superseded_files(home: Path, configuration: Configuration) -> list[Entry]:
    """Versions of landed files that count in no night from now on: a newer one of the file or the source replaced them.

    Raises:
        LandingError: files have not been read under the present mapping.
    """
    with beside(home / WAREHOUSE, memory_limit=configuration.limits.memory) as scratch:
        night = Night(dt.date.max, dt.datetime.max, configuration, scratch, home)
        night.compute(clean.file_register)
        found = scratch.frame("select source, file, content from file_register where status = 'superseded'")
    replaced = set(found.iter_rows())
    return [
        entry
        for entry in Journal(home / "archive").entries()
        if (entry["source"], entry["file"], entry["content"]) in replaced
    ]


def named_files(home: Path, patterns: Iterable[str]) -> list[Entry]:
    """Every version of the landed files of these names, ``source/file``, in which ``*`` stands for anything.

    Where a file has exactly that name, it is meant and no other: names may hold a star themselves.

    Raises:
        NoSuchFileError: a name that no landed file has.
    """
    entries = Journal(home / "archive").entries()
    chosen: dict[int, Entry] = {}
    for pattern in patterns:
        found = [entry for entry in entries if name_of(entry) == pattern] or [
            entry for entry in entries if _stands_for(pattern, name_of(entry))
        ]
        if not found:
            names = list(dict.fromkeys(name_of(entry) for entry in entries))[:_LOOKED_THROUGH]
            guess = nearest(pattern, names) or next(iter(names), None)
            hint = f", for example {guess}" if guess else "; nothing has landed"
            raise NoSuchFileError(f"no landed file is called {pattern!r}; expected: source/file{hint}")
        chosen |= {entry["file_no"]: entry for entry in found}
    return [chosen[number] for number in sorted(chosen)]


def _stands_for(pattern: str, name: str) -> bool:
    """Whether the pattern is the name but for its stars; every other sign is itself, brackets too."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name, re.DOTALL) is not None


def sweep_bytes(home: Path) -> int:
    """Remove archived bytes that no landed file has: what a call left that was killed before its end.

    The caller holds the home's lock, and the journal is level with the warehouse. Answers how many that frees.
    """
    archive = Archive(home / "archive")
    return archive.keep_only({entry["content"] for entry in Journal(archive.folder).entries()})


def forget(
    home: Path,
    configuration: Configuration,
    entries: Sequence[Entry],
    *,
    at: dt.datetime,
    progress: Progress | None = None,
) -> Forgotten:
    """Give up these versions of landed files. The caller holds the home's lock.

    The warehouse is made anew without them, then the journal loses their lines and the archive the bytes that no other
    file has. A process that is killed in between leaves the files as they were, or given up but for some bytes, which
    :func:`sweep_bytes` removes.

    Args:
        home: where they have landed.
        configuration: how the other files are read.
        entries: what to give up.
        at: UTC moment; nights as known before it may not come out as they did.
        progress: see :func:`assets.landing.rebuild.rebuild`.

    Raises:
        RebuildError: the others cannot be read as they were; nothing was given up.
    """
    numbers = {entry["file_no"] for entry in entries}
    rebuilt = rebuild(home, configuration, without=numbers, progress=progress)
    archive = Archive(home / "archive")
    write_whole(archive.folder / _RECORD, json.dumps({"forgotten_at": at.isoformat()}).encode())
    Journal(archive.folder).leave_out(numbers)
    return Forgotten(rebuilt, sweep_bytes(home))


def forgotten_at(home: Path) -> dt.datetime | None:
    """UTC moment at which files were given up last; None where none ever were."""
    record = home / "archive" / _RECORD
    return dt.datetime.fromisoformat(json.loads(record.read_text())["forgotten_at"]) if record.exists() else None

"""Which release is the latest, and why: the ordered record of publications, rollbacks and what was pruned.

One line of ``releases/history.jsonl`` is one event. Their order is the order of publication, so no clock decides it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from assets.durable_files import write_whole
from assets.releases.manifest import DamagedStoreError, Previous, Release, from_manifest, utc_text

_TOMBSTONE = ".pruned"


@dataclass(frozen=True)
class Event:
    """A release was published, was made the latest again by a rollback, or was given up by pruning.

    Attributes:
        action: ``publish``, ``rollback`` or ``prune``.
        at: UTC moment, ISO 8601.
        release: the release's id.
        as_of: its date, ISO 8601.
        manifest: its manifest, relative to ``published/``.
        sha256: hash of the manifest's bytes.
        input_key: what the release was computed from.
    """

    action: Literal["publish", "rollback", "prune"]
    at: str
    release: str
    as_of: str
    manifest: str
    sha256: str
    input_key: str


@dataclass(frozen=True)
class Standing:
    """What a history amounts to.

    Attributes:
        latest: the release that readers get; None before the first publication.
        ranked: every release once, best first: newest ``as_of``, then newest publication.
        withdrawn: releases that a rollback in force has set aside.
        current: per release the event that names its newest manifest.
    """

    latest: str | None
    ranked: tuple[str, ...]
    withdrawn: frozenset[str]
    current: dict[str, Event]

    def differs(self, other: Standing) -> bool:
        """Whether a reader or a later night could tell the two apart."""
        return (self.latest, self.ranked, self.withdrawn, self._manifests()) != (
            other.latest,
            other.ranked,
            other.withdrawn,
            other._manifests(),
        )

    def _manifests(self) -> dict[str, str]:
        return {release: event.manifest for release, event in self.current.items()}


def standing(events: Iterable[Event]) -> Standing:
    """Replay the events.

    Publishing makes a release the latest where no release is of a newer date, except for one that a rollback has set
    aside: running the same night again does not undo the rollback, publishing anything new does.

    >>> def event(action, release, as_of):
    ...     return Event(action, "2011-12-10T02:00:00+00:00", release, as_of, "", "", "")
    >>> night_1, night_2 = event("publish", "a", "2011-12-08"), event("publish", "b", "2011-12-09")
    >>> standing([night_1, night_2]).latest
    'b'
    >>> standing([night_2, night_1]).latest  # an older date, published later
    'b'
    >>> standing([night_1, night_2, event("rollback", "a", "2011-12-08"), night_2]).latest  # the same night again
    'a'
    >>> standing([night_1, night_2, event("rollback", "a", "2011-12-08"), event("publish", "c", "2011-12-09")]).latest
    'c'

    What is pruned is no release any more; published again, it is a new one:

    >>> standing([night_1, night_2, event("prune", "a", "2011-12-08")]).ranked
    ('b',)
    >>> standing([night_1, night_2, event("prune", "a", "2011-12-08"), night_1]).ranked
    ('b', 'a')
    """
    latest: str | None = None
    newest = ""
    withdrawn: frozenset[str] = frozenset()
    rank: dict[str, tuple[str, int]] = {}
    current: dict[str, Event] = {}
    for number, event in enumerate(events):
        if event.action == "prune":
            withdrawn -= {event.release}
            rank.pop(event.release, None)
            current.pop(event.release, None)
            if latest == event.release:
                latest = max(rank, key=lambda release: rank[release], default=None)
            continue
        current[event.release] = event
        if event.action == "rollback":
            latest, withdrawn = event.release, frozenset(each for each in rank if rank[each] > rank[event.release])
        elif event.release in withdrawn:
            continue
        elif event.as_of >= newest:
            latest, newest, withdrawn = event.release, event.as_of, frozenset()
        rank[event.release] = (event.as_of, number)
    ranked = tuple(sorted(rank, key=lambda release: rank[release], reverse=True))
    return Standing(latest, ranked, withdrawn, current)


def _event(line: str) -> Event:
    """The line as an event; whoever reads it later may trust its date and its moment."""
    event = Event(**json.loads(line))
    dt.date.fromisoformat(event.as_of)
    dt.datetime.fromisoformat(event.at)
    return event


def _expect_published(events: Iterable[Event]) -> None:
    """Refuse a rollback to what no line before it has published: a line is missing."""
    published: dict[str, set[str]] = {}
    for line, event in enumerate(events, 1):
        if event.action == "publish":
            published.setdefault(event.release, set()).add(event.manifest)
        elif event.action == "prune":
            published.pop(event.release, None)
        elif event.manifest not in published.get(event.release, ()):
            raise ValueError(f"line {line} rolls back to {event.manifest}, which no line before it has published")


def in_force(events: Sequence[Event]) -> list[Event]:
    """The publications and rollbacks of releases that were not pruned afterwards."""
    pruned: set[str] = set()
    kept: list[Event] = []
    for event in reversed(events):
        if event.action == "prune":
            pruned.add(event.release)
        elif event.release not in pruned:
            kept.append(event)
    return kept[::-1]


def tombstone_of(manifest: Path) -> Path:
    """What lies in a pruned manifest's place."""
    return manifest.with_name(f"{manifest.name}{_TOMBSTONE}")


def tombstone_bytes(event: Event, previous: Previous | None) -> bytes:
    """What is left of a pruned manifest: the publication as the history has it, and what it followed."""
    content = {**asdict(event), "previous": previous.manifest if previous else None}
    return (json.dumps(content, sort_keys=True) + "\n").encode()


class HistoryFile:
    """``releases/history.jsonl``: one event a line, replaced whole, so that no reader meets half a line."""

    def __init__(self, published: Path) -> None:
        self.path = published / "releases" / "history.jsonl"
        self._published = published

    def append(self, events: Sequence[Event], *more: Event) -> None:
        """Write the events so far and some more."""
        lines = [json.dumps(asdict(each), sort_keys=True) for each in (*events, *more)]
        write_whole(self.path, ("\n".join(lines) + "\n").encode())

    def is_written(self) -> bool:
        """Whether the file holds anything: a disk that lost power may leave an empty one, the store writes none."""
        return bool(self._content().strip())

    def _content(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""

    def events(self) -> list[Event]:
        """The events in their order; made from the manifests and the pointer where the file is missing or empty.

        Raises:
            DamagedStoreError: where the file, or a manifest needed in its place, cannot be read.
        """
        content = self._content()
        if not content.strip():
            return self._from_manifests()
        try:
            events = [_event(line) for line in content.decode().splitlines()]
            _expect_published(events)
        except (ValueError, TypeError) as error:
            raise DamagedStoreError(
                f"{self.path} cannot be read: {error}. Restore the file, or move it away: it is made anew from the"
                " manifests."
            ) from error
        return events

    def _from_manifests(self) -> list[Event]:
        """Publications in the order of the manifests' chain, and the rollback in force where the pointer shows one.

        What was pruned has left a tombstone; where the manifest is still there beside it, the pruning was begun.
        """
        previous: dict[str, str | None] = {}
        found: list[Event] = []
        pruned: dict[str, Event] = {}
        for path in (self._published / "releases").glob(f"*/[!_.]*{_TOMBSTONE}"):
            try:
                content = json.loads(path.read_bytes())
                followed = content.pop("previous")
                event = Event(**content)
            except (ValueError, TypeError, KeyError) as error:
                raise DamagedStoreError(
                    f"{path} cannot be read: {error}. Restore the file, or move it away."
                ) from error
            previous[event.manifest], pruned[event.manifest] = followed, event
            found.append(event)
        for path in (self._published / "releases").glob("*/[!_.]*.json"):
            content = path.read_bytes()
            try:
                release = from_manifest(content)
            except ValueError as error:
                raise DamagedStoreError(
                    f"{path} cannot be read: {error}. Restore the file, or move it away."
                ) from error
            if release.manifest in pruned:
                continue
            previous[release.manifest] = release.previous.manifest if release.previous else None
            found.append(publication(release, hashlib.sha256(content).hexdigest(), release.published_at))

        def place(event: Event) -> tuple[int, str, str]:
            steps, manifest = 0, previous[event.manifest]
            while manifest is not None and steps <= len(previous):
                steps, manifest = steps + 1, previous.get(manifest)
            return steps, event.at, event.release

        events = [
            each
            for event in sorted(found, key=place)
            for each in ((event, replace(event, action="prune")) if event.manifest in pruned else (event,))
        ]
        now, pointed_at = standing(events), self._pointed_at()
        if pointed_at in now.current and pointed_at != now.latest:
            events.append(replace(now.current[pointed_at], action="rollback"))
        return events

    def _pointed_at(self) -> str | None:
        """The release ``latest.json`` names; None where it cannot be read, for it is made anew from the history."""
        try:
            return json.loads((self._published / "latest.json").read_bytes())["release"]
        except (OSError, ValueError, KeyError, TypeError):
            return None


def publication(release: Release, sha256: str, at: dt.datetime) -> Event:
    """The event of publishing the release whose manifest has that hash, at that moment (UTC)."""
    return Event(
        action="publish",
        at=utc_text(at),
        release=release.id,
        as_of=release.as_of.isoformat(),
        manifest=release.manifest,
        sha256=sha256,
        input_key=release.input_key,
    )

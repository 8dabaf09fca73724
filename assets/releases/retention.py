"""Which releases may go, and how they go: by a line in the history first, their files afterwards.

From the moment the history says that a release is pruned, nobody is shown it and no night compares with it; its files
are swept after that. The next pruning goes on where one died: what is left to sweep follows from the history and from
what lies on the disk, never from the memory of a process.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assets.durable_files import remove_tree, write_whole
from assets.releases import views
from assets.releases.history import Event, Standing, in_force, tombstone_bytes, tombstone_of
from assets.releases.manifest import DamagedStoreError, from_manifest, utc_text


@dataclass(frozen=True)
class Retention:
    """What is kept: whatever one of the two rules keeps.

    Attributes:
        last: of this many newest dates, the newest publication.
        days: what was published, or rolled back to, in this many days.
    """

    last: int
    days: int


@dataclass(frozen=True)
class Pruned:
    """What pruning came to, or would.

    Attributes:
        releases: id and date of the releases that go, newest date first.
        kept: how many stay.
        versions: folders of table versions that go with them, relative to ``published``.
        bytes: size of those.
    """

    releases: tuple[tuple[str, str], ...]
    kept: int
    versions: tuple[str, ...]
    bytes: int


def to_prune(now: Standing, retention: Retention, moment: dt.datetime) -> tuple[str, ...]:
    """The releases that no rule keeps, newest date first.

    Beside those that the retention keeps stay: the latest, and what a rollback in force has set aside, for that is
    where the next rollback may go; and of every release that stays its predecessor, with which its history tables
    compare, so that its night can be computed again to the same release. The predecessors of those may go.

    Args:
        now: what the history amounts to.
        retention: what to keep.
        moment: now (UTC).
    """
    youngest = moment - dt.timedelta(days=retention.days)
    newest_of_date: dict[str, str] = {}
    for release in now.ranked:
        newest_of_date.setdefault(now.current[release].as_of, release)
    kept = {
        *list(newest_of_date.values())[: retention.last],
        *(each for each in now.ranked if dt.datetime.fromisoformat(now.current[each].at) >= youngest),
        *now.withdrawn,
        *([now.latest] if now.latest else []),
    }
    dates = list(newest_of_date)
    kept |= {
        newest_of_date[earlier]
        for as_of in {now.current[release].as_of for release in kept}
        if (earlier := next((date for date in dates if date < as_of), None))
    }
    return tuple(release for release in now.ranked if release not in kept)


def pruning(now: Standing, releases: Iterable[str], moment: dt.datetime) -> list[Event]:
    """The lines of the history that make the releases go."""
    return [replace(now.current[release], action="prune", at=utc_text(moment)) for release in releases]


def doomed_versions(published: Path, events: Sequence[Event], *, unnamed_before: dt.datetime) -> list[str]:
    """The table versions, relative to ``published``, that go once the history is this one.

    They are those that no manifest in force names: of the releases pruned, and of nights that a check has blocked,
    these as far as they were written before the moment.

    Raises:
        DamagedStoreError: where a manifest in force cannot be read: what it shares with others is not known then.
    """
    living = {event.manifest for event in in_force(events)}
    staying = {path for manifest in living for path in _versions_of(published / manifest)}
    going = {path for manifest in _pending(published, events) for path in _versions_if_readable(published / manifest)}
    found = {path.relative_to(published).as_posix(): path for path in (published / "tables").glob("*/as_of=*/[!_.]*")}
    old = {name for name, path in found.items() if path.stat().st_mtime < unnamed_before.timestamp()}
    return sorted((found.keys() & going | old) - staying)


def swept(published: Path, events: Sequence[Event], *, unnamed_before: dt.datetime) -> list[str]:
    """Remove the files of everything that the history says is pruned; versions that others share stay.

    In this order, so that dying in between loses nothing and leaves nothing that is not found again: a tombstone beside
    each manifest, from which a lost history is made again; the versions; the readers' views; the manifests, which say
    which versions to look for.

    Returns:
        The folders of the versions removed, relative to ``published``.

    Raises:
        DamagedStoreError: where a manifest in force cannot be read; nothing is removed then.
    """
    doomed = doomed_versions(published, events, unnamed_before=unnamed_before)
    pending = _pending(published, events)
    for event in pending.values():
        _write_tombstone(published, event)
    for version in doomed:
        remove_tree(published / version)
    for day in (published / "tables").glob("*/as_of=*/"):
        if not any(day.iterdir()):
            day.rmdir()
    for manifest in pending:
        view = published / views.VIEWS / Path(manifest).stem
        if view.is_dir():
            remove_tree(view)
        (published / manifest).unlink()
    return doomed


def _pending(published: Path, events: Sequence[Event]) -> dict[str, Event]:
    """The manifests of pruned releases that are still there."""
    living = {event.manifest for event in in_force(events)}
    return {
        event.manifest: event
        for event in events
        if event.action != "prune" and event.manifest not in living and (published / event.manifest).is_file()
    }


def _versions_of(manifest: Path) -> list[str]:
    try:
        return [version.path for version in from_manifest(manifest.read_bytes()).tables.values()]
    except (OSError, ValueError) as error:
        raise DamagedStoreError(
            f"the manifest {manifest} cannot be read: {error}. What it shares with other releases is not known, so"
            " nothing was removed; `analytics releases verify` names everything that is damaged."
        ) from error


def _versions_if_readable(manifest: Path) -> list[str]:
    """The versions a pruned manifest names; a damaged one's are found as unnamed when they are old enough."""
    try:
        return _versions_of(manifest)
    except DamagedStoreError:
        return []


def _write_tombstone(published: Path, event: Event) -> None:
    try:
        release = from_manifest((published / event.manifest).read_bytes())
    except ValueError:  # then only the history, which has it too, can tell of it
        return
    write_whole(tombstone_of(published / event.manifest), tombstone_bytes(event, release.previous))

"""The published releases: immutable table versions, one manifest per release, one pointer that readers follow.

A release appears in four steps, each one atomic: its manifest, a line of the history, ``latest.json``, the readers'
views. Readers go by ``latest.json`` alone, so a night that dies between two steps leaves them yesterday's release; the
history decides what ``latest.json`` has to say, and :meth:`ReleaseStore.repair` finishes what was begun.

Everything that writes is called with the home's lock held (``assets.home_lock``); everything that reads needs none.
"""

from __future__ import annotations

import datetime as dt
import difflib
import errno
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.durable_files import sweep, write_whole
from assets.releases import verification, views
from assets.releases.history import Event, HistoryFile, Standing, in_force, publication, standing
from assets.releases.manifest import (
    DamagedStoreError,
    Previous,
    Release,
    from_manifest,
    manifest_bytes,
    pointer_bytes,
    release_id,
    revision_of,
    utc_text,
)
from assets.releases.retention import Pruned, Retention, doomed_versions, pruning, swept, to_prune
from assets.releases.table_files import TableVersion, relative_files, sha256_of
from assets.releases.verification import Problem

if TYPE_CHECKING:
    import polars as pl


class UnknownReleaseError(Exception):
    """No release, or more than one, answers to the name given."""


class UnknownTableError(Exception):
    """The release has no such table."""


@dataclass(frozen=True)
class Publication:
    """What publishing came to.

    Attributes:
        release: the release.
        identical: the release was the latest before, and readers' tables stay as they are.
        is_latest: readers get it now. False for an older ``as_of``, and for a release that a rollback has set aside.
        is_withdrawn: a rollback in force has set it aside.
    """

    release: Release
    identical: bool
    is_latest: bool
    is_withdrawn: bool


@dataclass(frozen=True)
class ReleaseLine:
    """One release in a listing.

    Attributes:
        id: the release's id.
        as_of: its date.
        published_at: when its newest manifest was published (UTC).
        manifest: its newest manifest, relative to ``published/``.
        is_latest: whether readers get it.
        is_withdrawn: whether a rollback in force has set it aside.
    """

    id: str
    as_of: dt.date
    published_at: dt.datetime
    manifest: str
    is_latest: bool
    is_withdrawn: bool


class ReleaseStore:
    """The releases below one ``published`` folder. Opening it touches nothing."""

    def __init__(self, published: Path) -> None:
        self.published = published
        self._history = HistoryFile(published)
        self._pointer = published / "latest.json"

    # ------------------------------------------------------------------ publishing

    def publish(
        self,
        as_of: dt.date,
        versions: Iterable[TableVersion],
        *,
        input_key: str,
        inputs: Sequence[Mapping[str, Any]],
        configuration_hash: str,
        code_version: str,
        known_at: dt.datetime,
        checks: Mapping[str, Any],
        published_at: dt.datetime,
    ) -> Publication:
        """Make these table versions one release and, unless a newer date is published, the latest.

        The same tables published again are the same release: where also the input key and the accounts of the landing
        zone are the same, nothing is written; where they differ, a further revision of the manifest holds them. A
        release that a rollback has set aside does not become the latest by being published again.

        Args:
            as_of: business date the tables describe.
            versions: one version per table, as ``write_version`` returned them.
            input_key: recognises the same night before it is computed.
            inputs: landed files with their hashes (JSON values).
            configuration_hash: hash of the resolved configuration.
            code_version: what computed the tables.
            known_at: nothing loaded later is in them (UTC).
            checks: summary of the checks they passed (JSON values).
            published_at: now (UTC).

        Raises:
            DamagedStoreError: where a version's files are not below ``published``; nothing is published then.
            PermissionError: where the pointer or the views could not be written, of which nothing is begun then.
            ValueError: where there is no version, or two of one table.
        """
        tables = self._expect_present(versions)
        events = self._history.events()
        release = Release(
            id=release_id(as_of, tables.values()),
            as_of=as_of,
            revision=1,
            known_at=known_at,
            published_at=published_at,
            input_key=input_key,
            configuration_hash=configuration_hash,
            code_version=code_version,
            inputs=inputs,
            checks=checks,
            tables=tables,
            previous=None,
        )
        for event in reversed(in_force(events)):
            if (event.release, event.input_key) == (release.id, input_key):
                published = self._load(event)
                if published.tables == tables:
                    return self._announce(published, event.sha256, published_at, events)
        # No name is used twice, not even a pruned manifest's: later ones hold its hash.
        if revisions := [revision_of(event.manifest) for event in events if event.release == release.id]:
            release = replace(release, revision=1 + max(revisions))
        if last := next((event for event in reversed(events) if event.action != "prune"), None):
            release = replace(release, previous=Previous(last.release, last.as_of, last.manifest, last.sha256))
        self._expect_writable()
        content = manifest_bytes(release)
        write_whole(self.published / release.manifest, content)
        as_stored = from_manifest(content)
        return self._announce(as_stored, hashlib.sha256(content).hexdigest(), published_at, events)

    def publish_again(self, release: Release, *, published_at: dt.datetime) -> Publication:
        """Publish a release that :meth:`find_by_input_key` recognised, without computing it anew."""
        return self._announce(
            release, sha256_of(self.published / release.manifest), published_at, self._history.events()
        )

    def rollback(self, release: str, *, at: dt.datetime) -> Release:
        """Make an earlier release the latest until the next night is published; rolling back to a newer one undoes it.

        Args:
            release: id, or a beginning of it that no other id has.
            at: now (UTC).

        Raises:
            UnknownReleaseError: where no release, or more than one, is named so.
            DamagedStoreError: where its tables are not complete; the latest stays what it is.
        """
        target = self.show(release)
        self._expect_present(target.tables.values())
        events = self._history.events()
        current = standing(events).current[target.id]
        if standing(events).latest != target.id:
            self._expect_writable()
            self._history.append(events, replace(current, action="rollback", at=utc_text(at)))
        self.repair()
        return target

    def _announce(self, release: Release, sha256: str, at: dt.datetime, events: list[Event]) -> Publication:
        """Record the publication where it changes anything, and bring readers to what the history then says."""
        before = standing(events)
        event = publication(release, sha256, at)
        after = standing([*events, event])
        if after.differs(before):
            self._expect_writable()
            self._history.append(events, event)
        self.repair()
        return Publication(
            release=release,
            identical=before.latest == after.latest == release.id,
            is_latest=after.latest == release.id,
            is_withdrawn=release.id in after.withdrawn,
        )

    def _expect_writable(self) -> None:
        """Refuse, before the first step, what this account could not finish: a folder may be another account's."""
        for folder in (self.published, self._history.path.parent, self.published / views.VIEWS):
            if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))

    def _expect_present(self, versions: Iterable[TableVersion]) -> dict[str, TableVersion]:
        """The versions by name, each with all its files in their sizes."""
        tables: dict[str, TableVersion] = {}
        for version in sorted(versions, key=lambda each: each.name):
            if version.name in tables:
                raise ValueError(
                    f"{version.name}: two versions for one release, {tables[version.name].path} and {version.path}"
                )
            tables[version.name] = version
        if not tables:
            raise ValueError("a release needs at least one table")
        missing = [path for version in tables.values() for path in self._missing(version)]
        if missing:
            raise DamagedStoreError(
                f"{len(missing)} published files are missing or cut short, the first is {missing[0]}."
                " Run the night again: a version that is missing is written anew."
            )
        return tables

    def _missing(self, version: TableVersion) -> list[str]:
        return [
            relative
            for file, relative in zip(version.files, relative_files(version), strict=True)
            if not (path := self.published / relative).is_file() or path.stat().st_size != file.bytes
        ]

    # ------------------------------------------------------------------ keeping house

    def repair(self) -> list[str]:
        """Finish what a crash, a copy or a move of the home left undone: the pointer and the views of the latest.

        Returns:
            The names of what had to be made anew; empty in the usual case.

        Raises:
            DamagedStoreError: where a view has to be made of the latest release, and its tables are not complete.
        """
        latest = self.latest()
        if latest is None:
            return []
        repaired = []
        content = pointer_bytes(latest)
        if not self._pointer.is_file() or self._pointer.read_bytes() != content:
            write_whole(self._pointer, content)
            repaired.append("latest.json")
        if not views.outdated(self.published, latest):
            return repaired
        self._expect_present(latest.tables.values())
        return repaired + views.refresh(self.published, latest)

    def sweep_leftovers(self) -> list[Path]:
        """Remove what killed processes left unfinished; never a published version.

        Returns:
            The paths removed. Their names began with ``_``.
        """
        releases, tables = self.published / "releases", self.published / "tables"
        return sweep(
            [
                self.published,
                self.published / views.VIEWS,
                releases,
                *releases.glob("*/"),
                *tables.glob("*/"),
                *tables.glob("*/as_of=*/"),
            ]
        )

    def prune(self, retention: Retention, *, at: dt.datetime, dry_run: bool = False) -> Pruned:
        """Give up the releases that the retention does not keep, and remove what only they hold.

        The history says so first, in one step; their files are removed after that. A pruning that dies in between is
        completed by the next one, and every release that stays verifies at any moment.

        Args:
            retention: what to keep.
            at: now (UTC).
            dry_run: only say what would go.

        Raises:
            DamagedStoreError: where the history, or a manifest that stays, cannot be read; nothing is removed then.
        """
        events = self._history.events()
        now, unnamed_before = standing(events), at - dt.timedelta(days=retention.days)
        going = to_prune(now, retention, at)
        after = [*events, *pruning(now, going, at)]
        doomed = doomed_versions(self.published, after, unnamed_before=unnamed_before)
        size = sum(file.stat().st_size for version in doomed for file in (self.published / version).iterdir())
        if not dry_run:
            self.sweep_leftovers()
            if going:
                self._history.append(events, *after[len(events) :])
            swept(self.published, after, unnamed_before=unnamed_before)
        named = tuple((release, now.current[release].as_of) for release in going)
        return Pruned(named, len(now.ranked) - len(going), tuple(doomed), size)

    def verify(self, release: str | None = None) -> list[Problem]:
        """Compute every hash again: of one release, or of the whole history with the pointer and the views.

        Returns:
            What does not hold, empty where everything does. Nothing is repaired. A publication that goes on meanwhile
            may show as a pointer or view that is not current.

        Raises:
            UnknownReleaseError: where no release, or more than one, is named so.
        """
        try:
            events = self._history.events()
        except DamagedStoreError as error:
            return [Problem("releases/history.jsonl", str(error))]
        if release is not None:
            return verification.verify_manifests(self.published, events, self._resolve(release))
        problems = verification.verify_manifests(self.published, events, None)
        if events and not self._history.is_written():
            problems.append(
                Problem("releases/history.jsonl", "missing or empty; the next publication makes it from the manifests")
            )
        named: list[str] = []
        for event in {event.manifest: event for event in in_force(events)}.values():
            try:
                named += [version.path for version in self._load(event).tables.values()]
            except DamagedStoreError:
                continue  # reported with its manifest above
        problems += verification.verify_strays(self.published, named)
        try:
            latest = self.latest()
        except DamagedStoreError:
            return problems
        return problems + (verification.verify_pointer(self.published, latest) if latest else [])

    # ------------------------------------------------------------------ reading

    def latest(self) -> Release | None:
        """The release that readers get; None before the first publication."""
        now = self._standing()
        return self._load(now.current[now.latest]) if now.latest else None

    def list(self) -> list[ReleaseLine]:
        """Every release, best first: newest ``as_of``, then newest publication."""
        events = self._history.events()
        now = standing(events)
        published = {event.manifest: event.at for event in reversed(events) if event.action == "publish"}
        return [
            ReleaseLine(
                id=release,
                as_of=dt.date.fromisoformat(now.current[release].as_of),
                published_at=dt.datetime.fromisoformat(published[now.current[release].manifest]),
                manifest=now.current[release].manifest,
                is_latest=release == now.latest,
                is_withdrawn=release in now.withdrawn,
            )
            for release in now.ranked
        ]

    def show(self, release: str) -> Release:
        """The release of that id.

        Args:
            release: id, a beginning of it that no other id has, a date (its newest publication), or ``latest``.

        Raises:
            UnknownReleaseError: where no release, or more than one, is named so.
        """
        return self._load(self._standing().current[self._resolve(release)])

    def predecessor(self, as_of: dt.date) -> Release | None:
        """The newest release with a smaller ``as_of``; of several of one date the newest publication."""
        now = self._standing()
        for release in now.ranked:
            if now.current[release].as_of < as_of.isoformat():
                return self._load(now.current[release])
        return None

    def find_by_input_key(self, input_key: str, as_of: dt.date) -> Release | None:
        """The release computed from the same inputs for the same date, where all its files are still there."""
        for event in reversed(in_force(self._history.events())):
            if (event.input_key, event.as_of) == (input_key, as_of.isoformat()):
                release = self._load(event)
                if not any(self._missing(version) for version in release.tables.values()):
                    return release
        return None

    def table_files(self, release: Release, table: str) -> list[Path]:
        """The Parquet files of one table of the release.

        Raises:
            UnknownTableError: where the release has no such table.
        """
        if table not in release.tables:
            near = difflib.get_close_matches(table, release.tables, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise UnknownTableError(
                f"release {release.id} has no table {table!r}.{hint} It has {', '.join(release.tables)}."
            )
        return [self.published / path for path in relative_files(release.tables[table])]

    def expect_whole(self, release: Release, table: str) -> None:
        """Compute the hashes of the table's files again: a reader of damaged ones may get other values, and no error.

        Raises:
            UnknownTableError: where the release has no such table.
            DamagedStoreError: where its files are not what was published.
        """
        self.table_files(release, table)
        problems = verification.version_problems(self.published, release.tables[table], release.id)
        if problems:
            raise DamagedStoreError(
                f"{self.published / problems[0].path}: {problems[0].found}. `analytics releases verify` names all that"
                " is damaged; docs/releases.md says how it is mended."
            )

    def read_table(self, release: Release, table: str) -> pl.LazyFrame:
        """One table of the release, with the columns of its files and no others.

        Raises:
            UnknownTableError: where the release has no such table.
            DamagedStoreError: where its files are not what was published.
        """
        import polars as pl

        self.expect_whole(release, table)

        # The folder names hold as_of=<date>: without the switch a reader may add or replace a column by it.
        return pl.scan_parquet(self.table_files(release, table), hive_partitioning=False, glob=False)

    def rows(self, release: Release | None, table: str, schema: Mapping[str, Any]) -> pl.DataFrame:
        """The columns of the schema, cast to it; no row where there is no release, or it has no such table."""
        import polars as pl

        if release is None or table not in release.tables:
            return pl.DataFrame(schema=schema)
        return (
            self.read_table(release, table).select(pl.col(name).cast(type_) for name, type_ in schema.items()).collect()
        )

    def _resolve(self, release: str) -> str:
        events = self._history.events()
        now = standing(events)
        if release == "latest" and now.latest:
            return now.latest
        of_date = [each for each in now.ranked if now.current[each].as_of == release]
        if of_date:
            return of_date[0]
        starting = [each for each in now.ranked if release and each.startswith(release)]
        if len(starting) == 1:
            return starting[0]
        if starting:
            raise UnknownReleaseError(
                f"{release!r} begins {len(starting)} releases: {', '.join(starting[:5])}. Give more digits."
            )
        pruned = [each for each in events if each.action == "prune" and release]
        gone = next((each for each in pruned[::-1] if each.as_of == release or each.release.startswith(release)), None)
        if gone is not None:
            raise UnknownReleaseError(
                f"the release {gone.release} (as of {gone.as_of}) was pruned on {gone.at[:10]}: its files are gone."
                f" `analytics run --as-of {gone.as_of}` computes its date again"
            )
        if not now.ranked:
            raise UnknownReleaseError(f"no release {release!r}: nothing is published in {self.published} yet")
        near = difflib.get_close_matches(release, now.ranked, n=3) or list(now.ranked[:3])
        named = ", ".join(f"{each} (as of {now.current[each].as_of})" for each in near)
        raise UnknownReleaseError(f"no release {release!r} among {len(now.ranked)}; near it: {named}")

    def _standing(self) -> Standing:
        return standing(self._history.events())

    def _load(self, event: Event) -> Release:
        path = self.published / event.manifest
        try:
            return from_manifest(path.read_bytes())
        except (OSError, ValueError) as error:
            raise DamagedStoreError(
                f"the manifest {path} of release {event.release} cannot be read: {error}. Restore the"
                f" file; or give it up by moving it and {self._history.path} away: the history is then made from the"
                " manifests that are left."
            ) from error

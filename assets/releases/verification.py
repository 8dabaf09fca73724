"""Does the published history still hold the bytes it promised? Every hash computed again, nothing repaired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assets.releases import views
from assets.releases.history import Event, in_force
from assets.releases.manifest import Release, from_manifest, pointer_bytes, release_id
from assets.releases.table_files import TableVersion, file_records, sha256_of, version_of


@dataclass(frozen=True)
class Problem:
    """One broken promise: where, and what was found instead.

    Attributes:
        path: file or folder, relative to ``published/``.
        found: what is wrong with it, in words.
        release: the release it belongs to; None for what belongs to none.
    """

    path: str
    found: str
    release: str | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.found}" + (f" (release {self.release})" if self.release else "")


def verify_manifests(published: Path, events: Sequence[Event], asked: str | None) -> list[Problem]:
    """Check manifests, their chain and every table version they name; of one release, or of all for None."""
    recorded = {event.manifest: event for event in events}
    releases: dict[str, Release] = {}
    problems: list[Problem] = []
    checked: set[tuple[str, tuple[str, ...]]] = set()
    for event in {event.manifest: event for event in in_force(events)}.values():
        if asked not in (None, event.release):
            continue
        release, found = _read(published, event)
        problems += found
        if release is None:
            continue
        releases[event.manifest] = release
        problems += _chain_problems(release, recorded)
        for version in release.tables.values():
            promise = (version.path, tuple(file.sha256 for file in version.files))
            if promise not in checked:
                checked.add(promise)
                problems += version_problems(published, version, release.id)
    return problems + _line_problems(events, releases)


def verify_pointer(published: Path, latest: Release) -> list[Problem]:
    """Check that ``latest.json`` and the readers' views show the release."""
    pointer = published / "latest.json"
    problems = []
    if not pointer.is_file():
        problems.append(Problem("latest.json", "missing", latest.id))
    elif pointer.read_bytes() != pointer_bytes(latest):
        problems.append(Problem("latest.json", "does not say what the latest release's manifest says", latest.id))
    problems += [
        Problem(name, "does not show the latest release at this place; the next run makes it anew", latest.id)
        for name in views.outdated(published, latest)
    ]
    return problems


def verify_strays(published: Path, named: Iterable[str]) -> list[Problem]:
    """Find what lies among the tables and is no version: a reader's wildcard would read it.

    A version no release names is a blocked night's: it is no problem while its bytes are those its name says.

    Args:
        published: the folder of the releases.
        named: folders of the versions that manifests name, relative to ``published``.
    """
    tables = published / "tables"
    known = set(named)
    problems = []
    for path in sorted([*tables.glob("*"), *tables.glob("*/*"), *tables.glob("*/as_of=*/*")]):
        relative = path.relative_to(published).as_posix()
        if relative in known or path.name.startswith(("_", ".")):
            continue
        is_version = len(path.relative_to(tables).parts) == 3 and path.is_dir()
        if is_version and version_of(file.sha256 for file in file_records(path)) != path.name:
            problems.append(Problem(relative, "no release names it and its bytes are not those its name says"))
        elif not path.is_dir():
            problems.append(Problem(relative, "no part of any version"))
    return problems


def _read(published: Path, event: Event) -> tuple[Release | None, list[Problem]]:
    path = published / event.manifest
    if not path.is_file():
        return None, [Problem(event.manifest, "missing", event.release)]
    problems = []
    found = sha256_of(path)
    if found != event.sha256:
        problems.append(
            Problem(event.manifest, f"hashes to {found[:16]}…, published as {event.sha256[:16]}…", event.release)
        )
    try:
        release = from_manifest(path.read_bytes())
    except ValueError as error:
        return None, [*problems, Problem(event.manifest, f"cannot be read: {error}", event.release)]
    expected = release_id(release.as_of, release.tables.values())
    if release.id != expected or release.id != event.release:
        problems.append(
            Problem(event.manifest, f"names the release {release.id}, its tables make {expected}", event.release)
        )
    return release, problems


def _line_problems(events: Iterable[Event], releases: Mapping[str, Release]) -> list[Problem]:
    """Lines of the history that say other things of a release than its manifest."""
    problems = []
    for line, event in enumerate(events, 1):
        release = releases.get(event.manifest)
        if release is None:
            continue
        told = {"as_of": release.as_of.isoformat(), "input_key": release.input_key}
        problems += [
            Problem(
                "releases/history.jsonl",
                f"line {line} has the {name} {getattr(event, name)}, its manifest {value}",
                release.id,
            )
            for name, value in told.items()
            if getattr(event, name) != value
        ]
    return problems


def _chain_problems(release: Release, recorded: dict[str, Event]) -> list[Problem]:
    previous = release.previous
    if previous is None:
        return []
    event = recorded.get(previous.manifest)
    if event is None:
        return [Problem(release.manifest, f"follows {previous.manifest}, which the history does not hold", release.id)]
    if event.sha256 != previous.sha256:
        return [Problem(release.manifest, f"follows another {previous.manifest} than the history holds", release.id)]
    return []


def version_problems(published: Path, version: TableVersion, release: str) -> list[Problem]:
    """Check one table version: its files, their bytes, and that it is named after them."""
    folder = published / version.path
    if not folder.is_dir():
        return [Problem(version.path, "missing", release)]
    found = {path.name: path for path in folder.iterdir()}
    problems = []
    for file in version.files:
        path, relative = found.pop(file.name, None), f"{version.path}/{file.name}"
        if path is None:
            problems.append(Problem(relative, "missing", release))
            continue
        size = path.stat().st_size
        if size != file.bytes:
            problems.append(Problem(relative, f"{size} bytes, published with {file.bytes}", release))
        elif (sha256 := sha256_of(path)) != file.sha256:
            problems.append(Problem(relative, f"hashes to {sha256[:16]}…, published as {file.sha256[:16]}…", release))
    problems += [Problem(f"{version.path}/{name}", "no part of the version", release) for name in sorted(found)]
    if version_of(file.sha256 for file in version.files) != version.version:
        problems.append(Problem(version.path, "the manifest's version is not the hash of its files", release))
    return problems

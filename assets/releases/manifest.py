"""One release as a value: which version of every table it is made of, and what it was made from.

Times are here and never in a Parquet file or an id: the same night elsewhere has the same id.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any

from assets.releases.table_files import TableVersion

ID_LENGTH = 16


class DamagedStoreError(Exception):
    """The history or a manifest cannot be read, or a table version is not where it should be."""


@dataclass(frozen=True)
class Previous:
    """The manifest published before this one, by its hash: a changed past breaks the chain."""

    release: str
    as_of: str
    manifest: str
    sha256: str


@dataclass(frozen=True)
class Release:
    """One published state of all tables.

    Attributes:
        id: hash of ``as_of`` and the versions of the tables in it.
        as_of: business date it describes.
        revision: 1; higher where the same tables were published again with other accounts of the landing zone or from
            another input key.
        known_at: nothing loaded later is in it (UTC).
        published_at: when it was published (UTC).
        input_key: recognises the same night before it is computed.
        configuration_hash: hash of the resolved configuration.
        code_version: what computed it.
        inputs: the landed files it was computed from, with their hashes.
        checks: summary of the checks it passed.
        tables: the version of every table, by name.
        previous: the manifest published before it.
    """

    id: str
    as_of: dt.date
    revision: int
    known_at: dt.datetime
    published_at: dt.datetime
    input_key: str
    configuration_hash: str
    code_version: str
    inputs: Sequence[Mapping[str, Any]]
    checks: Mapping[str, Any]
    tables: Mapping[str, TableVersion]
    previous: Previous | None

    @property
    def manifest(self) -> str:
        """Path of the manifest, relative to ``published/``."""
        return f"releases/{self.as_of.isoformat()}/{self.stem}.json"

    @property
    def stem(self) -> str:
        """Name of this revision: the id, with the revision's number from the second one on."""
        return self.id if self.revision == 1 else f"{self.id}.{self.revision}"


def release_id(as_of: dt.date, versions: Iterable[TableVersion]) -> str:
    """Hash of the date and the versions of the tables that are functions of data, configuration and code.

    The text hashed is the ISO date and one line ``<table> <version>`` per table, by name, joined by line feeds; the
    id is the first 16 hexadecimal digits of its SHA-256. row_accounting and quarantine describe the landing zone and
    are left out.
    """
    lines = sorted(f"{version.name} {version.version}" for version in versions if version.in_release_id)
    return hashlib.sha256("\n".join([as_of.isoformat(), *lines]).encode()).hexdigest()[:ID_LENGTH]


def utc_text(moment: dt.datetime) -> str:
    """The moment in UTC, ISO 8601; a naive one is UTC already.

    >>> utc_text(dt.datetime(2011, 12, 10, 2, 0))
    '2011-12-10T02:00:00+00:00'
    """
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return aware.astimezone(dt.UTC).isoformat()


def manifest_bytes(release: Release) -> bytes:
    """The manifest as it is stored: JSON with sorted keys."""
    content = {
        "format": 1,
        "release": release.id,
        "revision": release.revision,
        "as_of": release.as_of.isoformat(),
        "known_at": utc_text(release.known_at),
        "published_at": utc_text(release.published_at),
        "input_key": release.input_key,
        "configuration_hash": release.configuration_hash,
        "code_version": release.code_version,
        "inputs": [dict(each) for each in release.inputs],
        "checks": dict(release.checks),
        "tables": {name: version.as_json() for name, version in release.tables.items()},
        "previous": asdict(release.previous) if release.previous else None,
    }
    return _json(content)


def from_manifest(content: bytes) -> Release:
    """The release a manifest describes.

    Raises:
        ValueError: where the content is not a manifest this code can read.
    """
    try:
        value = json.loads(content)
        if value["format"] != 1:
            raise ValueError(f"manifest format {value['format']}; this code reads format 1")
        return Release(
            id=value["release"],
            as_of=dt.date.fromisoformat(value["as_of"]),
            revision=value["revision"],
            known_at=dt.datetime.fromisoformat(value["known_at"]),
            published_at=dt.datetime.fromisoformat(value["published_at"]),
            input_key=value["input_key"],
            configuration_hash=value["configuration_hash"],
            code_version=value["code_version"],
            inputs=value["inputs"],
            checks=value["checks"],
            tables={name: TableVersion.from_json(each) for name, each in value["tables"].items()},
            previous=Previous(**value["previous"]) if value["previous"] else None,
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a manifest: {error!r}") from error


def pointer_bytes(release: Release) -> bytes:
    """The content of ``latest.json`` while this release is the latest; paths relative to ``published/``."""
    tables = {
        name: {"version": version.version, "path": version.path, "rows": version.rows, "sha256": version.version}
        for name, version in release.tables.items()
    }
    return _json(
        {"release": release.id, "as_of": release.as_of.isoformat(), "manifest": release.manifest, "tables": tables}
    )


def revision_of(manifest: str) -> int:
    """The revision a manifest's path names.

    >>> revision_of("releases/2011-12-09/0123abcd.json"), revision_of("releases/2011-12-09/0123abcd.3.json")
    (1, 3)
    """
    _, _, number = PurePosixPath(manifest).stem.partition(".")
    return int(number) if number else 1


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()

"""The input key: everything a night's tables are a function of, so that the same night is recognised uncomputed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from assets.configuration.settings import Configuration, resolved
from assets.night import Night
from assets.releases.manifest import Release

PACKAGES = ("pipelines", "assets", "reports", "models")


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def configuration_hash(configuration: Configuration) -> str:
    """Hash of the resolved measures and mappings; home, paths and report language apart."""
    return _sha256(resolved(configuration))


@cache
def code_version() -> str:
    """Hash of the packages' source files and of the lock beside them, where there is one."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        root = Path(str(resources.files(package)))
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.suffix not in (".pyc", ".pyo"):
                digest.update(path.relative_to(root.parent).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    lock = Path(str(resources.files("assets"))).parent / "requirements.lock"
    if lock.is_file():
        digest.update(lock.read_bytes())
    return digest.hexdigest()


def visible_files(night: Night) -> list[dict[str, Any]]:
    """Every file version loaded by then, in the order of loading within a name."""
    return [
        {"source": source, "file": file, "content": content, "loaded_at": loaded_at.isoformat()}
        for source, file, content, loaded_at in night.warehouse.rows(
            """select source, file, content, loaded_at from landed_files where loaded_at <= $known_at
            order by source, natural_key, file_no""",
            {"known_at": night.known_at},
        )
    ]


def due_releases(night: Night) -> list[Release]:
    """The releases so old that their predictions may be due, one per date, oldest first; tonight judges them."""
    store, until = night.store, night.as_of - dt.timedelta(days=night.configuration.measures.horizon_days)
    newest: dict[dt.date, Release] = {}
    for line in store.list():
        if line.as_of <= until and not line.is_withdrawn and line.as_of not in newest:
            newest[line.as_of] = store.show(line.id)
    return [newest[day] for day in sorted(newest)]


def input_key(night: Night) -> str:
    """The key of the night: its date, configuration, code, visible content and predecessor."""
    names = {source.name for source in night.configuration.sources}
    predecessor = night.predecessor()
    return _sha256(
        {
            "as_of": night.as_of,
            "configuration": configuration_hash(night.configuration),
            "code": code_version(),
            "content": [
                (file["source"], file["file"], file["content"])
                for file in visible_files(night)
                if file["source"] in names
            ],
            "predecessor": predecessor.id if predecessor else None,
            "due": [release.id for release in due_releases(night)],
        }
    )

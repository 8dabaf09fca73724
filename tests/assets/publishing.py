"""A release of a night as a test needs one: some of its tables, under the configuration and the code of now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from assets.contracts import Contract
from assets.input_key import code_version, configuration_hash
from assets.night import Night
from assets.releases.manifest import Release
from assets.releases.table_files import write_version


def publish_tables(night: Night, tables: Iterable[Contract], **told: Any) -> Release:
    """Publish the tables late on the night's date; ``told`` takes the place of what the release says of itself."""
    folder = night.store.published
    said = {
        "input_key": str(night.as_of), "inputs": [], "configuration_hash": configuration_hash(night.configuration),
        "code_version": code_version(), "known_at": night.known_at.replace(tzinfo=dt.UTC), "checks": {},
        "published_at": dt.datetime.combine(night.as_of, dt.time(23), dt.UTC),
    }  # fmt: skip
    versions = [write_version(folder, table, night.warehouse, night.as_of) for table in tables]
    return night.store.publish(night.as_of, versions, **{**said, **told}).release

"""The release: tonight's versions under one manifest, then one pointer."""

from __future__ import annotations

import datetime as dt

from assets.input_key import code_version, configuration_hash, input_key, visible_files
from assets.night import Night
from assets.night_ledger import checks_of, expect_no_block, versions_of
from assets.releases.manifest import release_id
from assets.releases.store import Publication


def tonight_id(night: Night) -> str:
    """The id the release will have: its tables are written, so it is known before it is published."""
    return release_id(night.as_of, versions_of(night))


def publish(night: Night, *, published_at: dt.datetime) -> Publication:
    """Write the manifest over all of tonight's versions and let readers see them at once.

    Raises:
        BlockedError: a blocking check of the night does not hold.
        StaleTableError: a table was not computed tonight, or from other files than the rest.
        DamagedStoreError: a version's files are not there.
    """
    expect_no_block(night)
    checks = checks_of(night.warehouse, night.as_of)
    return night.store.publish(
        night.as_of,
        versions_of(night),
        input_key=input_key(night),
        inputs=visible_files(night),
        configuration_hash=configuration_hash(night.configuration),
        code_version=code_version(),
        known_at=night.known_at.replace(tzinfo=dt.UTC),
        checks={
            "passed": checks.filter(checks["passed"]).height,
            "warned": checks.filter(~checks["passed"]).select("table", "check").rows(),
        },
        published_at=published_at,
    )

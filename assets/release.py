"""What a night publishes: each table as a version once it is computed, all under one manifest and one pointer."""

from __future__ import annotations

import datetime as dt

from assets.input_key import code_version, configuration_hash, input_key, visible_files
from assets.night import Night, NightTable
from assets.night_ledger import checks_of, expect_no_block, versions_of
from assets.releases.manifest import release_id
from assets.releases.store import Publication
from assets.releases.table_files import TableVersion, relative_files, write_version


def write_table(night: Night, table: NightTable) -> tuple[int, TableVersion | None]:
    """Compute the table. Returns its rows and, where it is published, the version that was written of it.

    A table that is published is not kept a second time: the warehouse has a view of the version's file.

    Raises:
        DamagedVersionError: where a version of that name exists and its bytes have changed since.
        ValueError: where what is computed does not fit the table's contract.
    """
    contract, warehouse = table.contract, night.warehouse
    content = table.compute(night)
    if not contract.published:
        return warehouse.replace(contract, content), None
    rows = warehouse.replace(contract, content, for_now=True)
    version = write_version(night.store.published, contract, warehouse, night.as_of)
    warehouse.read_from(contract, night.store.published, relative_files(version))
    return rows, version


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

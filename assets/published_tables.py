"""A table of the night, written: for readers as a version, and then it is read from that by what follows, too."""

from __future__ import annotations

from assets.night import Night, NightTable
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

"""Results of past dates, kept from night to night until what they are made of is something else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import polars as pl

from assets.input_key import code_version
from assets.statements import identifier
from assets.warehouse import Warehouse

_PREFIX = "kept_frame_"


def made_of(*frames: pl.DataFrame, **said: object) -> str:
    """Hash of what a result is a function of: rows in their order, what else is said, the code and the libraries."""
    digest = hashlib.sha256(f"{code_version()} {sorted(said.items())}".encode())
    for frame in frames:
        digest.update(frame.rechunk().write_ipc(None).getvalue())
    return digest.hexdigest()


def kept_frame(warehouse: Warehouse, name: str, of: str, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """The rows that were kept under the name where they were made of the same, else made anew and kept.

    Args:
        warehouse: keeps them.
        name: of the result.
        of: as of :func:`made_of`.
        make: makes the rows.
    """
    table = identifier(_PREFIX + name)
    if warehouse.has(_PREFIX + name):
        found = warehouse.frame(f"select * from {table} where made_of = $of order by place", {"of": of})
        if found.height:
            return found.drop("made_of", "place")
    frame = make()
    with warehouse.lent("_frame", frame.with_columns(made_of=pl.lit(of)).with_row_index("place")):
        warehouse.rows(f"create or replace table {table} as select * from _frame")
    return frame


def forget_kept_frames(warehouse: Warehouse) -> None:
    """Let every result be made anew."""
    names = warehouse.rows(
        "select table_name from duckdb_tables() where starts_with(table_name, $prefix)", {"prefix": _PREFIX}
    )
    for (name,) in names:
        warehouse.rows(f"drop table {identifier(name)}")

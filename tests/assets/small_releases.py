"""Releases of a shop of two customers: whole nights in a moment, for tests of how they are kept and read."""

from __future__ import annotations

import datetime as dt
import functools
import json
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq

from assets.contracts import Column, Contract
from assets.releases.store import Publication, ReleaseStore
from assets.releases.table_files import TableVersion, write_version
from assets.warehouse import Warehouse

DAY = dt.date(2011, 12, 9)
NOON = dt.datetime(2011, 12, 10, 12, 0, tzinfo=dt.UTC)


def contract(name: str, *, in_release_id: bool = True) -> Contract:
    return Contract(
        name=name,
        description=f"{name} of a small shop.",
        grain="customer",
        key=("customer_id",),
        group="test",
        columns=(
            Column("customer_id", "VARCHAR", "Customer, the shop's own name for it."),
            Column("as_of", "DATE", "Business date."),
            Column("recency_days", "INTEGER", "Days since the latest order.", unit="day"),
        ),
        in_release_id=in_release_id,
    )


SUMMARY, TIERS, ACCOUNTS = contract("summary"), contract("tiers"), contract("accounts", in_release_id=False)


@functools.cache
def shop_warehouse() -> Warehouse:
    return Warehouse.open(None, threads=1)


def night_versions(
    published: Path, as_of: dt.date = DAY, recency_days: int = 3, accounts: int = 1
) -> list[TableVersion]:
    """Three tables of one night: the two facts hold the same recency, the accounts their own number."""
    warehouse = shop_warehouse()
    versions = []
    for table, days in [(SUMMARY, recency_days), (TIERS, recency_days), (ACCOUNTS, accounts)]:
        content = {"customer_id": ["lapsed", "loyal"], "as_of": [as_of] * 2, "recency_days": [days] * 2}
        warehouse.replace(table, pl.DataFrame(content))
        versions.append(write_version(published, table, warehouse, as_of))
    return versions


def publish(
    store: ReleaseStore, as_of: dt.date = DAY, recency_days: int = 3, *, key: str | None = None, accounts: int = 1
) -> Publication:
    return store.publish(
        as_of,
        night_versions(store.published, as_of, recency_days, accounts),
        input_key=key or f"key of {as_of} {recency_days} {accounts}",
        inputs=[{"source": "shop", "file": "2011-12-09.csv", "sha256": "0" * 64}],
        configuration_hash="c" * 64,
        code_version="0.1.0",
        known_at=dt.datetime(2011, 12, 10, 1, 0),
        checks={"passed": 12, "warned": 0},
        published_at=NOON,
    )


def days_before(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def pointer(store: ReleaseStore) -> dict:
    return json.loads((store.published / "latest.json").read_bytes())


def bytes_below(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(folder)): (path.lstat().st_ino, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
        if not path.is_dir()
    }


def recency_by_every_way(published: Path) -> set[int]:
    """The one recency that all tables hold, read through the pointer, the latest folder and the catalog."""
    named = json.loads((published / "latest.json").read_bytes())["tables"]
    seen: set[int] = set()
    for table in ("summary", "tiers"):
        for folder in (published / named[table]["path"], published / "latest" / table):
            (path,) = folder.glob("*.parquet")
            seen |= set(pq.read_table(path)["recency_days"].to_pylist())
    with duckdb.connect(str(published / "catalog.duckdb"), read_only=True) as catalog:
        both = "select recency_days from summary union all select recency_days from tiers"
        seen |= {row[0] for row in catalog.execute(both).fetchall()}
    return seen

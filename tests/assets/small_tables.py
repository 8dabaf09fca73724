"""The tables of a small night: what a test fills them with, and how it reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from assets.contracts import Contract
from assets.night import Night
from assets.tables import TABLES
from assets.warehouse import Warehouse

BUSINESS = {"name": "Corner shop", "timezone": "Europe/London", "currency": "GBP"}


def replace(warehouse: Warehouse, contract: Contract, rows: Iterable[Mapping[str, Any]]) -> None:
    """Replace the table by the rows, NULL in the columns that a row does not name."""
    names = [column.name for column in contract.columns]
    filled = [{name: row.get(name) for name in names} for row in rows]
    warehouse.replace(contract, pl.DataFrame(filled, schema=names, infer_schema_length=None))


def rows(night: Night, table: str) -> pl.DataFrame:
    """The whole table in the order of its key."""
    return night.warehouse.frame(f"select * from {table}").sort(TABLES[table].key)

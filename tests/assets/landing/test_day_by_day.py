"""A year of daily files, landed one a night, is the same to the byte as all of them landed at once."""

from __future__ import annotations

import datetime as dt
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from assets.contracts import Contract
from assets.releases.table_files import write_version
from assets.statements import Query
from assets.tables import ORDER_LINES, QUARANTINE, ROW_ACCOUNTING
from assets.warehouse import Warehouse

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "day_by_day.py"
REAL_FILES = Path(os.environ.get("ANALYTICS_REAL_DATA", ".")) / "online_retail" / "by-day"
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


@pytest.fixture(scope="module")
def harness() -> ModuleType:
    spec = importlib.util.spec_from_file_location("day_by_day", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def version(warehouse: Warehouse, contract: Contract, folder: Path, as_of: dt.date) -> tuple[str, int]:
    """Hash of the table as Parquet, and its rows; when a file was loaded apart."""
    names = [column.name for column in contract.columns]
    if "loaded_at" in names:
        warehouse.rows(
            f"create or replace temp table alike as select * replace (timestamp '2000-01-01' as loaded_at) "
            f"from {contract.name}"
        )
        warehouse.replace(contract, Query("select * from alike"))
    written = write_version(folder, contract, warehouse, as_of)
    return written.version, written.rows


def expect_one_truth(harness: ModuleType, files: list[Path], folder: Path) -> dict[str, int]:
    """Land the files both ways and compare; rows by table."""
    steps, bulk = (harness.Shop.opened(folder / name) for name in ("steps", "bulk"))
    for _ in harness.one_by_one(steps, files):
        pass
    last = harness.day_of(files[-1])
    bulk.night(files, last)
    rows: dict[str, int] = {}
    for contract in (ORDER_LINES, ROW_ACCOUNTING, QUARANTINE):
        one, other = (
            version(shop.warehouse, contract, folder / name, last) for name, shop in (("s", steps), ("b", bulk))
        )
        assert one == other, contract.name
        rows[contract.name] = one[1]
    for shop in (steps, bulk):
        shop.warehouse.connection.close()
    return rows


def test_days_with_copies_dirt_and_orders_over_midnight_add_up_to_one_load(harness: ModuleType, tmp_path: Path) -> None:
    files: list[Path] = []
    (tmp_path / "days").mkdir()
    for day in range(1, 13):
        line = f"{day},A,Mug,2,2011-01-{day:02} 10:00:00,2.50,{'' if day % 3 else day},UK\n"
        late = f"{day - 1},B,Jug,1,2011-01-{day:02} 00:05:00,4.00,c{day % 4},UK\n"
        dirt = f"{day},A,Mug,2,2011-01-{day:02} 10:00:00,free,,UK\n" if day % 5 == 0 else ""
        copy = f"{day - 1},A,Mug,2,2011-01-{day - 1:02} 10:00:00,2.50,{'' if (day - 1) % 3 else day - 1},UK\n"
        files.append(tmp_path / "days" / f"2011-01-{day:02}.csv")
        files[-1].write_text(HEADER + line + late + dirt + (copy if day > 1 else ""))
    rows = expect_one_truth(harness, files, tmp_path)
    assert rows == {"order_lines": 24, "row_accounting": 12, "quarantine": 2}


@pytest.mark.slow
@pytest.mark.skipif("ANALYTICS_REAL_DATA" not in os.environ, reason="ANALYTICS_REAL_DATA names no real data")
def test_three_hundred_and_five_nights_of_online_retail_are_one_bulk_load(harness: ModuleType, tmp_path: Path) -> None:
    files = sorted(REAL_FILES.glob("*.csv"))
    assert len(files) == 305
    rows = expect_one_truth(harness, files, tmp_path)
    assert rows == {"order_lines": 536_639, "row_accounting": 305, "quarantine": 2}

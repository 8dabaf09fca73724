"""What a night costs as the history grows: a folder of daily files landed one by one, a night after each.

Every night lands its file and makes the clean tables; marts and release are left out. Printed are the CPU seconds of
the nights around the 30th and the last, and their ratio. A night must not cost what the whole history costs.

    python benchmarks/day_by_day.py FOLDER_OF_ONLINE_RETAIL_BY_DAY
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assets.configuration.settings import Configuration
from assets.landing.landing_zone import land, prepare_schema
from assets.night import Night
from assets.warehouse import Warehouse
from benchmarks.cleaned import CLEANING

EARLY_NIGHT = 30
AROUND = 3
"""Nights on either side that the median is of."""


@dataclass
class Shop:
    """Online Retail as a source, in a home of its own."""

    folder: Path
    warehouse: Warehouse
    configuration: Configuration

    @classmethod
    def opened(cls, folder: Path) -> Shop:
        """An empty shop in the folder."""
        (folder / "raw").mkdir(parents=True)
        (folder / "home").mkdir()
        source = {
            "name": "shop", "kind": "transactions", "path": str(folder / "raw" / "*.csv"), "format": "csv",
            "columns": {
                "order_id": "InvoiceNo", "ordered_at": "InvoiceDate", "customer_id": "CustomerID",
                "product_id": "StockCode", "product_name": "Description", "quantity": "Quantity",
                "unit_price": "UnitPrice", "region": "Country",
            },
            "refund_when": "InvoiceNo LIKE 'C%'",
        }  # fmt: skip
        configuration = Configuration.model_validate(
            {
                "home": str(folder / "home"),
                "business": {"name": "Shop", "timezone": "Europe/London", "currency": "GBP"},
                "sources": [source],
            }
        )
        warehouse = Warehouse.open(folder / "home" / "warehouse.duckdb")
        prepare_schema(warehouse)
        return cls(folder, warehouse, configuration)

    def night(self, files: list[Path], as_of: dt.date) -> float:
        """Land the files and make the clean tables; CPU seconds."""
        for file in files:
            shutil.copy2(file, self.folder / "raw" / file.name)
        before = _cpu()
        loaded_at = dt.datetime.combine(as_of + dt.timedelta(days=1), dt.time(2))
        home = self.folder / "home"
        land(self.warehouse, self.configuration, ["transactions"], home=home, loaded_at=loaded_at)
        night = Night(as_of, loaded_at, self.configuration, self.warehouse, home)
        night.compute(*CLEANING)
        return _cpu() - before


def day_of(file: Path) -> dt.date:
    """The day a file is of: its name."""
    return dt.date.fromisoformat(file.stem)


def one_by_one(shop: Shop, files: list[Path]) -> Iterator[float]:
    """A night after each file; CPU seconds of each."""
    for file in files:
        yield shop.night([file], day_of(file))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="CPU seconds of a night, early and late in a history of daily files.")
    parser.add_argument("folder", type=Path, help="daily csv files named by their day")
    files = sorted(parser.parse_args().folder.glob("*.csv"))
    if len(files) < EARLY_NIGHT + AROUND:
        parser.error(f"{len(files)} csv files found; at least {EARLY_NIGHT + AROUND} are needed")
    with tempfile.TemporaryDirectory() as temporary:
        shop = Shop.opened(Path(temporary) / "shop")
        costs = list(one_by_one(shop, files))
        shop.warehouse.connection.close()
    early = statistics.median(costs[EARLY_NIGHT - AROUND - 1 : EARLY_NIGHT + AROUND])
    late = statistics.median(costs[-2 * AROUND - 1 :])
    print(f"{len(costs)} nights: {sum(costs):.1f} CPU s")
    print(f"around night {EARLY_NIGHT}: {early:.3f} CPU s; the last {2 * AROUND + 1}: {late:.3f} CPU s")
    print(f"late / early = {late / early:.2f}")


if __name__ == "__main__":
    main()

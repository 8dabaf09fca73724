"""A home whose warehouse is a file, closed, lost and made anew."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from pathlib import Path

import polars as pl

from assets.landing import landing_zone
from assets.landing.landing_journal import Journal
from assets.landing.rebuild import rebuild
from assets.night import Night
from assets.warehouse import Warehouse

from ..cleaned import CLEANED
from .conftest import Zone


class Home(Zone):
    """A landing zone whose warehouse is the file in its home."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.warehouse.connection.close()
        self.open()

    @property
    def file(self) -> Path:
        return self.home / "warehouse.duckdb"

    @property
    def journal(self) -> Journal:
        return Journal(self.home / "archive")

    def open(self) -> None:
        self.warehouse = Warehouse.open(self.file)

    def close(self) -> None:
        self.warehouse.connection.close()

    def lose(self) -> None:
        """Close the warehouse and delete it."""
        self.close()
        self.file.unlink()

    def land_quietly(self) -> None:
        """Land what is new, though there may be nothing yet that can be read."""
        with suppress(landing_zone.LandingError):
            self.land(self.configuration())

    def rebuild(self) -> None:
        rebuild(self.home, self.configuration())
        self.open()

    def computed(self, known_at: dt.datetime) -> dict[str, pl.DataFrame]:
        """Every clean table as known at that moment; numbers of contents are the warehouse's own business."""
        night = Night(dt.date(2024, 6, 30), known_at, self.configuration(), self.warehouse, self.home)
        tables = {}
        for table in CLEANED:
            night.compute(table)
            frame = self.frame(f"select * from {table.contract.name}")
            tables[table.contract.name] = frame.drop("content_no", strict=False).sort(pl.all())
        return tables


def same(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> bool:
    return one.keys() == other.keys() and all(one[name].equals(other[name]) for name in one)

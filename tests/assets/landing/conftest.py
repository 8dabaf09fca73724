"""A landing zone in a temporary folder: files in, clean tables out, through the real code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.configuration.settings import Configuration
from assets.landing.landing_zone import SourceLanding, land
from assets.night import Night
from assets.warehouse import Warehouse

from ..cleaned import CLEANED
from .bad_rows import HEADER, ORDERS

KEYED = ORDERS | {"columns": ORDERS["columns"] | {"line_id": "line", "updated_at": "updated"}}
KEYED_HEADER = "line,updated," + HEADER
RATES: dict[str, Any] = {
    "name": "rates",
    "kind": "exchange_rates",
    "columns": {"rated_on": "day", "currency": "code", "rate": "rate"},
}
LAWS_OF_MONEY = (
    "rows_accounted", "money_accounted", "lines_accounted", "merchandise_to_orders", "merchandise_to_customers",
)  # fmt: skip


class Zone:
    """A landing zone and the night over it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.raw = folder / "raw"
        self.raw.mkdir()
        self.home.mkdir()
        self.warehouse = Warehouse.open(None)
        self.clock = dt.datetime(2024, 7, 1, 2, 0)

    def write(self, name: str, content: str | bytes) -> Path:
        """Land a file."""
        path = self.raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def configuration(self, *sources: dict[str, Any], **sections: Any) -> Configuration:
        """A configuration over the zone; a source without a path or a database reads every csv."""
        return Configuration.model_validate(
            {
                "home": str(self.home),
                "business": {"name": "Test shop", "timezone": "Europe/London", "currency": "GBP"},
                "sources": [
                    source if "database" in source else {"path": str(self.raw / "*.csv"), **source}
                    for source in sources or (ORDERS,)
                ],
                **sections,
            }
        )

    def land(self, configuration: Configuration) -> list[SourceLanding]:
        """Land what is new, an hour after the last time."""
        self.clock += dt.timedelta(hours=1)
        kinds = ["transactions", "surveys", "customers", "exchange_rates"]
        return land(self.warehouse, configuration, kinds, home=self.home, loaded_at=self.clock)

    def night(
        self,
        *sources: dict[str, Any],
        as_of: dt.date = dt.date(2024, 6, 30),
        known_at: dt.datetime | None = None,
        **sections: Any,
    ) -> Night:
        """Land and compute every clean table."""
        configuration = self.configuration(*sources, **sections)
        self.land(configuration)
        night = Night(as_of, known_at or self.clock, configuration, self.warehouse, self.home)
        night.compute(*CLEANED)
        return night

    def night_of_each(self, options: Iterable[Mapping[str, Any]]) -> Night:
        """One night over sources ``case_0`` and on, each with options of its own, over the folder of its number."""
        cases = ({"name": f"case_{n}", "path": str(self.raw / f"{n}/*"), **one} for n, one in enumerate(options))
        return self.night(*(ORDERS | case for case in cases))

    def frame(self, sql: str) -> pl.DataFrame:
        """The answer to a question about the tables."""
        return self.warehouse.frame(sql)

    def totals(self) -> dict[str, int]:
        """Rows in and where they went, over all files."""
        columns = ("rows_in", "accepted", "excluded", "charges", "superseded", "duplicates", "quarantined")
        row = self.frame("select * from row_accounting").select(pl.col(columns).sum()).row(0, named=True)
        return {name: int(row[name]) for name in columns}

    def reasons(self) -> dict[int, list[str]]:
        """Line number to reasons of every quarantined row."""
        rows = self.frame("select line_number, reasons from quarantine order by 1").rows()
        return {line: sorted(reasons) for line, reasons in rows}


@pytest.fixture
def zone(tmp_path: Path) -> Iterator[Zone]:
    made = Zone(tmp_path)
    yield made
    made.warehouse.connection.close()


@pytest.fixture(scope="module")
def shared_zone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zone]:
    """A zone for all tests of a file."""
    made = Zone(tmp_path_factory.mktemp("shared"))
    yield made
    made.warehouse.connection.close()


@pytest.fixture
def zones(tmp_path: Path) -> Iterator[Callable[[str], Zone]]:
    made: list[Zone] = []

    def make(name: str) -> Zone:
        (tmp_path / name).mkdir()
        made.append(Zone(tmp_path / name))
        return made[-1]

    yield make
    for zone in made:
        zone.warehouse.connection.close()

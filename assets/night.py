"""One night: the date it describes, what it may know, and the tables it computes.

A table of the night is a function from the night to a query or frame. The orchestrator wraps it into an asset; a test
calls ``compute`` directly.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from assets.configuration.settings import Configuration
from assets.contracts import Contract
from assets.releases.manifest import Release
from assets.releases.store import ReleaseStore
from assets.statements import Amendment, Query, View, query
from assets.warehouse import Warehouse


@dataclass(frozen=True)
class Night:
    """What every table of one night is computed from.

    Attributes:
        as_of: business date of the snapshot; nothing dated later exists for this night.
        known_at: UTC moment; nothing loaded later exists for this night.
        configuration: the resolved configuration.
        warehouse: tables already computed tonight, by name.
        home: the home directory.
    """

    as_of: dt.date
    known_at: dt.datetime
    configuration: Configuration
    warehouse: Warehouse
    home: Path

    @property
    def store(self) -> ReleaseStore:
        """The home's releases."""
        return ReleaseStore(self.home / "published")

    def predecessor(self) -> Release | None:
        """The newest release with an earlier ``as_of``: what tonight is compared with."""
        return self.store.predecessor(self.as_of)

    def query(self, file_name: str, **parameters: Any) -> Query:
        """A query from ``assets/sql`` with this night's dates and measures filled in where the file names them."""
        measures = self.configuration.measures
        return query(
            file_name,
            **{
                "as_of": self.as_of,
                "window_days": measures.window_days,
                "horizon_days": measures.horizon_days,
                **parameters,
            },
        )

    def frame(self, file_name: str, **parameters: Any) -> pl.DataFrame:
        """The result of :meth:`query` as a frame."""
        return self.warehouse.frame(self.query(file_name, **parameters))

    def compute(self, *tables: NightTable) -> None:
        """Compute the tables, one after the other, into the warehouse; each reads those before it."""
        for each in tables:
            self.warehouse.replace(each.contract, each.compute(self))


Compute = Callable[[Night], "Query | pl.DataFrame | Amendment | View"]


@dataclass(frozen=True)
class NightTable:
    """A table of the night: its contract, the tables it reads and the function that computes it."""

    contract: Contract
    reads: tuple[Contract, ...]
    compute: Compute
    kinds: tuple[str, ...]
    figures: str | None = None  # SQL file of one row of figures that the orchestrator shows beside the table


def table(
    contract: Contract, *, reads: tuple[Contract, ...], kinds: tuple[str, ...] = ("duckdb",), figures: str | None = None
) -> Callable[[Compute], NightTable]:
    """Declare the decorated function as the one that computes the contract's table."""

    def declare(compute: Compute) -> NightTable:
        return NightTable(contract, reads, compute, kinds, figures)

    return declare


def no_rows(contract: Contract) -> pl.DataFrame:
    """The contract's table without a row."""
    return pl.DataFrame(schema={column.name: pl.Null for column in contract.columns})

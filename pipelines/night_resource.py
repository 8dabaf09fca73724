"""What a run holds while it lasts: the home's lock and the open warehouse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb
from pydantic import PrivateAttr

from assets.configuration import Configuration
from assets.durable_files import sweep
from assets.home_lock import HomeLock
from assets.landing.landing_zone import prepare_schema
from assets.night import Night
from assets.night_ledger import prepare_ledger
from assets.release_store import ReleaseStore
from assets.warehouse import Warehouse
from pipelines.project import Project, open_project


class WarehouseError(Exception):
    """The warehouse cannot be opened; the text says what to do."""


@contextmanager
def opened_warehouse(project: Project) -> Iterator[Warehouse]:
    """The home's warehouse with the tables every run needs, closed at the end.

    Raises:
        WarehouseError: another program has it open, or it is no warehouse.
    """
    path = project.home / "warehouse.duckdb"
    try:
        warehouse = Warehouse.open(path, memory_limit=project.configuration.limits.memory)
    except duckdb.Error as error:
        raise WarehouseError(
            f"{path} cannot be opened: {error}. It is the run's own: close what has it open, readers have "
            f"published/catalog.duckdb. Where it is damaged, move it away: the landed files are read again"
        ) from error
    try:
        prepare_schema(warehouse)
        prepare_ledger(warehouse)
        yield warehouse
    finally:
        warehouse.connection.close()


class NightRun(dg.ConfigurableResource):
    """The lock on the home and the warehouse in it, held from a run's first step to its last.

    Attributes:
        configuration_file: configuration to run with; empty for the sample shop's.
        home: home directory; empty for the configuration's.
        known_at: UTC moment after which nothing loaded counts; empty for everything loaded by now.
    """

    configuration_file: str = ""
    home: str = ""
    known_at: str = ""

    _warehouse: Warehouse | None = PrivateAttr(default=None)
    _configuration: Configuration | None = PrivateAttr(default=None)
    _known_at: dt.datetime | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[NightRun]:
        """Take the home, open the warehouse, and let both go when the run ends."""
        project = open_project(
            Path(self.configuration_file) if self.configuration_file else None, Path(self.home) if self.home else None
        )
        self._configuration = project.configuration
        with HomeLock(project.home):
            ReleaseStore(project.home / "published").sweep_leftovers()
            sweep([project.home / "archive"])
            with opened_warehouse(project) as warehouse:
                self._warehouse = warehouse
                try:
                    yield self
                finally:
                    self._warehouse = None

    @property
    def configuration(self) -> Configuration:
        """The run's configuration."""
        assert self._configuration is not None, "the resource is used outside a run"
        return self._configuration

    @property
    def warehouse(self) -> Warehouse:
        """The open warehouse."""
        assert self._warehouse is not None, "the resource is used outside a run"
        return self._warehouse

    def at(self, as_of: dt.date) -> Night:
        """The night of that date; what it may know is settled once per run, after landing."""
        if self._known_at is None:
            self._known_at = (
                utc_moment(self.known_at) if self.known_at else dt.datetime.now(dt.UTC).replace(tzinfo=None)
            )
        return Night(as_of, self._known_at, self.configuration, self.warehouse, Path(self.configuration.home))


def utc_moment(text: str) -> dt.datetime:
    """A moment in ISO 8601 as naive UTC; one without an offset is UTC already."""
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)

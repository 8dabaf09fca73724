"""What a run holds while it lasts: the home's lock and the open warehouse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from assets.configuration.settings import Configuration
from assets.durable_files import sweep
from assets.home_lock import HomeLock
from assets.night import Night
from assets.releases.store import ReleaseStore
from assets.warehouse import Warehouse
from pipelines.garbage import collecting_rarely
from pipelines.home_warehouse import mend_warehouse, opened_warehouse
from pipelines.project import open_project


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
        with HomeLock(project.home), collecting_rarely():
            project.store.sweep_leftovers()
            sweep([project.home / "archive"])
            mend_warehouse(project, lambda text: context.log.warning(text) if context.log else None)
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
            self._known_at = utc_moment(self.known_at) if self.known_at else all_known_by(self.warehouse)
        return Night(as_of, self._known_at, self.configuration, self.warehouse, Path(self.configuration.home))

    def landing_moment(self) -> dt.datetime:
        """Now; where the clock was set back since, just after all that landed and was published.

        A release has seen what had landed by its moment: what lands now would count as seen by the one before.
        """
        lines = ReleaseStore(Path(self.configuration.home) / "published").list()
        published = (line.published_at.replace(tzinfo=None) for line in lines)
        return max((all_known_by(self.warehouse), *published)) + dt.timedelta(microseconds=1)


def utc_now() -> dt.datetime:
    """Now, as the warehouse keeps moments: UTC without saying so."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def all_known_by(warehouse: Warehouse) -> dt.datetime:
    """The moment by which all that landed is known: now, or the newest landing's where the clock was set back since."""
    return max(utc_now(), warehouse.scalar("select max(loaded_at) from landed_files") or dt.datetime.min)


def utc_moment(text: str) -> dt.datetime:
    """A moment in ISO 8601 as naive UTC; one without an offset is UTC already."""
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)

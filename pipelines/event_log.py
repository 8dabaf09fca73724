"""The orchestrator's event log: Dagster's own files, in connections that stay open.

Dagster's SQLite storage opens an engine and a connection for every statement: each statement is compiled anew, and
each closing empties the write-ahead log to the disk. A night tells some 1,400 events in about 5,000 statements, and
that took half of a small night's CPU time. Here the database of the run at hand and the index of all runs stay open.
Place, files and format are Dagster's, so its own storage reads what this one wrote, and the other way round.

`dagster.yaml` names the class (https://docs.dagster.io/deployment/oss/oss-instance-configuration, event_log_storage).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as db
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import event
from sqlalchemy.pool import StaticPool

KNOWN_RELEASE = "1.13."
"""Releases of Dagster whose storage this one was held against."""
_INDEX = "index"
_WAIT_SECONDS = 30  # for another process's write; Dagster's own storage waits as long


class UnknownDagsterError(Exception):
    """A release of Dagster that the event log was not held against."""


class KeptOpenEventLog(SqliteEventLogStorage):
    """Dagster's event log on SQLite, with the index and one run kept open.

    Every event is committed before the run goes on, so a process that dies loses none. What is committed is not forced
    to the disk at once: where the power fails, the newest events of a log may be missing, but the log is whole.

    Raises:
        UnknownDagsterError: the release of Dagster is none of those it was held against.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        expect_known(dg.__version__)
        self._engines: dict[str, db.Engine] = {}
        self._one_at_a_time = threading.Lock()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> Any:
        """``dagster_home``: the instance's folder."""
        return {"dagster_home": dg.StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> KeptOpenEventLog:
        """The log where Dagster's own storage has it."""
        return cls(str(Path(config_value["dagster_home"]) / "history" / "runs"), inst_data)

    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[db.Connection]:
        """The database of a run, in a transaction."""
        return self._transaction(str(run_id))

    def index_connection(self) -> AbstractContextManager[db.Connection]:
        """The index of all runs, in a transaction."""
        return self._transaction(_INDEX)

    def has_table(self, table_name: str) -> bool:
        """Whether the index has the table; one that was seen once stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def wipe(self) -> None:
        """Delete every run's log: none of them may be open."""
        with self._one_at_a_time:
            self._close(list(self._engines))
        super().wipe()

    def dispose(self) -> None:
        """Close what is open."""
        super().dispose()
        with self._one_at_a_time:
            self._close(list(self._engines))

    @contextmanager
    def _transaction(self, shard: str) -> Iterator[db.Connection]:
        with self._one_at_a_time:
            with self._engine(shard).begin() as connection:
                yield connection
            if shard != _INDEX:
                # The UI follows a run by its file's time, and what goes to the write-ahead log leaves that as it was.
                os.utime(self.path_for_shard(shard))

    def _engine(self, shard: str) -> db.Engine:
        if shard not in self._engines:
            if shard == _INDEX:
                prepared = super().index_connection()
            else:
                prepared = super().run_connection(shard)
                self._close([other for other in self._engines if other != _INDEX])
            with prepared:  # makes the tables where they are missing
                pass
            self._engines[shard] = _kept_open(self.conn_string_for_shard(shard))
        return self._engines[shard]

    def _close(self, shards: list[str]) -> None:
        for shard in shards:
            self._engines.pop(shard).dispose()


def expect_known(release: str) -> None:
    """Refuse a release of Dagster whose storage may be another.

    Raises:
        UnknownDagsterError: says what to do.
    """
    if not release.startswith(KNOWN_RELEASE):
        raise UnknownDagsterError(
            f"the event log of pipelines.event_log was held against Dagster {KNOWN_RELEASE}x, and this is {release}. "
            f"Install what requirements.lock names, or take event_log_storage out of the dagster.yaml of the home: "
            f"Dagster's own event log reads the same files"
        )


def _kept_open(address: str) -> db.Engine:
    """An engine whose one connection is never closed, for whichever thread asks next."""
    engine = db.create_engine(
        address, poolclass=StaticPool, connect_args={"timeout": _WAIT_SECONDS, "check_same_thread": False}
    )
    event.listen(engine, "connect", _spare_the_disk)
    return engine


def _spare_the_disk(connection: Any, _record: Any) -> None:
    """Keeps the database whole at any crash, with a write-ahead log; FULL would wait for the disk at each event."""
    connection.execute("pragma synchronous = normal")

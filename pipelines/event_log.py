"""The orchestrator's event log on SQLite, without opening and closing the database for every event.

A night writes about 1,300 events, most of them one check each. Dagster's own storage connects anew for each of the
five statements an event takes, and each closing empties the write-ahead log: 10 of a small night's 25 CPU seconds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as db
from dagster import StringSource
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import event
from sqlalchemy.pool import StaticPool


class EventLog(SqliteEventLogStorage):
    """Dagster's files in Dagster's place and format, on two connections that stay open: the index and one run.

    A process that dies loses nothing; a machine that loses power may lose the last events of a log.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, db.Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> Any:
        """``instance``: the orchestrator's folder."""
        return {"instance": StringSource}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> EventLog:
        """The log where Dagster's own would be."""
        return cls(str(Path(config_value["instance"]) / "history" / "runs"), inst_data)

    def dispose(self) -> None:
        """Close everything."""
        super().dispose()
        self._close(self._engines)

    def wipe(self) -> None:
        """Delete every run's log: none of them may be open."""
        self._close(self._engines)
        super().wipe()

    def _close(self, shards: Any) -> None:
        for shard in list(shards):
            self._engines.pop(shard).dispose()

    def _engine(self, shard: str) -> db.Engine:
        if shard not in self._engines:
            self._close(other for other in self._engines if other != INDEX_SHARD_NAME and shard != INDEX_SHARD_NAME)
            engine = db.create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            event.listen(engine, "connect", _spare_the_disk)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            self._engines[shard] = engine
        return self._engines[shard]

    @contextmanager
    def _connect(self, shard: str) -> Iterator[db.Connection]:
        with self._db_lock:
            with self._engine(shard).begin() as connection:
                yield connection
            if shard != INDEX_SHARD_NAME:
                # The UI follows a run by its file's time, and an insert into the write-ahead log leaves it as it was.
                os.utime(self.path_for_shard(shard))


def _spare_the_disk(connection: Any, _record: Any) -> None:
    """With a write-ahead log this keeps the database whole at any crash; FULL would wait for the disk at each event."""
    connection.execute("pragma synchronous = normal")

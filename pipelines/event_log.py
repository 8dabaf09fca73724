"""The orchestrator's event log: Dagster's own files, in connections that stay open.

Dagster's SQLite storage opens an engine and a connection for every statement: each statement is compiled anew, and
each closing empties the write-ahead log to the disk. A night tells some 1,400 events in about 5,000 statements, and
that took half of a small night's CPU time. Here the database of the run at hand and the index of all runs stay open.
Place, files and format are Dagster's, so its own storage reads what this one wrote, and the other way round.

Dagster asks the log for the newest materialization of a table before each table made from it and at each of its checks,
some 800 times a night. While a home's own run goes on (:func:`answers_kept`), what it answered is remembered.

`dagster.yaml` names the class (https://docs.dagster.io/deployment/oss/oss-instance-configuration, event_log_storage).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg
import sqlalchemy as db
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import event
from sqlalchemy.pool import StaticPool

KNOWN_RELEASE = "1.13."
"""Releases of Dagster whose storage this one was held against."""
_INDEX = "index"
_RECORD = ("record",)
_T = TypeVar("_T")
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
        self._answers: dict[dg.AssetKey, dict[tuple[Any, ...], Any]] | None = None
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

    @contextmanager
    def keeping_answers(self) -> Iterator[None]:
        """Remember what is asked of an asset until an event of it is stored here: nobody else may store one."""
        self._answers = {}
        try:
            yield
        finally:
            self._answers = None

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Store the event; what was answered of its asset is not known any more."""
        super().store_event(event)
        told = event.dagster_event
        if self._answers and told is not None and (asset := told.asset_key) is not None:
            self._answers.pop(asset, None)

    def get_asset_records(self, asset_keys: Sequence[dg.AssetKey] | None = None) -> Sequence[Any]:
        """What the index has of each asset, its newest materialization among it."""
        if self._answers is None or asset_keys is None:
            return super().get_asset_records(asset_keys)
        known, unknown = self._answers, [asset for asset in asset_keys if _RECORD not in self._answers.get(asset, {})]
        found = super().get_asset_records(unknown) if unknown else []
        new = dict.fromkeys(unknown) | {record.asset_entry.asset_key: record for record in found}
        for asset, record in new.items():
            known.setdefault(asset, {})[_RECORD] = record
        records = [known[asset][_RECORD] for asset in dict.fromkeys(asset_keys)]
        return [record for record in records if record is not None]

    def fetch_materializations(
        self,
        records_filter: dg.AssetKey | dg.AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> Any:
        """Materializations of an asset."""
        asset = records_filter if isinstance(records_filter, dg.AssetKey) else records_filter.asset_key
        return self._answer(
            asset,
            ("materializations", repr(records_filter), limit, cursor, ascending),
            lambda: super(KeptOpenEventLog, self).fetch_materializations(records_filter, limit, cursor, ascending),
        )

    def get_latest_tags_by_partition(
        self,
        asset_key: dg.AssetKey,
        event_type: dg.DagsterEventType,
        tag_keys: Sequence[str],
        asset_partitions: Sequence[str] | None = None,
        before_cursor: int | None = None,
        after_cursor: int | None = None,
    ) -> Mapping[str, Mapping[str, str]]:
        """The newest tags of an asset's partitions, its version among them."""
        asked = (event_type, tag_keys, asset_partitions, before_cursor, after_cursor)
        return self._answer(
            asset_key,
            ("tags", repr(asked)),
            lambda: super(KeptOpenEventLog, self).get_latest_tags_by_partition(asset_key, *asked),
        )

    def _answer(self, asset: dg.AssetKey, question: tuple[Any, ...], ask: Callable[[], _T]) -> _T:
        """What was answered, or what is answered now."""
        if self._answers is None:
            return ask()
        known = self._answers.setdefault(asset, {})
        if question not in known:
            known[question] = ask()
        answer: _T = known[question]
        return answer

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


def answers_kept(instance: dg.DagsterInstance) -> AbstractContextManager[None]:
    """For as long as this process holds the home: no other run writes of its assets then."""
    log = instance.event_log_storage
    return log.keeping_answers() if isinstance(log, KeptOpenEventLog) else nullcontext()


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

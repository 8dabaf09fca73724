"""The event log writes what Dagster's own would, where Dagster's own would, and the UI can follow it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from pipelines.event_log import EventLog


@dg.asset
def shelf() -> dg.MaterializeResult:
    """A table."""
    return dg.MaterializeResult(metadata={"dagster/row_count": 3})


@dg.asset_check(asset=shelf)
def is_full() -> dg.AssetCheckResult:
    """A check."""
    return dg.AssetCheckResult(passed=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An orchestrator's folder with the project's own settings."""
    (tmp_path / "dagster.yaml").write_text(resources.files("pipelines").joinpath("dagster.yaml").read_text())
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as instance:
        yield instance


def night(instance: dg.DagsterInstance) -> str:
    return dg.materialize([shelf, is_full], instance=instance).run_id


def test_the_projects_settings_choose_it(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.event_log_storage, EventLog)


def test_dagsters_own_storage_reads_the_same_history(instance: dg.DagsterInstance, home: Path) -> None:
    run = night(instance)
    ours = [record.event_log_entry for record in instance.get_records_for_run(run).records]
    own = SqliteEventLogStorage(str(home / "history" / "runs"))
    own.register_instance(instance)
    theirs = [record.event_log_entry for record in own.get_records_for_run(run).records]
    assert theirs == ours
    assert len(ours) > 10
    assert {key.to_user_string() for key in own.all_asset_keys()} == {"shelf"}


def test_an_instance_reads_back_what_another_process_would_write(instance: dg.DagsterInstance) -> None:
    run = night(instance)
    with dg.DagsterInstance.get() as other:
        assert other.get_run_by_id(run) is not None
        assert len(other.get_records_for_run(run).records) == len(instance.get_records_for_run(run).records)


def test_it_keeps_one_run_open_beside_the_index(instance: dg.DagsterInstance) -> None:
    runs = [night(instance) for _ in range(3)]
    storage = instance.event_log_storage
    assert isinstance(storage, EventLog)
    assert set(storage._engines) <= {"index", *runs}
    assert len(storage._engines) <= 2
    assert [len(instance.get_records_for_run(run).records) for run in runs].count(0) == 0


def test_the_file_of_a_run_tells_that_something_was_written(instance: dg.DagsterInstance, home: Path) -> None:
    run = night(instance)
    file = home / "history" / "runs" / f"{run}.db"
    os.utime(file, (1, 1))
    (record,) = instance.get_records_for_run(run, limit=1).records
    instance.event_log_storage.store_event(record.event_log_entry)
    assert file.stat().st_mtime > 1


def test_after_a_wipe_it_starts_anew(instance: dg.DagsterInstance) -> None:
    run = night(instance)
    instance.event_log_storage.wipe()
    assert instance.get_records_for_run(run).records == []
    assert len(instance.get_records_for_run(night(instance)).records) > 10

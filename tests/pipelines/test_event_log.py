"""The event log is Dagster's own, file for file: only its connections stay open."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from pipelines.event_log import KeptOpenEventLog, UnknownDagsterError, answers_kept, expect_known
from pipelines.nightly_run import prepare_instance

DAYS = dg.DailyPartitionsDefinition("2024-01-01")
ANOTHER_PROCESS = """
import json, sys
import dagster as dg
with dg.DagsterInstance.get() as instance:
    shelf = dg.AssetKey("shelf")
    check = dg.AssetCheckKey(shelf, "is_full")
    [last] = instance.event_log_storage.get_asset_check_execution_history(check, limit=1)
    print(json.dumps({
        "runs": [run.status.value for run in instance.get_runs()],
        "events": len(instance.get_records_for_run(sys.argv[1]).records),
        "partitions": sorted(instance.get_materialized_partitions(shelf)),
        "check": last.status.value,
    }))
"""


@dg.asset(partitions_def=DAYS, code_version="1")
def shelf() -> dg.MaterializeResult:
    """A table."""
    return dg.MaterializeResult(metadata={"dagster/row_count": 3})


@dg.asset_check(asset=shelf)
def is_full() -> dg.AssetCheckResult:
    """A check."""
    return dg.AssetCheckResult(passed=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home's folder of the orchestrator, with the project's own settings."""
    prepare_instance(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    return tmp_path / "dagster"


@pytest.fixture
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as instance:
        yield instance


def night(instance: dg.DagsterInstance, day: str = "2024-03-01") -> str:
    return dg.materialize([shelf, is_full], instance=instance, partition_key=day).run_id


def dagsters_own(home: Path, instance: dg.DagsterInstance) -> SqliteEventLogStorage:
    own = SqliteEventLogStorage(str(home / "history" / "runs"))
    own.register_instance(instance)
    return own


def test_the_projects_settings_choose_it(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.event_log_storage, KeptOpenEventLog)


def test_dagsters_own_storage_reads_the_same_events_assets_and_checks(instance: dg.DagsterInstance, home: Path) -> None:
    run = night(instance)
    ours, own = instance.event_log_storage, dagsters_own(home, instance)
    events = [record.event_log_entry for record in own.get_records_for_run(run).records]
    assert len(events) > 10
    assert events == [record.event_log_entry for record in ours.get_records_for_run(run).records]
    assert own.all_asset_keys() == ours.all_asset_keys() == [shelf.key]
    checks = list(is_full.check_keys)
    assert own.get_latest_asset_check_execution_by_key(checks) == ours.get_latest_asset_check_execution_by_key(checks)


def test_a_home_that_dagsters_own_storage_has_written_goes_on(instance: dg.DagsterInstance, home: Path) -> None:
    own = dagsters_own(home, instance)
    before = night(instance, "2024-03-01")
    [first, *_] = own.get_records_for_run(before).records
    own.store_event(first.event_log_entry)
    known = len(own.get_records_for_run(before).records)
    night(instance, "2024-03-02")
    assert len(instance.get_records_for_run(before).records) == known
    assert instance.get_materialized_partitions(shelf.key) == {"2024-03-01", "2024-03-02"}


def test_another_process_sees_the_run_its_partition_and_its_checks_while_this_one_goes_on(
    instance: dg.DagsterInstance,
) -> None:
    run = night(instance)
    read = subprocess.run(
        [sys.executable, "-c", ANOTHER_PROCESS, run], capture_output=True, text=True, check=True, timeout=120
    )
    assert json.loads(read.stdout) == {
        "runs": ["SUCCESS"],
        "events": len(instance.get_records_for_run(run).records),
        "partitions": ["2024-03-01"],
        "check": "SUCCEEDED",
    }
    night(instance, "2024-03-02")
    assert len(instance.get_runs()) == 2


def test_the_file_of_a_run_tells_that_something_was_written(instance: dg.DagsterInstance, home: Path) -> None:
    run = night(instance)
    file = home / "history" / "runs" / f"{run}.db"
    os.utime(file, (1, 1))
    [record] = instance.get_records_for_run(run, limit=1).records
    instance.event_log_storage.store_event(record.event_log_entry)
    assert file.stat().st_mtime > 1


def test_many_runs_leave_nothing_open_behind(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        runs = [night(instance, f"2024-03-0{day}") for day in (1, 2, 3)]
        assert all(len(instance.get_records_for_run(run).records) > 10 for run in runs)
    # SQLite removes a write-ahead log when its last connection closes.
    assert {file.suffix for file in (home / "history" / "runs").iterdir()} == {".db"}


def test_after_a_wipe_it_starts_anew(instance: dg.DagsterInstance) -> None:
    run = night(instance)
    instance.event_log_storage.wipe()
    assert instance.get_records_for_run(run).records == []
    assert instance.get_materialized_partitions(shelf.key) == set()
    assert len(instance.get_records_for_run(night(instance)).records) > 10


@dg.asset(partitions_def=DAYS, deps=[shelf], code_version="1")
def window() -> dg.MaterializeResult:
    """A table made from the other."""
    return dg.MaterializeResult()


@dg.asset_check(asset=window)
def is_clean() -> dg.AssetCheckResult:
    """A check."""
    return dg.AssetCheckResult(passed=True)


@dg.asset_check(asset=window)
def is_shut() -> dg.AssetCheckResult:
    """Another."""
    return dg.AssetCheckResult(passed=True)


def told_of(instance: dg.DagsterInstance, run: str) -> list[tuple[object, ...]]:
    """What the run's events say but for their moments: tags of tables, and which table each check was of."""
    events = [record.event_log_entry.dagster_event for record in instance.get_records_for_run(run).records]
    told: list[tuple[object, ...]] = []
    for event in events:
        if event.is_step_materialization:
            tags = dict(event.step_materialization_data.materialization.tags)
            told.append((event.asset_key, {name: tag for name, tag in tags.items() if "pointer" not in name}))
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            evaluation = event.asset_check_evaluation_data
            told.append((evaluation.check_name, evaluation.target_materialization_data.run_id == run))
    return told


def test_answers_are_kept_for_the_length_of_a_run_and_the_run_is_told_alike(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for name in ("get_asset_records", "fetch_materializations", "get_latest_tags_by_partition"):

        def noted(self: SqliteEventLogStorage, *args: object, _of: str = name, **named: object) -> object:
            asked.append(_of)
            return getattr(super(SqliteEventLogStorage, self), _of)(*args, **named)

        monkeypatch.setattr(SqliteEventLogStorage, name, noted)

    def run(day: str) -> tuple[int, list[tuple[object, ...]]]:
        asked.clear()
        done = dg.materialize([shelf, window, is_full, is_clean, is_shut], instance=instance, partition_key=day)
        return len(asked), told_of(instance, done.run_id)

    many, told = run("2024-03-01")
    with answers_kept(instance):
        few, told_again = run("2024-03-02")
        assert few < many
        # A table made anew in the same run is another one to the checks behind it.
        _, told_anew = run("2024-03-02")
    assert [what[0] for what in told] == [what[0] for what in told_again] == [what[0] for what in told_anew]
    assert all(what[1] for what in told_anew if isinstance(what[0], str))
    assert len(told) == 5
    assert told == told_again
    assert run("2024-03-03")[0] == many


def test_a_release_of_dagster_it_was_not_held_against_is_refused_with_what_to_do() -> None:
    expect_known(dg.__version__)
    with pytest.raises(UnknownDagsterError, match=r"this is 1\.14\.0.*event_log_storage.*the same files"):
        expect_known("1.14.0")


# ------------------------------------------------------------------ homes of earlier releases


def test_settings_that_an_earlier_release_left_are_brought_up_to_date(tmp_path: Path) -> None:
    ours = resources.files("pipelines").joinpath("dagster.yaml").read_text()
    earlier, separator, _ = ours.partition("\n# Dagster's own files and format")
    assert separator
    settings = tmp_path / "dagster" / "dagster.yaml"
    settings.parent.mkdir()
    settings.write_text(earlier)
    prepare_instance(tmp_path)
    assert settings.read_text() == ours


def test_settings_that_somebody_has_written_are_left_alone(tmp_path: Path) -> None:
    settings = tmp_path / "dagster" / "dagster.yaml"
    settings.parent.mkdir()
    settings.write_text("telemetry:\n  enabled: false\nrun_queue:\n  max_concurrent_runs: 1\n")
    before = settings.read_text()
    prepare_instance(tmp_path)
    assert settings.read_text() == before

"""What the command line says of a night that published nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import polars as pl
import pyarrow as pa
import pytest
from click.testing import CliRunner

from assets.expectations.suites import RETAIL_EXPECTATIONS
from assets.releases.manifest import DamagedStoreError
from pipelines import nightly_run
from pipelines.command_line import main
from pipelines.failed_run import CHECKS_OF_QUARANTINE, blocked_by, in_words, is_interrupted, what_blocked, what_failed
from pipelines.nightly_run import NightFailedError
from pipelines.notifier import in_a_line, tell, tell_of_failure
from pipelines.progress import step

RATE = {
    "source": "shop", "rows_in": 2000, "quarantined": 300, "rate": 0.15, "limit": 0.05,
    "commonest_reasons": ["no_date 200", "no_price 100"],
}  # fmt: skip

SOMEBODY = "Ann O'Brien\nann@example.org"


def evaluation(observed: dict[str, Any], sample: list[dict[str, Any]]) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey("row_accounting"),
        check_name="quarantine_rate",
        passed=False,
        description="Few rows are in quarantine.",
        blocking=True,
        metadata={
            "observed": dg.MetadataValue.json(observed),
            "failing_sample": dg.MetadataValue.json(sample),
        },
    )


def test_a_check_that_blocks_says_what_it_expects_what_it_saw_and_where_to_look() -> None:
    assert what_blocked(evaluation({"quarantine_rate": 0.15, "at_most": 0.05}, [RATE])) == [
        "  row_accounting.quarantine_rate: Few rows are in quarantine.",
        "    observed: quarantine rate 0.15, at most 0.05",
        "    see: source shop, rows in 2,000, quarantined 300, rate 0.15, limit 0.05, "
        "commonest reasons no_date 200 and no_price 100",
    ]


def test_a_check_that_could_not_be_evaluated_has_nothing_observed_to_show() -> None:
    assert what_blocked(evaluation({}, [])) == ["  row_accounting.quarantine_rate: Few rows are in quarantine."]


def test_many_rows_are_shown_in_part_and_counted() -> None:
    lines = what_blocked(evaluation({"broken": 25}, [{"source": f"s{i}"} for i in range(25)]))
    assert lines[1:3] == ["    observed: broken 25", "    see: source s0"]
    assert lines[-2:] == ["    see: source s19", "    and 5 more"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (1234567, "1,234,567"),
        (0.123456789, "0.123457"),
        (True, "True"),
        ("2024-03-31", "2024-03-31"),
    ],
)
def test_figures_read_as_a_person_would_write_them(value: Any, words: str) -> None:
    assert in_words({"last_order_on": value}) == f"last order on {words}"


def test_a_run_tells_of_blocking_checks_and_of_steps_that_raised_and_of_nothing_skipped_behind_them() -> None:
    @dg.asset(check_specs=[dg.AssetCheckSpec("holds", asset="orders", blocking=True)])
    def orders() -> Any:
        yield dg.MaterializeResult(
            check_results=[
                dg.AssetCheckResult(
                    check_name="holds",
                    passed=False,
                    description="Orders hold.",
                    metadata={
                        "observed": dg.MetadataValue.json({"broken": 1}),
                        "failing_sample": dg.MetadataValue.json([{"order_id": "o1"}]),
                    },
                )
            ]
        )

    @dg.asset(deps=[orders])
    def behind() -> None:
        raise AssertionError("never run")

    @dg.asset
    def elsewhere() -> None:
        raise ValueError("line 7 of a.csv: a date was expected")

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([orders, behind, elsewhere], instance=instance, raise_on_error=False)
    assert blocked_by(result) == ("orders.holds",)
    assert what_failed(result).splitlines() == [
        "blocked by checks that do not hold:",
        "  orders.holds: Orders hold.",
        "    observed: broken 1",
        "    see: order id o1",
        "stopped by errors:",
        "  elsewhere: ValueError: line 7 of a.csv: a date was expected",
    ]


def test_what_an_engine_quotes_of_a_row_is_neither_told_nor_recorded() -> None:
    def of_the_database() -> None:
        duckdb.execute("select cast($x as integer)", {"x": SOMEBODY}).fetchall()

    @dg.asset
    def statements() -> None:
        with step("statements", "table"):
            of_the_database()

    @dg.asset
    def frames() -> None:
        with step("frames", "table"):
            pl.Series([SOMEBODY]).cast(pl.Int64)

    @dg.asset
    def arrays() -> None:
        with step("arrays", "table"):
            pa.array([SOMEBODY]).cast(pa.int64())

    @dg.asset
    def told_of() -> None:
        with step("told_of", "table"):
            try:
                of_the_database()
            except duckdb.Error as error:
                raise ValueError("a number was expected") from error

    assets = [statements, frames, arrays, told_of]
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(assets, instance=instance, raise_on_error=False)
        recorded = "".join(map(str, instance.all_logs(result.run_id)))
    failed = [event.step_key for event in result.all_events if event.is_step_failure]
    assert sorted(failed) == ["arrays", "frames", "statements", "told_of"]
    assert "Could not convert string '...'" in recorded
    for text in (what_failed(result), recorded):
        assert not [part for part in ("Ann", "Brien", "ann@") if part in text]


def test_a_run_whose_record_cannot_be_written_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(event: Any) -> Iterator[None]:
        told = event.dagster_event
        if told is not None and (told.is_step_success or told.is_step_failure):
            raise OSError(28, "No space left on device")
        return store(event)

    @dg.asset
    def orders() -> None:
        return

    with dg.DagsterInstance.ephemeral() as instance:
        store = instance.handle_new_event
        monkeypatch.setattr(instance, "handle_new_event", lambda event, **_: full(event))
        result = dg.materialize([orders], instance=instance, raise_on_error=False)
    assert what_failed(result) == "stopped outside its steps:\n  OSError: [Errno 28] No space left on device"


@pytest.mark.parametrize(
    ("check", "is_named"),
    [("row_accounting.quarantine_rate", True), ("survey_responses.quarantine_rate", True), ("orders.holds", False)],
)
def test_the_rows_set_aside_are_named_where_their_rate_blocked_and_not_where_a_text_mentions_it(
    check: str, is_named: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def blocked(*_: Any, **__: Any) -> None:
        raise NightFailedError("blocked: see: source shop.quarantine_rate", blocked_by=(check,))

    monkeypatch.setattr(nightly_run, "run_night", blocked)
    monkeypatch.setattr(nightly_run, "has_landed_files", lambda _: True)
    said = CliRunner().invoke(main, ["run", "--home", str(tmp_path)])
    assert said.exit_code == 1
    assert ("`analytics quarantine` tells the files and rows" in said.output) is is_named


def test_the_checks_of_rows_set_aside_are_checks_that_block() -> None:
    specs = [spec for of_table in RETAIL_EXPECTATIONS.values() for spec in of_table if spec.severity == "error"]
    assert {f"{spec.table}.{spec.name}" for spec in specs} >= CHECKS_OF_QUARANTINE


def test_an_error_that_names_the_file_and_what_to_do_is_told_and_not_the_one_it_came_of() -> None:
    @dg.asset
    def orders() -> None:
        try:
            json.loads("{")
        except ValueError as error:
            raise DamagedStoreError("history.jsonl cannot be read. Restore the file, or move it away") from error

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([orders], instance=instance, raise_on_error=False)
    told = "  orders: assets.releases.manifest.DamagedStoreError: history.jsonl cannot be read. Restore the file, or"
    assert what_failed(result).splitlines() == ["stopped by errors:", f"{told} move it away"]


def test_whoever_is_told_of_a_blocked_night_reads_in_one_line_what_was_observed_and_no_row() -> None:
    @dg.asset
    def row_accounting() -> None: ...

    @dg.multi_asset_check(
        specs=[
            dg.AssetCheckSpec(name, asset="row_accounting", blocking=True) for name in ("quarantine_rate", "row_count")
        ]
    )
    def expectations() -> Iterator[dg.AssetCheckResult]:
        for name in ("quarantine_rate", "row_count"):
            yield dg.AssetCheckResult(
                passed=False,
                check_name=name,
                description=f"The {name} is right.",
                metadata={
                    "observed": dg.MetadataValue.json({"rate": 0.15}),
                    "failing_sample": dg.MetadataValue.json([{"customer_id": "c1"}]),
                },
            )

    job = dg.define_asset_job("nightly", selection="*", hooks={tell_of_failure}, executor_def=dg.in_process_executor)
    defs = dg.Definitions([row_accounting], asset_checks=[expectations], jobs=[job])
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.notifier.tell", said.append)
        result = defs.resolve_job_def("nightly").execute_in_process(raise_on_error=False)
    assert said == [
        f"nightly: expectations failed in run {result.run_id}: "
        "row_accounting.quarantine_rate: The quarantine_rate is right. observed: rate 0.15; "
        "row_accounting.row_count: The row_count is right. observed: rate 0.15"
    ]


@pytest.mark.parametrize("command", ["no-such-program -s failed", "mail -s 'unclosed", "sleep 60"])
def test_a_messenger_that_cannot_be_run_or_does_not_end_fails_no_night(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANALYTICS_NOTIFY", command)
    monkeypatch.setattr("pipelines.notifier._SECONDS", 0.2)
    tell("night of 2024-12-30: nothing has landed from \udce9t\udce9.csv")
    assert "nobody was told: the command in ANALYTICS_NOTIFY could not be run" in capsys.readouterr().err


def test_whoever_is_told_of_an_error_reads_its_first_line_without_what_it_quotes() -> None:
    assert in_a_line(ValueError("cannot convert 'ann@example.org'\nLINE 1")) == "cannot convert '...'"
    assert in_a_line(KeyError()) == "KeyError"
    assert in_a_line(None) == "see the run"


@pytest.mark.parametrize(("error", "is_stopped"), [(KeyboardInterrupt, True), (ValueError, False)])
def test_a_run_that_was_stopped_by_somebody_is_told_from_one_that_failed(
    error: type[BaseException], is_stopped: bool
) -> None:
    @dg.asset
    def orders() -> None:
        raise error

    job = dg.Definitions([orders], jobs=[dg.define_asset_job("nightly", executor_def=dg.in_process_executor)])
    result = job.resolve_job_def("nightly").execute_in_process(raise_on_error=False)
    assert not result.success
    assert is_interrupted(result) is is_stopped

"""What the orchestrator is told: every table is an asset that explains itself, is checked, and gates the release."""

from __future__ import annotations

import datetime as dt
import importlib
import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from graphlib import TopologicalSorter
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

import assets
from assets.accounting_laws import LAWS
from assets.configuration.settings import Configuration
from assets.expectations import specs_for
from assets.expectations.suites import RETAIL_EXPECTATIONS
from assets.input_key import code_version
from assets.landing.judging import LANDED_TABLE
from assets.night import Night, NightTable
from assets.night_ledger import prepare_ledger, remember_table
from assets.raw_rows import RAW as RAW_ROWS
from assets.tables import PUBLISHED, RFM_SEGMENTS, TABLES
from assets.warehouse import Warehouse
from pipelines import definitions, night_assets
from pipelines.definitions import NIGHT_TABLES, defs
from pipelines.failed_run import what_failed

ROOT = Path(__file__).parents[2]
LONDON = ZoneInfo("Europe/London")
RAW = [f"raw_{kind}" for kind in LANDED_TABLE]
EVERYTHING = [*RAW, *TABLES, "report", "release"]


@pytest.fixture(scope="module")
def specs() -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


@pytest.fixture(scope="module")
def nightly() -> dg.JobDefinition:
    return defs.resolve_job_def("nightly")


# ------------------------------------------------------------------ complete


def test_every_declared_table_is_wired_once() -> None:
    declared = {
        id(value)
        for module in pkgutil.walk_packages(assets.__path__, "assets.")
        for value in vars(importlib.import_module(module.name)).values()
        if isinstance(value, NightTable)
    }
    assert {id(table) for table in NIGHT_TABLES} == declared
    assert sorted(table.contract.name for table in NIGHT_TABLES) == sorted(TABLES)


def test_the_assets_are_the_raw_rows_the_tables_the_page_and_the_release(specs: dict[str, dg.AssetSpec]) -> None:
    assert sorted(specs) == sorted(EVERYTHING)


@pytest.mark.parametrize("name", EVERYTHING)
def test_an_asset_explains_itself(specs: dict[str, dg.AssetSpec], name: str) -> None:
    spec = specs[name]
    assert spec.description
    assert spec.owners
    assert spec.group_name
    assert spec.kinds
    assert spec.code_version


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_marked_where_any_of_the_code_behind_it_has_changed(
    specs: dict[str, dg.AssetSpec], name: str
) -> None:
    assert specs[name].code_version == code_version()[:12]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_shows_its_columns_with_their_meaning(specs: dict[str, dg.AssetSpec], name: str) -> None:
    columns = specs[name].metadata["dagster/column_schema"].columns
    assert [column.name for column in columns] == [column.name for column in TABLES[name].columns]
    assert all(column.description for column in columns)


def test_every_night_has_its_partition(specs: dict[str, dg.AssetSpec]) -> None:
    assert {name for name, spec in specs.items() if spec.partitions_def == definitions.nights} == set(specs) - set(RAW)


# ------------------------------------------------------------------ the graph


def test_groups_follow_each_other_one_way(specs: dict[str, dg.AssetSpec]) -> None:
    """The orchestrator draws a graph of groups before one of tables: two that fed each other would read as a knot."""
    order: TopologicalSorter[str] = TopologicalSorter()
    for spec in specs.values():
        before = {str(specs[dependency.asset_key.to_user_string()].group_name) for dependency in spec.deps}
        order.add(str(spec.group_name), *(before - {spec.group_name}))
    assert next(iter(order.static_order())) == "raw"


def upstream(specs: dict[str, dg.AssetSpec], name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for dependency in specs[waiting.pop()].deps:
            key = dependency.asset_key.to_user_string()
            if key not in found:
                found.add(key)
                waiting.append(key)
    return found


def test_the_release_waits_for_everything_published(specs: dict[str, dg.AssetSpec]) -> None:
    direct = {dependency.asset_key.to_user_string() for dependency in specs["release"].deps}
    assert direct == {*PUBLISHED, "report"}


def test_no_table_is_computed_for_nobody(specs: dict[str, dg.AssetSpec]) -> None:
    assert upstream(specs, "release") == {*RAW, *TABLES, "report"}


def test_a_table_depends_on_exactly_what_it_reads(specs: dict[str, dg.AssetSpec]) -> None:
    for table in NIGHT_TABLES:
        direct = {dependency.asset_key.to_user_string() for dependency in specs[table.contract.name].deps}
        assert direct == ({read.name for read in table.reads} or set(RAW)), table.contract.name


def test_every_table_is_checked_and_errors_block(nightly: dg.JobDefinition) -> None:
    graph = defs.resolve_asset_graph()
    raw = {contract.name: RETAIL_EXPECTATIONS[contract.name] for contract in RAW_ROWS.values()}
    expected = {
        **{(name, spec.name): False for name, specs in raw.items() for spec in specs},
        **{(name, spec.name): spec.severity == "error" for name in TABLES for spec in specs_for(TABLES[name])},
        **{(law.table, law.name): True for law in LAWS},
    }
    blocking = {(key.asset_key.to_user_string(), key.name): graph.get(key).blocking for key in graph.asset_check_keys}
    assert blocking == expected
    assert {table for table, _ in blocking} == {*RAW, *TABLES}
    assert nightly.asset_layer.asset_graph.asset_check_keys == graph.asset_check_keys


# ------------------------------------------------------------------ running


def test_both_jobs_run_in_one_process(nightly: dg.JobDefinition) -> None:
    for job in (nightly, defs.resolve_job_def("landing")):
        assert job.executor_def.name == "in_process"
    assert {key.to_user_string() for key in nightly.asset_layer.executable_asset_keys} == set(EVERYTHING)


@pytest.mark.parametrize(
    ("tick", "asked"),
    [
        ("2025-01-15 02:00", "2025-01-14"),  # Greenwich time
        ("2025-07-15 02:00", "2025-07-14"),  # summer time: 01:00 UTC
        ("2025-03-30 02:00", "2025-03-29"),  # 02:00 is the first moment after the clock jumps from 01:00
        ("2025-10-26 02:00", "2025-10-25"),  # 01:00 to 02:00 came twice
        ("2025-01-01 02:00", "2024-12-31"),
    ],
)
def test_the_schedule_asks_for_the_day_that_has_ended(tick: str, asked: str) -> None:
    moment = dt.datetime.fromisoformat(tick).replace(tzinfo=LONDON)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=moment.astimezone(dt.UTC))
        request = definitions.every_night(context)
    assert isinstance(request, dg.RunRequest)
    assert request.partition_key == request.run_key == asked
    assert definitions.nights.has_partition_key(asked)


@pytest.mark.parametrize("start", [dt.date(2025, 3, 28), dt.date(2025, 10, 24)])  # the clock changes two days later
def test_the_schedule_ticks_at_two_in_the_business_time_zone_every_day(start: dt.date) -> None:
    schedule = definitions.every_night
    assert schedule.execution_timezone == "Europe/London"
    midnight = dt.datetime.combine(start, dt.time(), LONDON).timestamp()
    ticks = schedule_execution_time_iterator(midnight, schedule.cron_schedule, schedule.execution_timezone)
    expected = [dt.datetime.combine(start + dt.timedelta(days=day), dt.time(2), LONDON) for day in range(5)]
    assert [next(ticks) for _ in range(5)] == expected


def sensor_over(home: Path) -> tuple[Path, Callable[[str | None], tuple[int, str | None, str]]]:
    """The folder of a new shop's orders, and a function from a cursor to what the sensor asks, keeps and says."""
    from pipelines.configuration_file import load_sample
    from pipelines.sensors import new_files_sensor

    configuration = load_sample(home)
    sensor = new_files_sensor(configuration, definitions.landing)
    orders = Path(configuration.sources[0].path).parent
    orders.mkdir(parents=True)

    def asked(cursor: str | None) -> tuple[int, str | None, str]:
        with dg.DagsterInstance.ephemeral() as instance:
            context = dg.build_sensor_context(instance=instance, cursor=cursor)
            tick = sensor.evaluate_tick(context)
        assert not any(request.run_key for request in tick.run_requests or [])
        return len(tick.run_requests or []), tick.cursor, tick.skip_message or ""

    return orders, asked


def test_the_sensor_asks_once_for_each_state_of_the_landing_zone(tmp_path: Path) -> None:
    orders, asked = sensor_over(tmp_path)
    (orders / "2025-01.csv").write_text("order_id\n")
    first, cursor, _ = asked(None)
    assert first == 1
    assert asked(cursor)[:2] == (0, cursor)
    (orders / "2025-02.csv").write_text("order_id\n")
    second, moved, _ = asked(cursor)
    assert second == 1
    assert moved != cursor
    (orders / "2025-02.csv").unlink()  # back to what it was: asked for again, no key keeps it from being run
    third, back, _ = asked(moved)
    assert (third, back) == (1, cursor)
    assert defs.resolve_sensor_def("new_files").default_status == dg.DefaultSensorStatus.STOPPED


@pytest.mark.parametrize(("status", "after", "asked_again"), [("FAILURE", 0, 1), ("FAILURE", 1, 0), ("SUCCESS", 0, 0)])
def test_a_landing_that_failed_is_asked_for_again_though_not_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str, after: int, asked_again: int
) -> None:
    """A configuration broken at that minute kept the files waiting until others came."""
    from pipelines import sensors
    from pipelines.configuration_file import load_sample

    monkeypatch.setattr(sensors, "AGAIN_AFTER", dt.timedelta(hours=after))
    configuration = load_sample(tmp_path)
    sensor = sensors.new_files_sensor(configuration, definitions.landing)
    seen = sensors.landing_fingerprint(configuration)
    with dg.DagsterInstance.ephemeral() as instance:
        tags = {"dagster/sensor_name": "new_files"}
        instance.add_run(dg.DagsterRun(job_name="landing", status=dg.DagsterRunStatus(status), tags=tags))
        instance.add_run(dg.DagsterRun(job_name="landing", status=dg.DagsterRunStatus.FAILURE))  # somebody else's
        tick = sensor.evaluate_tick(dg.build_sensor_context(instance=instance, cursor=seen))
    assert len(tick.run_requests or []) == asked_again


def test_what_comes_while_a_run_holds_the_home_waits_and_is_not_forgotten(held_home: tuple[Path, int]) -> None:
    home, pid = held_home
    orders, asked = sensor_over(home)
    (orders / "2025-01.csv").write_text("order_id\n")
    requests, cursor, why = asked("before")
    assert (requests, cursor) == (0, "before")
    assert f"waits: {home} is in use by process {pid}" in why


def test_a_run_whose_process_was_killed_is_ended_so_that_the_queue_goes_on(tmp_path: Path) -> None:
    from pipelines.configuration_file import load_sample
    from pipelines.sensors import dead_runs_sensor

    sensor = dead_runs_sensor(load_sample(tmp_path))
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    with dg.DagsterInstance.ephemeral() as instance:

        def looked(cursor: str | None) -> str | None:
            return sensor.evaluate_tick(dg.build_sensor_context(instance=instance, cursor=cursor)).cursor

        def status(run: dg.DagsterRun) -> str:
            found = instance.get_run_by_id(run.run_id)
            assert found is not None
            return found.status.value

        killed = instance.add_run(dg.DagsterRun(job_name="nightly", status=dg.DagsterRunStatus.STARTED))
        waiting = instance.add_run(dg.DagsterRun(job_name="nightly"))
        once = looked(None)
        assert (once, status(killed)) == (killed.run_id, "STARTED")  # it may be about to begin, or just over
        assert looked(once) == ""
        assert (status(killed), status(waiting)) == ("FAILURE", "NOT_STARTED")


def test_a_run_that_holds_its_home_is_left_alone(held_home: tuple[Path, int]) -> None:
    from pipelines.configuration_file import load_sample
    from pipelines.sensors import dead_runs_sensor

    sensor = dead_runs_sensor(load_sample(held_home[0]))
    with dg.DagsterInstance.ephemeral() as instance:
        run = instance.add_run(dg.DagsterRun(job_name="nightly", status=dg.DagsterRunStatus.STARTED))
        tick = sensor.evaluate_tick(dg.build_sensor_context(instance=instance, cursor=run.run_id))
        assert "in use by process" in (tick.skip_message or "")
        assert tick.cursor == ""  # a later look begins anew
        assert [each.status for each in instance.get_runs()] == [dg.DagsterRunStatus.STARTED]


@pytest.mark.parametrize("checks", [night_assets.table_checks(RFM_SEGMENTS), night_assets.law_checks("orders")])
def test_checks_re_executed_after_another_night_refuse_its_tables_instead_of_judging_them(
    checks: dg.AssetChecksDefinition, tmp_path: Path
) -> None:
    warehouse = Warehouse.open(None)
    prepare_ledger(warehouse)
    settings = Configuration.model_validate(
        {"business": {"name": "Shop", "timezone": "Europe/London", "currency": "GBP"}}
    )

    def at(day: dt.date) -> Night:
        return Night(day, dt.datetime(2024, 7, 1), settings, warehouse, tmp_path)

    for contract in (RFM_SEGMENTS, TABLES["orders"]):
        remember_table(at(dt.date(2024, 6, 30)), contract, None)
    job = dg.define_asset_job("again", dg.AssetSelection.checks(checks))
    tables = [dg.AssetSpec(name) for name in ("rfm_segments", "orders")]
    resources = {
        night_assets.RESOURCE: dg.ResourceDefinition.hardcoded_resource(SimpleNamespace(at=at, configuration=settings))
    }
    again = dg.Definitions(tables, asset_checks=[checks], jobs=[job], resources=resources).resolve_job_def("again")
    result = again.execute_in_process(tags={"dagster/partition": "2024-06-28"}, raise_on_error=False)
    assert not result.get_asset_check_evaluations()
    assert "the night of 2024-06-28 reads tables of another date" in what_failed(result)


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"dagster/partition": "2999-12-31"}, "as_of 2999-12-31 is outside"),
        ({"dagster/partition": "1969-12-31"}, "as_of 1969-12-31 is outside"),
        ({"dagster/partition": "yesterday"}, "the run has the partition 'yesterday'; expected: the night's date"),
        ({}, "the run has no partition; expected: the night's date"),
    ],
)
def test_a_run_whose_tag_names_no_night_that_can_be_run_for_computes_nothing(tags: dict[str, str], said: str) -> None:
    """As `dagster job execute --tags` gives them; the night of a date to come was published, and was the latest."""
    settings = Configuration.model_validate(
        {"business": {"name": "Shop", "timezone": "Europe/London", "currency": "GBP"}}
    )
    run = SimpleNamespace(configuration=settings, at=pytest.fail)
    checks = night_assets.table_checks(RFM_SEGMENTS)
    job = dg.define_asset_job("tagged", dg.AssetSelection.checks(checks))
    resources = {night_assets.RESOURCE: dg.ResourceDefinition.hardcoded_resource(run)}
    specs = [dg.AssetSpec(RFM_SEGMENTS.name)]
    tagged = dg.Definitions(specs, asset_checks=[checks], jobs=[job], resources=resources).resolve_job_def("tagged")
    result = tagged.execute_in_process(tags=tags, raise_on_error=False)
    assert not result.success
    assert said in what_failed(result)


# ------------------------------------------------------------------ loading


@pytest.mark.slow
def test_definitions_validate_and_load_neither_the_checker_nor_the_learner(tmp_path: Path) -> None:
    environment = {**os.environ, "DAGSTER_HOME": str(tmp_path), "DAGSTER_DISABLE_TELEMETRY": "1"}
    validated = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate", "-w", str(ROOT / "workspace.yaml")],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert validated.returncode == 0, validated.stdout + validated.stderr
    assert "Validation successful" in validated.stdout + validated.stderr
    probe = "import sys, pipelines.definitions; print(sorted({'great_expectations', 'sklearn'} & set(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert loaded.stdout == "[]\n", loaded.stdout + loaded.stderr

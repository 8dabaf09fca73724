"""The ledger keeps half a night, or one that does not hold, from being published."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from assets import night_ledger
from assets.configuration.settings import Configuration
from assets.expectations import CheckOutcome
from assets.landing.landing_zone import prepare_schema
from assets.night import Night
from assets.night_ledger import (
    BlockedError,
    StaleTableError,
    expect_computed,
    expect_no_block,
    prepare_ledger,
    remember_checks,
    remember_table,
    versions_of,
)
from assets.releases.table_files import FileRecord, TableVersion
from assets.tables import CUSTOMER_DAYS, ORDER_FLOWS, ORDERS, PUBLISHED, RFM_SEGMENTS, TABLES
from assets.warehouse import Warehouse

NOON = dt.datetime(2024, 7, 1, 12)


@pytest.fixture
def night(tmp_path: Path) -> Night:
    warehouse = Warehouse.open(None)
    prepare_schema(warehouse)
    prepare_ledger(warehouse)
    business = {"name": "Test shop", "timezone": "Europe/London", "currency": "GBP"}
    return Night(dt.date(2024, 6, 30), NOON, Configuration.model_validate({"business": business}), warehouse, tmp_path)


def compute_all(night: Night) -> None:
    for name in PUBLISHED:
        remember_table(night, TABLES[name], TableVersion(name, "f" * 64, f"tables/{name}", 0, 0, True, (), ()))


def land(night: Night, at: dt.datetime) -> None:
    night.warehouse.rows(
        "insert into landed_files by name select 1 as file_no, 'shop' as source, 'new.csv' as file, $at as loaded_at",
        {"at": at},
    )


def verdict(passed: bool, severity: str) -> CheckOutcome:
    return CheckOutcome("orders", "key_unique", passed, severity, {}, "No order twice.")  # type: ignore[arg-type]


def test_a_failed_blocking_check_keeps_the_night_from_being_published_in_whichever_run_it_failed(night: Night) -> None:
    remember_table(night, ORDERS, None)
    remember_checks(night, "orders", [verdict(False, "error")])
    with pytest.raises(BlockedError, match="orders: key_unique"):
        expect_no_block(night)

    remember_checks(night, "orders", [verdict(False, "warn")])
    expect_no_block(night)


def test_a_release_needs_every_table_of_its_own_date(night: Night) -> None:
    compute_all(night)
    assert [version.name for version in versions_of(night)] == sorted(PUBLISHED)
    later = Night(dt.date(2024, 7, 1), NOON, night.configuration, night.warehouse, night.home)
    with pytest.raises(StaleTableError, match="2024-06-30"):
        versions_of(later)


def test_a_table_is_not_read_once_what_it_was_made_from_has_been_computed_again(night: Night) -> None:
    made = ((ORDER_FLOWS, ()), (ORDERS, (ORDER_FLOWS,)), (CUSTOMER_DAYS, (ORDERS,)))
    for contract, reads in made:
        remember_table(night, contract, None, reads)
    expect_computed(night, [CUSTOMER_DAYS])
    remember_table(night, ORDER_FLOWS, None)
    with pytest.raises(StaleTableError, match=r"customer_days \(order_flows was computed again since\)"):
        expect_computed(night, [CUSTOMER_DAYS])
    remember_table(night, ORDERS, None, (ORDER_FLOWS,))
    with pytest.raises(StaleTableError, match=r"customer_days \(orders was computed again since\)"):
        expect_computed(night, [ORDERS, CUSTOMER_DAYS])
    remember_table(night, CUSTOMER_DAYS, None, (ORDERS,))
    expect_computed(night, [ORDER_FLOWS, ORDERS, CUSTOMER_DAYS])


def test_a_published_table_whose_file_is_gone_or_damaged_is_not_read(night: Night) -> None:
    record = FileRecord("rfm_segments.parquet", "e" * 64, 3)
    remember_table(night, RFM_SEGMENTS, TableVersion("rfm_segments", "e" * 64, "tables/r/e", 1, 3, True, (record,), ()))
    file = night.store.published / "tables/r/e/rfm_segments.parquet"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"row")
    expect_computed(night, [RFM_SEGMENTS])
    lost = r"rfm_segments \(its file tables/r/e/rfm_segments\.parquet is gone or damaged\)"
    file.write_bytes(b"ro")  # cut short
    with pytest.raises(StaleTableError, match=lost):
        expect_computed(night, [RFM_SEGMENTS])
    file.unlink()
    with pytest.raises(StaleTableError, match=lost):
        expect_computed(night, [RFM_SEGMENTS])
    expect_computed(night, [])


def test_files_landed_after_some_tables_were_computed_keep_them_from_being_published_as_one_night(
    night: Night,
) -> None:
    land(night, NOON - dt.timedelta(hours=1))
    compute_all(night)
    assert versions_of(night)

    land(night, NOON + dt.timedelta(hours=1))
    later = Night(night.as_of, NOON + dt.timedelta(hours=2), night.configuration, night.warehouse, night.home)
    with pytest.raises(StaleTableError, match=r"1 files \(the first is shop/new.csv\)"):
        versions_of(later)


def test_tables_of_two_configurations_are_neither_read_together_nor_published_as_one_night(night: Night) -> None:
    compute_all(night)
    measures = night.configuration.measures.model_copy(update={"window_days": 200})
    corrected = dataclasses.replace(night, configuration=night.configuration.model_copy(update={"measures": measures}))
    with pytest.raises(StaleTableError, match=r"configuration or the program has changed .*: rfm_segments\. Run the"):
        expect_computed(corrected, [RFM_SEGMENTS])

    remember_table(corrected, RFM_SEGMENTS, TableVersion("rfm_segments", "e" * 64, "tables/r", 0, 0, True, (), ()))
    expect_computed(corrected, [RFM_SEGMENTS])
    for either in (night, corrected):
        with pytest.raises(StaleTableError, match="configuration or the program has changed"):
            versions_of(either)

    compute_all(corrected)
    assert versions_of(corrected)


def test_tables_of_two_programs_are_not_published_as_one_night(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    compute_all(night)
    monkeypatch.setattr(night_ledger, "code_version", lambda: "updated")
    with pytest.raises(StaleTableError, match="configuration or the program has changed"):
        versions_of(night)


def test_a_ledger_of_an_earlier_program_is_read_and_its_tables_are_not_taken_for_tonights(night: Night) -> None:
    compute_all(night)
    night.warehouse.rows("alter table night_tables drop column rules")
    prepare_ledger(night.warehouse)
    with pytest.raises(StaleTableError, match="configuration or the program has changed"):
        versions_of(night)

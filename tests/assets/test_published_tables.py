"""A published table is written once: what follows in the night reads the file that readers get."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.configuration.settings import Configuration
from assets.contracts import Column, Contract
from assets.night import Night, table
from assets.release import write_table
from assets.statements import Amendment
from assets.warehouse import Warehouse

ROWS = pl.DataFrame(
    {
        "customer": ["b", "a", "c"],
        "spent": ["1.25", "-3.00", None],
        "on": [dt.date(2024, 1, 2), None, dt.date(2024, 1, 3)],
        "names": [["x", "y"], [], None],
    }
)
IN_ORDER = 'select customer, cast(spent as varchar), "on", names from spending order by customer'


def contract(*, published: bool = True) -> Contract:
    columns = (
        Column("customer", "VARCHAR", "Who."),
        Column("spent", "DECIMAL(18,2)", "How much.", nullable=True),
        Column("on", "DATE", "When.", nullable=True),
        Column("names", "VARCHAR[]", "Which.", nullable=True),
    )
    return Contract("spending", "Money spent.", "customer", ("customer",), "tests", columns, published=published)


def night_in(home: Path, warehouse: Warehouse) -> Night:
    business = {"name": "Test shop", "timezone": "Europe/London", "currency": "GBP"}
    configuration = Configuration.model_validate({"business": business})
    return Night(dt.date(2024, 6, 30), dt.datetime(2024, 7, 1), configuration, warehouse, home)


def written(night: Night, rows: pl.DataFrame = ROWS, *, published: bool = True) -> Path | None:
    count, version = write_table(night, table(contract(published=published), reads=())(lambda _: rows))
    assert count == rows.height
    return None if version is None else night.store.published / version.path / version.files[0].name


def kind_of(warehouse: Warehouse) -> list[str]:
    return [
        kind
        for (kind,) in warehouse.rows("select table_type from information_schema.tables where table_name = 'spending'")
    ]


# The signs are those of patterns of file names and of SQL.
@pytest.mark.parametrize("name", ["home", "shop [old]", "a*b", "Anna's, {2}", "as_of=2020-01-01"])
def test_the_night_reads_a_published_table_from_the_file_that_readers_get(tmp_path: Path, name: str) -> None:
    file = tmp_path / name / "warehouse.duckdb"
    file.parent.mkdir()
    (tmp_path / "shop o").mkdir()  # what a pattern of the second name would fit
    warehouse = Warehouse.open(file)
    night = night_in(tmp_path / name, warehouse)
    parquet = written(night)
    assert parquet is not None
    expected = [
        ("a", "-3.00", None, []),
        ("b", "1.25", dt.date(2024, 1, 2), ["x", "y"]),
        ("c", None, dt.date(2024, 1, 3), None),
    ]
    assert warehouse.rows(IN_ORDER) == expected
    assert kind_of(warehouse) == ["VIEW"]
    types = warehouse.rows("select column_name, column_type from (describe spending)")
    assert types == [(column.name, column.type) for column in contract().columns]

    warehouse.connection.close()
    with duckdb.connect(str(file), read_only=True) as analyst:  # who opens it needs to know nothing
        assert analyst.execute(IN_ORDER).fetchall() == expected
    parquet.unlink()
    with (
        duckdb.connect(str(file), read_only=True) as analyst,
        pytest.raises(duckdb.IOException, match="No files found"),
    ):
        analyst.execute(IN_ORDER).fetchall()


def test_a_home_that_was_moved_has_its_tables_where_it_is_now(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new [1]"
    old.mkdir()
    warehouse = Warehouse.open(old / "warehouse.duckdb")
    written(night_in(old, warehouse))
    warehouse.connection.close()
    old.rename(new)

    warehouse = Warehouse.open(new / "warehouse.duckdb")
    with pytest.raises(duckdb.IOException, match="No files found"):
        warehouse.rows(IN_ORDER)
    warehouse.find_files_under(new / "published")
    assert [row[0] for row in warehouse.rows(IN_ORDER)] == ["a", "b", "c"]
    warehouse.connection.close()


def test_another_night_takes_the_place_of_the_one_before_and_a_table_that_of_a_view(tmp_path: Path) -> None:
    warehouse = Warehouse.open(None)
    night = night_in(tmp_path, warehouse)
    for rows, published in ((ROWS, False), (ROWS[:2], True), (ROWS[:1], True), (ROWS[1:], False), (ROWS, True)):
        written(night, rows, published=published)
        assert kind_of(warehouse) == ["VIEW" if published else "BASE TABLE"]
        assert sorted(row[0] for row in warehouse.rows(IN_ORDER)) == sorted(rows["customer"])


def test_a_table_gathered_frame_by_frame_is_read_from_its_file_and_leaves_nothing_behind(tmp_path: Path) -> None:
    warehouse = Warehouse.open(tmp_path / "warehouse.duckdb")
    night = night_in(tmp_path, warehouse)

    def gathered(_: Night) -> Amendment:
        return warehouse.gathered(contract(), (ROWS[:2], ROWS[2:]))

    for _ in range(2):
        assert write_table(night, table(contract(), reads=())(gathered))[0] == ROWS.height
        assert [row[0] for row in warehouse.rows(IN_ORDER)] == ["a", "b", "c"]
        assert warehouse.rows("select table_name from information_schema.tables") == [("spending",)]
    assert kind_of(warehouse) == ["VIEW"]


def test_a_table_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    warehouse = Warehouse.open(tmp_path / "warehouse.duckdb")
    night = night_in(tmp_path, warehouse)
    written(night, ROWS[:1])
    with pytest.raises(ValueError, match="does not fit the table's contract"):
        written(night, ROWS.with_columns(spent=pl.lit("a lot")))
    assert [row[0] for row in warehouse.rows(IN_ORDER)] == ["b"]

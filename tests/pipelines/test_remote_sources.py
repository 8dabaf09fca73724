"""Sources that are asked for: what `check-config`, the sensor and a whole night make of databases and addresses."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from night_shop import LAST_DAY, Analytics, Shop, latest_of

from assets.configuration.settings import Configuration
from assets.landing import database_source
from pipelines.configuration_file import check, load
from pipelines.configuration_problems import Problem
from pipelines.nightly_run import has_landed_files
from pipelines.sensors import landing_fingerprint

BUSINESS = "business: {name: Shop, timezone: Europe/London, currency: GBP}\nsources:\n"
COLUMNS = "    columns: {order_id: order_id, ordered_at: ordered_at}\n"
DATABASE = (
    BUSINESS
    + "  - name: shop\n    kind: transactions\n"
    + "    database: postgresql://reader:${SHOP_PASSWORD}@${SHOP_HOST}/shop\n"
    + "    query: |\n      select *\n      from lines\n"
    + COLUMNS
)
OBJECTS = (
    BUSINESS
    + "  - name: shop\n    kind: transactions\n    path: memory://orders/*.csv\n"
    + "    storage_options: {key: '${BUCKET_KEY}'}\n"
    + COLUMNS
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.yaml"


@pytest.fixture(autouse=True)
def _nobody_is_asked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "asks" in request.fixturenames:
        return

    def refuse(*_: Any) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(database_source, "_fetched", refuse)


def checked(file: Path, text: str) -> list[Problem]:
    file.write_text(text)
    return check(file)


def loaded(file: Path, text: str) -> Configuration:
    file.write_text(text)
    return load(file)


def test_a_variable_that_is_not_set_is_a_warning_where_it_is_needed(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_HOST", "db.example.org")
    (problem,) = checked(file, DATABASE)
    assert (problem.line, problem.key, problem.level) == (5, "sources[0].database", "warning")
    assert problem.found == "no environment variable SHOP_PASSWORD"
    monkeypatch.setenv("SHOP_PASSWORD", "hidden")
    assert checked(file, DATABASE) == []
    (problem,) = checked(file, OBJECTS)
    assert (problem.line, problem.key) == (6, "sources[0].storage_options")


def test_a_password_in_the_file_is_a_warning_that_does_not_repeat_it(file: Path) -> None:
    text = DATABASE.replace("${SHOP_PASSWORD}", "hidden").replace("${SHOP_HOST}", "host")
    (problem,) = checked(file, text)
    assert (problem.found, problem.level) == ("a password in the file", "warning")
    (error,) = checked(file, text.replace("postgresql://", "postgresql:"))
    assert (error.key, error.level) == ("sources[0].database", "error")
    assert "hidden" not in f"{problem}{error}"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("delete from lines", "a statement that begins with DELETE"),
        ("with gone as (delete from lines returning *) select * from gone", "a query with DELETE in it"),
        ("select 1; select 2", "2 statements"),
    ],
)
def test_a_query_that_does_more_than_read_is_an_error_at_its_line(file: Path, query: str, found: str) -> None:
    text = DATABASE.replace("select *\n      from lines", query)
    (problem,) = [one for one in checked(file, text) if one.level == "error"]
    assert (problem.line, problem.key, problem.found) == (6, "sources[0].query", f"`{found}`")
    assert problem.expected == "one SELECT, or WITH ... SELECT, that only reads"


def test_a_relative_database_file_starts_from_the_configuration(file: Path) -> None:
    text = DATABASE.replace(
        "postgresql://reader:${SHOP_PASSWORD}@${SHOP_HOST}/shop", "sqlite:///data/shop.db?timeout=5"
    )
    assert loaded(file, text).sources[0].database == f"sqlite:///{file.parent}/data/shop.db?timeout=5"


def test_columns_are_compared_with_the_first_object_and_loading_asks_nobody(
    file: Path, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUCKET_KEY", "hidden")
    (problem,) = checked(file, OBJECTS)
    assert problem.found == "no file at memory://orders/*.csv"
    memory.pipe_file("/orders/day1.csv", b"order_id,ordered\n1,2024-01-01\n")
    (problem,) = checked(file, OBJECTS)
    assert (problem.key, problem.level) == ("sources[0].columns.ordered_at", "error")

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError("Access Denied")

    for name in ("glob", "ls", "_open"):
        monkeypatch.setattr(type(memory), name, refuse)
    (problem,) = checked(file, OBJECTS)
    assert problem.level == "warning"
    assert "could not be listed: Access Denied" in problem.found
    odd = OBJECTS.replace("order_id: order_id", "order_id: '*RESPNUM'")
    assert loaded(file, odd).sources[0].columns["order_id"] == "*RESPNUM"


def test_the_sensor_sees_new_objects_and_polls_no_database(
    file: Path, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUCKET_KEY", "hidden")
    objects, database = loaded(file, OBJECTS), loaded(file, DATABASE)
    empty = landing_fingerprint(objects)
    assert not has_landed_files(objects)
    memory.pipe_file("/orders/day1.csv", b"order_id,ordered_at\n1,2024-01-01\n")
    first = landing_fingerprint(objects)
    memory.pipe_file("/orders/day1.csv", b"order_id,ordered_at\n2,2024-01-01\n")
    assert len({empty, first, landing_fingerprint(objects)}) == 3
    assert has_landed_files(objects)
    assert landing_fingerprint(database) == landing_fingerprint(database)
    assert has_landed_files(database)
    monkeypatch.delenv("BUCKET_KEY")
    assert landing_fingerprint(objects) not in (empty, first)


@pytest.fixture
def asks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries that are sent."""
    sent: list[str] = []
    fetched = database_source._fetched

    def counted(source: Any, path: Path) -> Any:
        sent.append(source.query)
        return fetched(source, path)

    monkeypatch.setattr(database_source, "_fetched", counted)
    return sent


def test_a_night_asks_its_database_once_and_does_without_it_when_it_is_gone(
    landed: Shop, analytics: Analytics, asks: list[str], tmp_path: Path
) -> None:
    shop = landed.copy(tmp_path / "shop")
    orders = pl.concat(
        [pl.read_csv(path, infer_schema=False) for path in sorted((shop.folder / "orders").glob("*.csv"))]
    )
    database = shop.folder / "orders.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"create table lines ({', '.join(orders.columns)})")
        marks = ", ".join("?" * orders.width)
        connection.executemany(f"insert into lines values ({marks})", orders.rows())
        connection.commit()
    configuration = yaml.safe_load(shop.configuration.read_text())
    del configuration["sources"][0]["path"]
    configuration["sources"][0] |= {"database": "sqlite:///orders.db", "query": "select * from lines"}
    shop.configuration.write_text(yaml.safe_dump(configuration))

    night = analytics("run", *shop.arguments)

    assert night.code == 0, night.said
    assert asks == ["select * from lines"]
    accounting = pl.read_parquet(shop.published / "latest" / "row_accounting" / "*.parquet")
    rows = accounting.filter(pl.col("source") == configuration["sources"][0]["name"])
    assert rows["file"].to_list() == ["query.parquet"]
    assert rows["rows_in"].to_list() == [orders.height]

    before = latest_of(shop)["release"]
    database.unlink()
    again = analytics("run", *shop.arguments)

    assert again.code == 0, again.said
    assert latest_of(shop)["release"] == before
    (line,) = [line for line in again.said.splitlines() if "not fetched" in line]
    assert "query.parquet: the database" in line
    assert "unable to open database file; what was landed before counts" in line

    # Where a past date is asked for, or the night is blocked, nobody may think that what there is was asked for.
    past = analytics("backfill", "--from", LAST_DAY, "--to", LAST_DAY, *shop.arguments)
    assert (past.code, past.said.count(line.strip().removeprefix("warning "))) == (0, 1), past.said
    shop.configuration.write_text(yaml.safe_dump(configuration | {"limits": {"quarantine_rate": 0.0001}}))
    blocked = analytics("run", *shop.arguments)
    assert blocked.code == 1
    assert "blocked by checks that do not hold" in blocked.said
    assert blocked.said.count(line.strip().removeprefix("warning ")) == 1, blocked.said

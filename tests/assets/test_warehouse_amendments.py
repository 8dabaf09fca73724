"""A table that is written anew takes the place of a view of its name, and the other way round; or nothing happens."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import polars as pl
import pytest

from assets.statements import Amendment, Query
from assets.warehouse import Warehouse


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    made = Warehouse.open(None, threads=1)
    made.rows("create table noted (what VARCHAR)")
    yield made
    made.connection.close()


def kind_of(warehouse: Warehouse, name: str) -> str:
    return str(
        warehouse.scalar("select table_type from information_schema.tables where table_name = $name", {"name": name})
    )


def anew(number: int) -> Amendment:
    return Amendment(
        None, Query("select $number as number", {"number": number}), first=("insert into noted values ('x')",)
    )


@pytest.mark.parametrize("kinds", [("view", "table"), ("table", "view"), ("table", "table"), ("view", "view")])
def test_what_is_written_anew_takes_the_place_of_a_table_or_a_view(
    warehouse: Warehouse, kinds: tuple[str, str]
) -> None:
    for number, kind in enumerate(kinds):
        change = anew(number) if kind == "table" else Amendment(None, Query(f"select {number} as number"))
        warehouse.amend("numbers", change, kind=kind)
        assert kind_of(warehouse, "numbers") == {"table": "BASE TABLE", "view": "VIEW"}[kind]
        assert warehouse.rows("from numbers") == [(number,)]
    assert warehouse.scalar("select count(*) from noted") == kinds.count("table")


def test_where_the_rows_cannot_be_read_the_view_stays_as_it_was(warehouse: Warehouse) -> None:
    warehouse.amend("numbers", Amendment(None, Query("select 1 as number")), kind="view")
    with pytest.raises(duckdb.CatalogException):
        warehouse.amend("numbers", Amendment(None, Query("select * from missing"), first=anew(1).first))
    assert warehouse.scalar("select count(*) from noted") == 0
    assert kind_of(warehouse, "numbers") == "VIEW"


def test_the_engine_takes_joins_as_they_are_written_where_a_statement_asks_for_it(
    warehouse: Warehouse,
) -> None:
    said = Query("select current_setting('disabled_optimizers') as said")
    told = {}
    for statement in (said.joined_as_written(), said):
        warehouse.amend("joins", Amendment(None, statement))
        kept = warehouse.scalar("select said from joins")
        warehouse.keep("kept", statement)
        in_order = warehouse.in_order(statement, ["said"], lambda frames: pl.concat(list(frames)))
        [in_parts] = warehouse.in_parts(statement, 1)
        for frame in (warehouse.frame(statement), warehouse.frame("from kept"), in_order, in_parts):
            assert frame["said"].to_list() == [kept]
        told[statement.joins_as_written] = kept
    assert {"join_order", "build_side_probe_side"} <= set(told[True].split(","))
    assert not told[False]

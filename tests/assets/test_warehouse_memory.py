"""A statement that needs more memory than was reckoned takes more until it is done; a configured amount is kept to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.statements import Amendment, Query
from assets.warehouse import Warehouse

GREEDY = "select list(number) as numbers from range(2_000_000) as numbers(number)"
"""One value of sixteen megabytes and more, which cannot go to disk."""


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    made = Warehouse.open(None, threads=1)
    yield made
    made.connection.close()


def limit(warehouse: Warehouse) -> int:
    return int(warehouse.scalar("select parse_formatted_bytes(current_setting('memory_limit'))"))


def test_a_table_that_needs_more_than_was_reckoned_gets_twice_as_much_until_it_is_done(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    warehouse = Warehouse.open(tmp_path / "warehouse.duckdb", threads=1)
    warehouse.rows("create table noted (what VARCHAR)")
    warehouse.allow_memory(10)
    change = Amendment(None, Query(GREEDY), first=("insert into noted values ('once')",))
    warehouse.amend("numbers", change)
    assert warehouse.scalar("select len(numbers) from numbers") == 2_000_000
    assert warehouse.scalar("select count(*) from noted") == 1
    assert "9.5 MiB of memory did not suffice; this takes twice as much" in caplog.text
    assert limit(warehouse) <= 10_000_000
    assert warehouse.scalar("select current_setting('preserve_insertion_order')")
    warehouse.connection.close()


def test_so_do_frames_and_temporary_tables(warehouse: Warehouse) -> None:
    warehouse.allow_memory(10)
    assert warehouse.frame(GREEDY)["numbers"].list.len().item() == 2_000_000
    assert limit(warehouse) <= 10_000_000
    warehouse.keep("numbers", GREEDY)
    assert warehouse.scalar("select len(numbers) from numbers") == 2_000_000


def test_rows_in_parts_are_begun_again_with_twice_as_much_and_each_comes_once(warehouse: Warehouse) -> None:
    warehouse.allow_memory(10)
    parts = list(warehouse.in_parts(Query(f"select unnest(numbers) as number from ({GREEDY})"), 300_000))
    assert max(part.height for part in parts) <= 300_000
    assert [number for part in parts for number in part["number"]] == list(range(2_000_000))
    assert limit(warehouse) <= 10_000_000


def test_a_transaction_that_needs_more_begins_again_and_none_of_it_is_done_twice(warehouse: Warehouse) -> None:
    warehouse.rows("create table noted (what VARCHAR)")
    warehouse.allow_memory(10)

    def work() -> None:
        warehouse.rows("insert into noted values ('once')")
        warehouse.keep("numbers", Query(GREEDY, {}))

    warehouse.all_or_nothing(work)
    assert warehouse.scalar("select len(numbers) from numbers") == 2_000_000
    assert warehouse.scalar("select count(*) from noted") == 1
    assert limit(warehouse) <= 10_000_000


def test_an_amount_that_was_configured_is_kept_to_and_the_error_says_what_to_do() -> None:
    warehouse = Warehouse.open(None, memory_limit="10MB", threads=1)
    with pytest.raises(MemoryError, match=r"may use .*\. Give it more with limits\.memory"):
        warehouse.keep("numbers", GREEDY)
    with pytest.raises(MemoryError):
        warehouse.amend("numbers", Amendment(None, Query(GREEDY)))
    assert warehouse.scalar("select 1") == 1
    assert not warehouse.has("numbers")
    warehouse.connection.close()

"""Rows in the order of customers, given some at a time: no customer is torn in two, and no row is lost."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import duckdb
import polars as pl
import pytest

from assets import warehouse
from assets.customer_parts import whole_customers
from assets.statements import Query
from assets.warehouse import Warehouse

SCHEMA = {"customer_no": pl.Int32, "value": pl.Int64}


@pytest.mark.parametrize("seed", range(5))
def test_wherever_the_rows_are_cut_each_customer_is_in_one_part(seed: int) -> None:
    at_random = random.Random(seed)
    numbers = sorted(at_random.choices(range(1, 30), k=400))
    rows = pl.DataFrame({"customer_no": numbers, "value": range(400)}, schema=SCHEMA)
    cuts = [0, 0, *sorted(at_random.sample(range(1, 400), k=at_random.randint(1, 200))), 400]
    parts = list(whole_customers(rows[first:last] for first, last in pairwise(cuts)))
    assert pl.concat(parts).equals(rows)
    seen = [number for part in parts for number in part["customer_no"].unique()]
    assert len(seen) == len(set(seen))


def test_of_nobody_there_is_one_part_without_rows() -> None:
    assert [part.shape for part in whole_customers([pl.DataFrame(schema=SCHEMA)])] == [(0, 2)]


def test_a_query_is_answered_in_the_order_asked_for_and_some_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.warehouse._ROWS_AT_ONCE", 2_048)
    asked = Query("select cast(range * 7919 % 10000 as integer) as customer_no from range($most)", {"most": 10_000})
    parts = Warehouse.open(None).in_order(asked, ("customer_no",), list)
    assert parts[0].is_empty()
    assert len(parts) > 2
    assert pl.concat(parts)["customer_no"].to_list() == list(range(10_000))


@pytest.mark.parametrize(
    ("told", "expected"),
    [("Out of Memory Error: failed to pin block", duckdb.OutOfMemoryException), ("Input/output error", OSError)],
)
def test_a_lack_of_memory_in_the_middle_of_an_answer_is_told_as_one(told: str, expected: type[Exception]) -> None:
    def batches() -> Iterator[int]:
        yield 1
        raise OSError(told)

    reader = warehouse._read(batches())
    assert next(reader) == 1
    with pytest.raises(expected, match=told):
        next(reader)

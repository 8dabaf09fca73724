"""Ctrl-C and signals stop a night within a statement too: the engine's word for it is not one error among others."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from dagster._core.errors import DagsterExecutionInterruptedError

from assets.expectations.duckdb_dialect import BufferedCursor
from assets.warehouse import Warehouse

LONG = "select sum(hash(number)) from range(3_000_000_000) as numbers(number)"
WAYS: dict[str, Callable[[Warehouse], Any]] = {
    "rows": lambda warehouse: warehouse.rows(LONG),
    "frame": lambda warehouse: warehouse.frame(LONG),
    "a check": lambda warehouse: BufferedCursor(warehouse.connection).execute(LONG),
}


class StoppedError(BaseException):
    """What a signal raises."""


@pytest.fixture
def signal_to_come() -> Iterator[threading.Timer]:
    def stop(*_: Any) -> None:
        raise StoppedError

    before = signal.signal(signal.SIGTERM, stop)
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM))
    yield timer
    timer.join()
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("way", WAYS)
def test_a_signal_within_a_statement_ends_the_program_and_not_a_step_alone(
    signal_to_come: threading.Timer, way: str
) -> None:
    warehouse = Warehouse.open(None)
    signal_to_come.start()
    with pytest.raises(KeyboardInterrupt):
        WAYS[way](warehouse)
    assert warehouse.scalar("select 1") == 1
    warehouse.connection.close()


@pytest.mark.parametrize("said", [KeyboardInterrupt, DagsterExecutionInterruptedError])
def test_a_signal_while_the_engine_reads_rows_that_python_makes_ends_the_program(said: type[BaseException]) -> None:
    def made() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"amount": [1]})
        raise said

    warehouse = Warehouse.open(None)
    rows = pa.RecordBatchReader.from_batches(pa.schema([("amount", pa.int64())]), made())
    warehouse.connection.register("landed", rows)
    with pytest.raises(KeyboardInterrupt):
        warehouse.rows("select sum(amount) from landed")
    assert warehouse.scalar("select 1") == 1
    warehouse.connection.close()


def test_words_of_a_landed_row_stop_no_night() -> None:
    warehouse = Warehouse.open(None)
    with pytest.raises(duckdb.ConversionException):
        warehouse.rows("select cast('KeyboardInterrupt' as date)")
    warehouse.connection.close()

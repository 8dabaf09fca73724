"""Ctrl-C and signals stop a night within a statement too: the engine's word for it is not one error among others."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from assets.expectations.duckdb_dialect import BufferedCursor
from assets.warehouse import Query, Warehouse

LONG = "select sum(hash(number)) from range(3_000_000_000) as numbers(number)"
WAYS: dict[str, Callable[[Warehouse], Any]] = {
    "rows": lambda warehouse: warehouse.rows(LONG),
    "frame": lambda warehouse: warehouse.frame(Query(LONG)),
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

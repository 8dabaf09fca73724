"""How much memory the warehouse is given where the configuration does not say: what its rows need, not what is there.

Grouping and joining go to disk beyond it. Grouping ten million order lines in 400 MB takes a tenth more CPU time than
without a limit, and a fifth of the memory. Every thread holds parts of its own in memory, which cannot go to disk:
with less than some hundred megabytes for each a grouping fails.
"""

from __future__ import annotations

from assets.configuration.settings import Configuration
from assets.landing.judging import LANDED_TABLE
from assets.warehouse import Warehouse

_LEAST_MEGABYTES = 100
_MEGABYTES_PER_THREAD = 100
_BYTES_PER_ROW = 10


def allow_needed_memory(warehouse: Warehouse, configuration: Configuration) -> None:
    """Limit the warehouse's memory by threads and landed rows, unless the configuration limits it."""
    if configuration.limits.memory is None:
        rows = sum(int(warehouse.scalar(f"select count(*) from {table}")) for table in LANDED_TABLE.values())
        threads = int(warehouse.scalar("select current_setting('threads')"))
        warehouse.allow_memory(_LEAST_MEGABYTES + _MEGABYTES_PER_THREAD * threads + rows * _BYTES_PER_ROW // 1_000_000)

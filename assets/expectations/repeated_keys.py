"""Whether a table may hold a key twice, asked of the numbers its rows' keys hash to.

Sorted as plain numbers they take a fifth of the time of a grouping, and of memory eight bytes a row.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assets.statements import identifier, ranges_of
from assets.warehouse import Warehouse

ROWS_AT_ONCE = 12_500_000
"""Numbers sorted at once: a hundred megabytes. Of more rows a range of the numbers is looked at at a time."""


def may_repeat(warehouse: Warehouse, table: str, key: Sequence[str]) -> bool:
    """False where no two rows share a key: no two of their numbers are equal. Two NULLs are equal here.

    True says that two numbers are equal: two keys are too, unless they met in a number.
    """
    number = f"hash({', '.join(map(identifier, key))})"
    rows = int(warehouse.scalar(f"select count(*) from {identifier(table)}"))
    parts = 1 + rows // ROWS_AT_ONCE
    for within in ranges_of(number, parts) if parts > 1 else ("true",):
        numbers, found = np.empty(rows, np.uint64), 0  # pages that nothing is written to take no memory
        for (batch,) in warehouse.numbers(f"select {number} from {identifier(table)} where {within}"):
            numbers[found : found + len(batch)] = batch
            found += len(batch)
        numbers = numbers[:found]
        numbers.sort()
        if (numbers[1:] == numbers[:-1]).any():
            return True
    return False

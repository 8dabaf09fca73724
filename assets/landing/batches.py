"""Files taken in together: enough of them that a statement pays, few enough that their rows fit beside the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

ROWS_AT_ONCE = 2_500_000
"""Rows that one statement takes in or groups."""

File = TypeVar("File")


def batches(files: Sequence[File], rows_of: Callable[[File], int], most: int | None = None) -> Iterator[list[File]]:
    """The files in their order, as many in each batch as hold that many rows (ROWS_AT_ONCE); a larger one is alone.

    >>> list(batches([3, 4, 9, 1, 1], lambda rows: rows, most=7))
    [[3, 4], [9], [1, 1]]
    """
    most = most or ROWS_AT_ONCE
    batch: list[File] = []
    rows = 0
    for file in files:
        if batch and rows + rows_of(file) > most:
            yield batch
            batch, rows = [], 0
        batch.append(file)
        rows += rows_of(file)
    if batch:
        yield batch

"""Tables of sums that are kept from night to night, beside what they are sums of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from assets.warehouse import Warehouse


@dataclass(frozen=True)
class Sums:
    """A table of sums; a row in which all of them are 0 is none.

    Attributes:
        name: of the table.
        key: what a row stands for.
        values: what is summed.
    """

    name: str
    key: tuple[str, ...]
    values: tuple[str, ...]

    def changed(self, last: pl.DataFrame, taken: pl.DataFrame, added: pl.DataFrame) -> pl.DataFrame:
        """The sums of last time, without what these came to then, with what they come to now."""
        return self.added(last, taken.with_columns(-pl.col(self.values)), added)

    def added(self, *parts: pl.DataFrame) -> pl.DataFrame:
        """The sums of all of these."""
        return (
            pl.concat(part.select(*self.key, *self.values) for part in parts)
            .group_by(self.key)
            .agg(pl.col(self.values).sum())
            .filter(pl.any_horizontal(pl.col(self.values) != 0))
        )


def kept(warehouse: Warehouse, sums: Sums) -> pl.DataFrame:
    """The sums as they were last written."""
    return warehouse.frame(f"select * from {sums.name}")


def write(warehouse: Warehouse, sums: Mapping[Sums, pl.DataFrame], remember: Iterable[str]) -> None:
    """Write the tables anew, and what ``remember`` notes about them: all of it or nothing."""
    with warehouse.transaction():
        for one, rows in sums.items():
            with warehouse.lent("_sums", rows):
                warehouse.rows(f"create or replace table {one.name} as select * from _sums")
        for statement in remember:
            warehouse.rows(statement)

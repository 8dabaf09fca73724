"""A simulated shop of any size as files to land, Parquet or CSV, and one more day beside them.

Three years of ``models.simulator.shop`` with its dirt: duplicates, failed tries, spaces. Ids are texts. The shop is
drawn in shards of some hundred thousand customers, each adding its rows to the same monthly files, so that memory does
not grow with the number of lines. The same arguments write the same rows.

::

    OUT/history/orders/2023-01.parquet ..   one file per month; surveys/ likewise
    OUT/history/customers/customers.parquet
    OUT/day/orders/2026-01-01.parquet       the day after, in folders of the same names
    OUT/made.json                           what was written
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
import polars.selectors as cs
import pyarrow as pa
import pyarrow.parquet as pq

from models.simulator.dirt import CUSTOMER_DIRT, ORDER_DIRT, SURVEY_DIRT, DirtKind, soiled
from models.simulator.shop import Shop, simulate

FileFormat = Literal["parquet", "csv"]

FIRST_DAY, LAST_DAY = dt.date(2023, 1, 1), dt.date(2025, 12, 31)
NEXT_DAY = LAST_DAY + dt.timedelta(days=1)
LINES_PER_CUSTOMER = 13.9
"""What the laws of the shop give over the three years, dirt included; a test holds it."""
CUSTOMERS_PER_SHARD = 175_000
"""Some 2.5 million lines, 1.5 GB at the peak."""
SEED = 7
MADE_FILE = "made.json"

_TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
_MONEY = pl.Decimal(12, 2)
_TYPED = {
    "orders": {"ordered_at": pl.Datetime("us"), "line_id": pl.Int32, "quantity": pl.Int32, "unit_price": _MONEY,
               "discount": _MONEY},
    "surveys": {"responded_at": pl.Datetime("us"), "score": pl.Int32},
    "customers": {},
}  # fmt: skip


@dataclass(frozen=True)
class MadeShop:
    """What was written: rows as they land, dirt included.

    Attributes:
        lines: order lines of the history.
        answers: rows of its surveys, one per response and question.
        customers: rows of its customer file.
        day_lines: order lines of the day after.
        file_bytes: size of the history's files.
    """

    lines: int
    answers: int
    customers: int
    day_lines: int
    file_bytes: int


class _GrowingFiles:
    """Files that shards add rows to, each open until the end."""

    def __init__(self, out: Path, file_format: FileFormat, open_files: ExitStack) -> None:
        self.out, self.file_format, self.open_files = out, file_format, open_files
        self.writers: dict[Path, pq.ParquetWriter] = {}
        self.rows: dict[tuple[str, str], int] = {}

    def add(self, part: str, folder: str, name: str, rows: pl.DataFrame) -> None:
        """Add rows to ``OUT/part/folder/name``; a first shard makes it, with or without rows."""
        file = self.out / part / folder / f"{name}.{self.file_format}"
        self.rows[part, folder] = self.rows.get((part, folder), 0) + len(rows)
        if self.file_format == "csv":
            is_new = not file.exists()
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("ab") as end:
                rows.write_csv(end, include_header=is_new)
            return
        table = _typed(rows, folder).to_arrow(compat_level=pl.CompatLevel.oldest())
        if file not in self.writers:
            file.parent.mkdir(parents=True, exist_ok=True)
            self.writers[file] = self.open_files.enter_context(
                pq.ParquetWriter(file, _plain(table.schema), compression="zstd")
            )
        self.writers[file].write_table(table.cast(_plain(table.schema)))


def make_shop(out: Path, lines: int, *, file_format: FileFormat = "parquet") -> MadeShop:
    """Write the shop's files.

    Args:
        out: folder to write into, empty or missing.
        lines: order lines, about: the shop is of so many customers that it has so many.
        file_format: of every file.

    Raises:
        FileExistsError: the folder holds something.
    """
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty: choose another folder or delete it first")
    customers = max(1, round(lines / LINES_PER_CUSTOMER))
    shards = -(-customers // CUSTOMERS_PER_SHARD)
    borders = [round(customers * shard / shards) for shard in range(shards + 1)]
    with ExitStack() as open_files:
        files = _GrowingFiles(out, file_format, open_files)
        for shard, (first, after) in enumerate(pairwise(borders)):
            of_shop, of_dirt = np.random.default_rng([SEED, shard]).spawn(2)
            shop = simulate(after - first, start=FIRST_DAY, end=NEXT_DAY, rng=of_shop)
            _add_shard(files, _with_own_ids(shop, f"{shard:02}"), of_dirt)
    made = MadeShop(
        lines=files.rows["history", "orders"],
        answers=files.rows["history", "surveys"],
        customers=files.rows["history", "customers"],
        day_lines=files.rows["day", "orders"],
        file_bytes=sum(file.stat().st_size for file in (out / "history").rglob("*.*")),
    )
    (out / MADE_FILE).write_text(json.dumps(asdict(made)))
    return made


def shop_made(out: Path) -> MadeShop:
    """What was written into the folder, as it was noted then."""
    return MadeShop(**json.loads((out / MADE_FILE).read_text()))


def _with_own_ids(shop: Shop, shard: str) -> Shop:
    """The shop with ids that no other shard has."""

    def own(rows: pl.DataFrame, *ids: str) -> pl.DataFrame:
        return rows.with_columns(pl.col(*ids) + f"-{shard}")

    return Shop(
        order_lines=own(shop.order_lines, "order_id", "customer_id"),
        surveys=own(shop.surveys, "response_id", "customer_id", "order_id"),
        customers=own(shop.customers, "customer_id"),
        truth=shop.truth,
    )


def _add_shard(files: _GrowingFiles, shop: Shop, rng: np.random.Generator) -> None:
    """Soil a shard's rows and add them to the month's files, those of the last day to files of their own."""
    events: list[tuple[str, pl.DataFrame, str, tuple[DirtKind, ...]]] = [
        ("orders", shop.order_lines, "ordered_at", ORDER_DIRT),
        ("surveys", shop.surveys, "responded_at", SURVEY_DIRT),
    ]
    for folder, rows, moment, kinds in events:
        texts = pl.col(moment).dt.strftime(_TIME_FORMAT), cs.enum().cast(pl.String)
        for part, name, of_period in _by_file(rows, moment):
            files.add(part, folder, name, soiled(of_period.with_columns(texts), kinds, rng).rows)
    registered = shop.customers.with_columns(cs.enum().cast(pl.String))
    is_new = pl.col("acquired_at").cast(pl.Date) > LAST_DAY
    for part, name, rows in (
        ("history", "customers", registered.filter(~is_new)),
        ("day", NEXT_DAY.isoformat(), registered.filter(is_new)),
    ):
        files.add(part, "customers", name, soiled(rows, CUSTOMER_DIRT, rng).rows)


def _by_file(rows: pl.DataFrame, moment: str) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """Part, file name and rows of every month of the history and of the day after; the rows are in order of time."""
    months = [dt.date(FIRST_DAY.year + m // 12, m % 12 + 1, 1) for m in range(12 * (NEXT_DAY.year - FIRST_DAY.year))]
    ends = [*months, NEXT_DAY, NEXT_DAY + dt.timedelta(days=1)]
    places = rows[moment].search_sorted(pl.Series(ends).cast(pl.Datetime("us")))
    parts = [*(("history", f"{month:%Y-%m}") for month in months), ("day", NEXT_DAY.isoformat())]
    for (part, name), (first, after) in zip(parts, pairwise(places), strict=True):
        yield part, name, rows[first:after]


def _typed(rows: pl.DataFrame, folder: str) -> pl.DataFrame:
    """The rows in the types a Parquet export has; a date that is none is empty there."""
    types = _TYPED[folder]
    moments = [name for name, type_ in types.items() if type_.is_temporal()]
    others = {name: type_ for name, type_ in types.items() if name not in moments}
    read = pl.col(moments).str.to_datetime(_TIME_FORMAT, strict=False)
    return rows.with_columns(read).cast(others) if moments else rows


def _plain(schema: pa.Schema) -> pa.Schema:
    """The schema with one kind of text."""
    return pa.schema(
        [field.with_type(pa.string()) if pa.types.is_large_string(field.type) else field for field in schema]
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A simulated shop of any size as files to land.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--format", choices=["parquet", "csv"], default="parquet")
    arguments = parser.parse_args()
    print(json.dumps(asdict(make_shop(arguments.out, arguments.lines, file_format=arguments.format))))


if __name__ == "__main__":
    main()

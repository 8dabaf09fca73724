"""Writes a simulated shop as files to land, with a configuration that reads them and the truth beside them.

::

    OUT/orders/2024-01.csv ..     one file per month: sold lines and returns by their own date
    OUT/surveys/2024-01.csv ..    one file per month: one row per response and question
    OUT/customers/customers.csv   registered customers
    OUT/truth/customers.parquet   what was drawn for each customer; never landed
    OUT/truth/dirt.parquet        what went wrong in which file, and how often; never landed
    OUT/analytics.yaml            `analytics run --config OUT/analytics.yaml`
"""

from __future__ import annotations

import shutil
from calendar import isleap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import polars.selectors as cs

from models.simulator.dirt import CUSTOMER_DIRT, ORDER_DIRT, SURVEY_DIRT, DirtKind, SoiledFile, soiled
from models.simulator.shop import Shop, simulate

CONFIGURATION_FILE = "analytics.yaml"
CUSTOMER_FILE = "customers.csv"
_PARTS = ("orders", "surveys", "customers", "truth", CONFIGURATION_FILE)
_PARTIAL = ".partial"
_TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
_AS_TEXT = cs.enum().cast(pl.String)


@dataclass(frozen=True)
class SampleShop:
    """What was written.

    Attributes:
        out: the folder.
        configuration: the configuration file in it.
        customers: registered customers.
        order_rows, survey_rows: rows in the landed files, dirt included.
    """

    out: Path
    configuration: Path
    customers: int
    order_rows: int
    survey_rows: int


def write_sample_shop(
    customers: int,
    seed: int,
    out: Path,
    *,
    end: date = date(2025, 12, 31),
    years: int = 2,
) -> SampleShop:
    """Simulate a shop and write its files; the same arguments write the same bytes.

    Args:
        customers: registered customers, 1 or more.
        seed: seed of the random numbers, 0 or more.
        out: folder to write into; made if it is missing, other files in it are left alone.
        end: last day of the shop's log.
        years: whole years of log up to `end`.

    Raises:
        ValueError: fewer than one customer or year, or a negative seed.
        FileExistsError: the folder already holds a shop.
    """
    if years < 1:
        raise ValueError(f"a shop's log needs at least 1 year, got {years}")
    if seed < 0:
        raise ValueError(f"the seed of a shop is 0 or more, got {seed}")
    present = [part for part in _PARTS if (out / part).exists()]
    if present:
        raise FileExistsError(f"{out} already holds {', '.join(present)}: choose an empty folder or delete them first")

    start = _years_before(end + timedelta(days=1), years)
    of_shop, of_dirt = np.random.default_rng(seed).spawn(2)
    shop = simulate(customers, start=start, end=end, rng=of_shop)

    # Everything is written aside and moved at the end, the configuration last: what has one is whole.
    aside = out / _PARTIAL
    shutil.rmtree(aside, ignore_errors=True)
    for part in _PARTS[:-1]:
        (aside / part).mkdir(parents=True)
    dirt = _write_landing_files(shop, start, end, of_dirt, aside)
    dirt.write_parquet(aside / "truth" / "dirt.parquet")
    shop.truth.write_parquet(aside / "truth" / "customers.parquet")
    configuration = resources.files("pipelines").joinpath("sample_shop.yaml").read_text(encoding="utf-8")
    configuration = configuration.replace("first_as_of: 2024-01-01", f"first_as_of: {start}")
    (aside / CONFIGURATION_FILE).write_text(configuration, encoding="utf-8")
    for part in _PARTS:
        (aside / part).rename(out / part)
    aside.rmdir()

    def extra_rows(folder: str) -> int:
        return int(dirt.filter(pl.col("outcome") != "accepted", folder=folder)["rows"].sum())

    return SampleShop(
        out=out,
        configuration=out / CONFIGURATION_FILE,
        customers=customers,
        order_rows=len(shop.order_lines) + extra_rows("orders"),
        survey_rows=len(shop.surveys) + extra_rows("surveys"),
    )


def _write_landing_files(
    shop: Shop,
    start: date,
    end: date,
    rng: np.random.Generator,
    out: Path,
) -> pl.DataFrame:
    """Soil and write every file; one row of dirt per folder, file and kind: folder, file, kind, outcome, rows."""
    months = _months(start, end)
    dirt: list[pl.DataFrame] = []

    def write(folder_name: str, file: str, landed: SoiledFile) -> None:
        landed.rows.write_csv(out / folder_name / file)
        dirt.append(landed.dirt.select(pl.lit(folder_name).alias("folder"), pl.lit(file).alias("file"), pl.all()))

    monthly: Sequence[tuple[str, pl.DataFrame, str, Sequence[DirtKind]]] = (
        ("orders", shop.order_lines, "ordered_at", ORDER_DIRT),
        ("surveys", shop.surveys, "responded_at", SURVEY_DIRT),
    )
    for folder, rows, moment, kinds in monthly:
        repeated = months[rng.integers(len(months))]  # one export of each kind was interrupted and resumed
        borders = rows[moment].search_sorted(pl.Series([*months, end + timedelta(days=1)]).cast(pl.Datetime("us")))
        for month, (first, after) in zip(months, pairwise(borders), strict=True):
            of_month = rows[first:after].with_columns(pl.col(moment).dt.strftime(_TIME_FORMAT), _AS_TEXT)
            write(folder, f"{month:%Y-%m}.csv", soiled(of_month, kinds, rng, repeats_block=month == repeated))
    write(
        "customers",
        CUSTOMER_FILE,
        soiled(shop.customers.with_columns(_AS_TEXT), CUSTOMER_DIRT, rng),
    )
    return pl.concat(dirt)


def _months(start: date, end: date) -> list[date]:
    """First days of the months from start's to end's."""
    return [date(m // 12, m % 12 + 1, 1) for m in range(start.year * 12 + start.month - 1, end.year * 12 + end.month)]


def _years_before(day: date, years: int) -> date:
    """The same day `years` earlier; 1 March where that is a 29 February that does not exist."""
    if (day.month, day.day) == (2, 29) and not isleap(day.year - years):
        return date(day.year - years, 3, 1)
    return day.replace(year=day.year - years)

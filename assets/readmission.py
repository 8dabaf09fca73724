"""What becomes of the rows set aside when their files are read again under the present configuration.

Read aside, from the archive: the warehouse, the last night's tables and the landing zone stay as they are.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from assets import clean
from assets.configuration.settings import Configuration
from assets.durable_files import unfinished
from assets.landing.landing_journal import entries_of, insert_files
from assets.landing.landing_zone import prepare_schema, read_archived
from assets.night import Night
from assets.night_ledger import lost_file
from assets.statements import query
from assets.warehouse import Warehouse

_TABLES = (clean.file_register, clean.exchange_rates, clean.row_outcomes, clean.quarantine)
_KEY = ("source", "file", "content", "line_number", "column_name")


class NoNightError(Exception):
    """No night has been computed in this home, or its quarantine is gone: nobody knows what is set aside."""


@dataclass(frozen=True)
class SetAside:
    """What the last night set aside of the files in force.

    Attributes:
        as_of: its date.
        known_at: UTC moment after which nothing loaded counted for it.
        rows: one per record or single answer: source, file, content, line_number, column_name, reasons, raw.
        unreadable: one per file that could not be read: source, file, content, error.
        superseded: further records, of versions that a newer one has replaced.
    """

    as_of: dt.date
    known_at: dt.datetime
    rows: pl.DataFrame
    unreadable: pl.DataFrame
    superseded: int


@dataclass(frozen=True)
class Readmission:
    """What reading again comes to.

    Attributes:
        rows: one per record or answer that was set aside: source, file, line_number, column_name, reasons (then),
            reasons_now (NULL: it comes back), amount and currency as they are read now (NULL where they are not).
        unreadable: one per file that could not be read then or cannot be now: source, file, error (then), error_now.
        newly: further records and answers of the same files that counted and are set aside now.
    """

    rows: pl.DataFrame
    unreadable: pl.DataFrame
    newly: int


def set_aside(warehouse: Warehouse, published: Path) -> SetAside:
    """What the last night set aside, whether it was published or blocked; read from its file under ``published``.

    Raises:
        NoNightError: there was none, or the file is gone or damaged.
    """
    last: tuple[Any, ...] | None = None
    if warehouse.has("quarantine") and warehouse.has("file_register"):
        noted = "select as_of, known_at, version from night_tables where name = 'quarantine'"
        last = next(iter(warehouse.rows(noted)), None)
    if last is None:
        raise NoNightError("no night has been computed here yet: `analytics run` says what it sets aside")
    if lost := lost_file(published, last[2]):
        raise NoNightError(
            f"{published / lost} is gone or damaged: it held what the night of {last[0]}, the last that was computed "
            "here, set aside. Where it was pruned, `analytics run --full` computes a night anew; else see `analytics "
            "releases verify`"
        )
    held = """
        from quarantine
        join file_register as register using (source, file, content)
        where register.status """
    rows = warehouse.frame(f"select quarantine.* exclude (as_of) {held} = 'loaded' order by {', '.join(_KEY)}")
    unreadable = warehouse.frame(
        "select source, file, content, error from file_register where status = 'unreadable' order by all"
    )
    superseded = int(warehouse.scalar(f"select count(*) {held} <> 'loaded'"))
    return SetAside(last[0], last[1], rows, unreadable, superseded)


def readmission(warehouse: Warehouse, configuration: Configuration, home: Path, found: SetAside) -> Readmission:
    """Read the files that hold rows set aside again, under this configuration, and say what becomes of the rows.

    Exchange rates are read too, whatever file they are in: a row may have waited for one. Whether a row that comes back
    is a copy of one in another file shows only in the night.
    """
    wanted = {(row["source"], row["file"], row["content"]) for row in found.rows.iter_rows(named=True)}
    wanted |= {(row["source"], row["file"], row["content"]) for row in found.unreadable.iter_rows(named=True)}
    rates = {source.name for source in configuration.sources if source.kind == "exchange_rates"}
    entries = [
        entry
        for entry in entries_of(warehouse)
        if entry["source"] in rates or (entry["source"], entry["file"], entry["content"]) in wanted
    ]
    draft = unfinished(home, suffix=".duckdb")
    try:
        with Warehouse.open(draft, memory_limit=configuration.limits.memory) as aside:
            prepare_schema(aside)
            insert_files(aside, entries)
            read_archived(aside, configuration, home)
            newest = dt.datetime.max  # everything that has landed may help
            night = Night(found.as_of, newest, configuration, aside, home)
            night.compute(*_TABLES)
            rows, unreadable = _fates(aside, found.rows), _unreadable(aside, found.unreadable)
            return Readmission(rows, unreadable, _newly_set_aside(aside, found.rows))
    finally:
        for leftover in (draft, Path(f"{draft}.wal")):
            leftover.unlink(missing_ok=True)


def _fates(aside: Warehouse, before: pl.DataFrame) -> pl.DataFrame:
    with aside.lent("set_aside", before):
        return aside.frame(query("landing/readmitted_rows.sql"))


def _newly_set_aside(aside: Warehouse, before: pl.DataFrame) -> int:
    with aside.lent("set_aside", before):
        return int(
            aside.scalar(
                f"""select count(*)
                from (select distinct {", ".join(_KEY)} from quarantine
                    except select {", ".join(_KEY)} from set_aside) as newly
                semi join (select distinct source, file, content from set_aside) as kept
                    using (source, file, content)"""
            )
        )


def _unreadable(aside: Warehouse, before: pl.DataFrame) -> pl.DataFrame:
    now = aside.frame("select source, file, content, error as error_now from file_register where error is not null")
    joined = before.join(now, on=["source", "file", "content"], how="full", coalesce=True)
    return joined.drop("content").sort("source", "file")

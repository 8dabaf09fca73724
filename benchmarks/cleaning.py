"""What cleaning costs beside a dedupe written by hand: CPU seconds and peak memory, each in a process of its own.

Order lines of a made-up shop, a hundredth of them delivered twice and one in two hundred corrupt, land as monthly
Parquet files. From the landed rows the night's own tables are made (file register to quarantine, order lines, which are
a view, and their sums by file, order and day), and, in the same warehouse file, a table of the lines' columns by a
statement per month that keeps one of equal rows. The two take turns; medians and their ratio are printed, and what
landing has found out about the rows before.

    python benchmarks/cleaning.py --lines 10000000
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from assets.configuration.settings import Configuration
from assets.landing.landing_zone import land, prepare_schema
from assets.landing.row_summaries import summarise_new_rows
from assets.night import Night
from assets.tables import ORDER_LINES
from assets.warehouse import Warehouse
from benchmarks.cleaned import CLEANING

FIRST_MONTH, MONTHS = dt.date(2022, 1, 1), 24
AS_OF = dt.date(2023, 12, 31)
LANDED_AT = dt.datetime(2024, 1, 1, 2, 0)


def make_files(folder: Path, lines: int) -> None:
    """Monthly Parquet files with so many lines in all, the same ones every time."""
    folder.mkdir(parents=True)
    each = lines // MONTHS
    connection = duckdb.connect()
    for month in range(MONTHS):
        start = month * each
        connection.execute(
            f"""copy (
                with lines as (
                    -- Every hundredth line is the one before it once more.
                    select i - (i % 100 = 99)::int as line, i % 200 = 50 as is_corrupt
                    from range({start}, {start + each}) as numbers(i)
                )
                select
                    'O' || lpad((line // 3)::varchar, 9, '0') as order_id,
                    timestamp '{FIRST_MONTH}' + interval ({month}) month
                        + to_seconds((line // 3 - {start // 3}) * 2400000 // {each // 3 + 1}) as ordered_at,
                    case when line // 3 % 20 > 0
                        then 'C' || lpad((hash(line // 3) % {lines // 20 + 1})::varchar, 8, '0') end as customer_id,
                    'P' || lpad((hash(line) % 5000)::varchar, 5, '0') as product_id,
                    'Product number ' || (hash(line) % 5000)::varchar as product_name,
                    'Category ' || (hash(line) % 5000 % 20)::varchar as category,
                    1 + hash(line, 1) % 5 as quantity,
                    case when is_corrupt then -1 else 1 end * (99 + hash(line) % 5000)::decimal(18, 2) / 100 as price,
                    case when hash(line // 3, 1) % 4 = 0 then 'app' else 'web' end as channel,
                    'Region ' || (hash(line // 3) % 12)::varchar as region,
                    'paid' as status
                from lines
            ) to '{folder}/{month + 1:02}.parquet' (format parquet)"""
        ).fetchall()


def configuration_of(folder: Path) -> Configuration:
    """The made-up shop's."""
    columns = ("order_id", "ordered_at", "customer_id", "product_id", "product_name", "category", "quantity")
    more = {"unit_price": "price", "channel": "channel", "region": "region", "status": "status"}
    source = {
        "name": "shop", "kind": "transactions", "path": str(folder / "raw" / "*.parquet"),
        "columns": {name: name for name in columns} | more,
    }  # fmt: skip
    return Configuration.model_validate(
        {
            "home": str(folder / "home"),
            "business": {"name": "Made-up shop", "timezone": "UTC", "currency": "GBP"},
            "sources": [source],
        }
    )


def opened(folder: Path) -> Warehouse:
    """The warehouse of the landed rows."""
    return Warehouse.open(folder / "home" / "warehouse.duckdb")


def land_files(folder: Path) -> None:
    """Take the files in."""
    (folder / "home").mkdir(exist_ok=True)
    warehouse = opened(folder)
    prepare_schema(warehouse)
    land(warehouse, configuration_of(folder), ["transactions"], home=folder / "home", loaded_at=LANDED_AT)
    warehouse.connection.close()


def clean_as_a_night_does(folder: Path) -> None:
    """Every table of cleaning, from the landed rows."""
    warehouse = opened(folder)
    night = Night(AS_OF, LANDED_AT, configuration_of(folder), warehouse, folder / "home")
    night.compute(*CLEANING)
    warehouse.connection.close()


def clean_by_hand(folder: Path) -> None:
    """One of equal rows, month by month, in the columns of the clean order lines.

    Of several ways tried (a window, a pair of numbers to join by, one number) the one that takes the least.
    """
    warehouse = opened(folder)
    columns = ", ".join(f"{column.name} {column.type}" for column in ORDER_LINES.columns)
    warehouse.rows(f"create or replace table by_hand ({columns})")
    for month in range(MONTHS):
        start, end = month_start(month), month_start(month + 1)
        rows = f"reasons is null and ordered_at >= timestamp '{start}' and ordered_at < timestamp '{end}'"
        warehouse.rows(
            f"""insert into by_hand by name
            with kept as (
                select min(content_no << 40 | line_number) as place
                from landed_transactions
                where {rows}
                group by order_id, row_hash
            )
            select files.source, files.file, files.content, line_number, order_id, line_id, ordered_at,
                ordered_at::date as ordered_on, customer_id, customer_id as account_id, product_id, product_name,
                category, kind, quantity, unit_price, amount, discount, currency, channel, region, status,
                files.loaded_at, false as is_repayment
            from landed_transactions as landed
            join landed_contents using (content_no)
            join landed_files as files on files.content = landed_contents.content
            semi join kept on kept.place = landed.content_no << 40 | landed.line_number
            where {rows}"""
        )
    warehouse.connection.close()


def month_start(month: int) -> dt.date:
    """First day of the month of that number, the first file's being 0."""
    return dt.date(FIRST_MONTH.year + month // 12, month % 12 + 1, 1)


def summarise_by_landing(folder: Path) -> None:
    """What landing finds out about rows once, which a dedupe by hand finds out while it cleans."""
    warehouse = opened(folder)
    for table in ("landed_counts", "landed_set_aside", "repeated_rows", "split_orders", "summarised_contents"):
        warehouse.rows(f"delete from {table}")
    summarise_new_rows(warehouse)
    warehouse.connection.close()


def clean_lines(folder: Path) -> int:
    """The number of clean lines; refuses a comparison of two tables that are not the same.

    Raises:
        SystemExit: they are not.
    """
    warehouse = opened(folder)
    columns = ", ".join(column.name for column in ORDER_LINES.columns if column.name not in ("file", "line_number"))
    counts = [
        warehouse.rows(f"select count(*), sum(amount), bit_xor(hash({columns})) from {table}")[0]
        for table in ("order_lines", "by_hand")
    ]
    warehouse.connection.close()
    if counts[0] != counts[1]:
        raise SystemExit(f"the two ways differ: {counts[0]} and {counts[1]} (lines, money, hash)")
    return int(counts[0][0])


TASKS: dict[str, Callable[[Path], object]] = {
    "landing": land_files, "summaries": summarise_by_landing, "cleaning": clean_as_a_night_does,
    "by hand": clean_by_hand, "equal": clean_lines,
}  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """CPU seconds and peak megabytes of a task in a process of its own, and what it answered."""

    cpu: float
    peak: float
    answer: object


def measured(task: str, folder: Path, lines: int) -> Measured:
    """Do it. The process that waits stays small: a child's peak starts with its parent's."""
    command = [sys.executable, str(Path(__file__).resolve()), "--task", task, "--folder", str(folder)]
    command += ["--lines", str(lines)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Measured(**json.loads(told.splitlines()[-1]))


def run_task(task: str, folder: Path, lines: int) -> None:
    """Do it and tell what it took, the imports apart."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    answer = make_files(folder / "raw", lines) if task == "files" else TASKS[task](folder)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    print(json.dumps(vars(Measured(cpu, after.ru_maxrss / 1024, answer))))


def compare(lines: int, turns: int, folder: Path) -> None:
    """Make, land, clean both ways in turn, and print what each took."""
    measured("files", folder, lines)
    landing = measured("landing", folder, lines)
    landed = folder / "home" / "warehouse.duckdb"
    kept = folder / "landed.duckdb"
    shutil.copy(landed, kept)
    found: dict[str, list[Measured]] = {"summaries": [], "cleaning": [], "by hand": []}
    equal: object = 0
    for _ in range(turns):
        shutil.copy(kept, landed)
        for task, results in found.items():
            results.append(measured(task, folder, lines))
        equal = measured("equal", folder, lines).answer
    print(
        f"{lines:,} lines landed, the summaries among it: {landing.cpu:.1f} CPU s, {landing.peak:,.0f} MB at the peak"
    )
    print(f"{equal:,} clean lines")
    medians: dict[str, float] = {}
    for task, results in found.items():
        medians[task] = statistics.median(result.cpu for result in results)
        turns_told = ", ".join(f"{result.cpu:.2f}" for result in results)
        peak = max(result.peak for result in results)
        print(f"{task}: {medians[task]:.2f} CPU s (median of {turns_told}), {peak:,.0f} MB at the peak")
    ratio = medians["cleaning"] / medians["by hand"]
    print(f"cleaning / by hand = {ratio:.2f}; with the summaries that landing made of the rows, ", end="")
    print(f"{ratio + medians['summaries'] / medians['by hand']:.2f}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="CPU and memory of cleaning beside a dedupe written by hand.")
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to work; default: a temporary folder")
    parser.add_argument("--task", choices=["files", *TASKS], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.task:
        run_task(arguments.task, arguments.folder, arguments.lines)
        return
    with tempfile.TemporaryDirectory() as temporary:
        compare(arguments.lines, arguments.turns, arguments.folder or Path(temporary))


if __name__ == "__main__":
    main()

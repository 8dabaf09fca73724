"""The pipeline's night over a made-up shop, table by table: CPU and memory of each, without orchestrator and checks.

    python -m benchmarks.night HOME FIGURES --as-of 2025-12-31 --tables same

It lands what lies under HOME/raw and computes the tables in the order of the night. ``same`` are the tables the peers
make too, with every table those are made from; ``every`` adds churn, moves and all the rest. Between HOME's nights its
warehouse stays, so a second night takes in what is new.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import resource
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import yaml

from benchmarks.process_cost import LargestSeen, work_begins

SHARED_TABLES = (
    "order_lines", "quarantine", "rfm_segments", "lifecycle_stages", "value_tiers", "retention_cohorts",
    "kpi_scorecard", "csat", "nps",
)  # fmt: skip
"""What the peers make as well."""
VALUE_GROUP = "value"
OWN_GROUPS = ("churn", VALUE_GROUP)
"""Groups of which the peers make no other table; where one that they make reads one of these, it is empty."""
CONFIGURATION_FILE = "analytics.yaml"
WAREHOUSE = "warehouse.duckdb"
SPILL = f"{WAREHOUSE}.tmp"
"""Where the engine puts what does not fit in memory."""
SAMPLE = Path(__file__).parents[1] / "pipelines" / "sample_shop.yaml"


@dataclass(frozen=True)
class Step:
    """What one step of a night took.

    Attributes:
        name: the table, ``landing``, or ``close`` for what the engine does at the end.
        group: the table's, or the name once more.
        is_shared: whether a peer needs such a step too.
        as_of: date of the night.
        cpu: CPU seconds, the published file's among them.
        peak: megabytes resident at the peak while it ran, whatever was held before among them.
        spilled: megabytes that did not fit in memory and lay on disk at the peak.
        rows: rows of the table; None where the step is no table.
    """

    name: str
    group: str
    is_shared: bool
    as_of: str
    cpu: float
    peak: float
    spilled: float
    rows: int | None


def prepare_home(home: Path, history: Path) -> None:
    """A home that reads the history's files: the sample shop's configuration, and links to the files."""
    home.mkdir(parents=True)
    extension = next(history.glob("orders/*")).suffix
    wanted = yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))
    wanted["home"] = str(home)
    for source in wanted["sources"]:
        folder = source["path"].split("/")[0]
        source["path"] = str(home / "raw" / folder / f"*{extension}")
    (home / CONFIGURATION_FILE).write_text(yaml.safe_dump(wanted, sort_keys=False), encoding="utf-8")
    add_files(home, history)


def add_files(home: Path, part: Path) -> None:
    """Let the home's sources find the files of another part of the shop too."""
    for file in sorted(part.glob("*/*")):
        place = home / "raw" / file.parent.name / file.name
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, place)


def nights(home: Path, dates: list[dt.date], *, every: bool) -> Iterator[Step]:
    """Land what is new, then compute the tables of each date.

    Args:
        home: prepared before.
        dates: of the nights, the earliest first.
        every: every table of the night, not only the shared ones and what they are made from.
    """
    from assets.landing.judging import LANDED_TABLE
    from assets.landing.landing_zone import land, prepare_schema
    from assets.night import Night
    from assets.night_ledger import prepare_ledger
    from assets.release import write_table
    from assets.statements import Query
    from assets.warehouse import Warehouse
    from pipelines.configuration_file import load
    from pipelines.definitions import NIGHT_TABLES

    configuration = load(home / CONFIGURATION_FILE)
    shared = tables_behind(SHARED_TABLES)
    warehouse = Warehouse.open(home / WAREHOUSE, memory_limit=configuration.limits.memory)
    prepare_schema(warehouse)
    prepare_ledger(warehouse)
    work_begins()

    meter = Meter(home / SPILL)
    loaded_at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    land(warehouse, configuration, list(LANDED_TABLE), home=home, loaded_at=loaded_at)
    yield meter.step("landing", "landing", True, dates[0], None)
    for as_of in dates:
        night = Night(as_of, loaded_at + dt.timedelta(seconds=1), configuration, warehouse, home)
        for table in NIGHT_TABLES:
            contract = table.contract
            is_shared = contract.name in shared
            if not every and not is_shared:
                if contract.group in OWN_GROUPS:
                    nothing = ", ".join(f"null::{column.type} as {column.name}" for column in contract.columns)
                    warehouse.replace(contract, Query(f"select {nothing} where false"))
                continue
            rows, _ = write_table(night, table)
            yield meter.step(contract.name, contract.group, is_shared, as_of, rows)
    warehouse.connection.close()
    yield meter.step("close", "close", True, dates[-1], None)
    meter.stop()


def tables_behind(wanted: tuple[str, ...]) -> set[str]:
    """The tables of those names and all they are made from, those no peer makes left out."""
    from pipelines.definitions import NIGHT_TABLES

    by_name = {table.contract.name: table for table in NIGHT_TABLES}
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        table = by_name[waiting.pop()]
        is_made = table.contract.name in wanted or table.contract.group not in OWN_GROUPS
        if is_made and table.contract.name not in found:
            found.add(table.contract.name)
            waiting += [read.name for read in table.reads]
    return found


class Meter:
    """CPU seconds, peak memory and what lay in a folder at most, of this process since the last step."""

    def __init__(self, spill: Path) -> None:
        self.cpu = self._cpu()
        self._forget_peak()
        self._spilled = LargestSeen(partial(_size, spill))
        self._spilled.start()

    def step(self, name: str, group: str, is_shared: bool, as_of: dt.date, rows: int | None) -> Step:
        """What was taken since the step before."""
        cpu = self._cpu() - self.cpu
        spilled = self._spilled.largest / 1e6
        taken = Step(name, group, is_shared, as_of.isoformat(), cpu, self._peak(), spilled, rows)
        self._forget_peak()
        self._spilled.largest = 0
        self.cpu = self._cpu()
        return taken

    def stop(self) -> None:
        """Look no longer."""
        self._spilled.stop()

    @staticmethod
    def _cpu() -> float:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime

    @staticmethod
    def _peak() -> float:
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(dict(line.split(":") for line in lines)["VmHWM"].split()[0]) * 1024 / 1e6

    @staticmethod
    def _forget_peak() -> None:
        Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets VmHWM


def _size(folder: Path) -> int:
    """Bytes of the files of a folder, which may not be there."""
    try:
        return sum(entry.stat().st_size for entry in os.scandir(folder))
    except OSError:
        return 0  # the folder, or a file in it, is gone again


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A night table by table: CPU and memory of each.")
    parser.add_argument("home", type=Path)
    parser.add_argument("figures", type=Path, help="JSON file for what each step took")
    parser.add_argument("--as-of", type=dt.date.fromisoformat, action="append", required=True)
    parser.add_argument("--tables", choices=["same", "every"], default="same")
    arguments = parser.parse_args()
    steps = nights(arguments.home, sorted(arguments.as_of), every=arguments.tables == "every")
    arguments.figures.write_text(json.dumps([asdict(step) for step in steps]))


if __name__ == "__main__":
    main()

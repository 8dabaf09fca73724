"""What many dates cost in one backfill, beside one: weekly snapshots of a simulated shop, and the last of them alone.

Both begin with files that have not landed, in a home and a process of their own, so imports and landing are in both.
Printed are the CPU seconds of either, their ratio, and what a further date costs.

    python -m benchmarks.backfill --customers 3000 --weeks 12
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results_page import write_section
from pipelines.sample_shop import write_sample_shop

BEGIN, END = "<!-- many dates: begin -->", "<!-- many dates: end -->"
LAST_DAY = dt.date(2024, 12, 29)
COMMAND = "from pipelines.command_line import main; main()"


@dataclass(frozen=True)
class Cost:
    """CPU and elapsed seconds of one process."""

    cpu: float
    wall: float


def cost_of(*arguments: str) -> Cost:
    """Run ``analytics`` with the arguments in a process of its own."""
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", COMMAND, *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"analytics {' '.join(arguments)} ended with {process.returncode}")
    return Cost(used.ru_utime + used.ru_stime, time.monotonic() - began)


def section(customers: int, weeks: int, one: Cost, many: Cost) -> str:
    """Both, their ratio and what a further date costs, as Markdown."""
    further = Cost((many.cpu - one.cpu) / (weeks - 1), (many.wall - one.wall) / (weeks - 1))
    return (
        f"{customers:,} customers:\n\n| | CPU s | / one | elapsed s |\n|---|---|---|---|\n"
        f"| one snapshot: `analytics run` | {one.cpu:.1f} | | {one.wall:.0f} |\n"
        f"| {weeks} weekly ones: `analytics backfill` | {many.cpu:.1f} | {many.cpu / one.cpu:.2f} | {many.wall:.0f} |\n"
        f"| a further one | {further.cpu:.1f} | {further.cpu / one.cpu:.2f} | {further.wall:.0f} |"
    )


def measure(customers: int, weeks: int, page: Path | None) -> None:
    """Measure both, print what was measured, and write the page where one is named."""
    with tempfile.TemporaryDirectory() as folder:
        write_sample_shop(customers, 1, Path(folder) / "shop", end=LAST_DAY, years=2)
        config = ("--config", f"{folder}/shop/analytics.yaml", "--home")
        one = cost_of("run", *config, f"{folder}/one", "--as-of", str(LAST_DAY))
        first = LAST_DAY - dt.timedelta(weeks=weeks - 1)
        dates = ("--from", str(first), "--to", str(LAST_DAY), "--every", "1w")
        many = cost_of("backfill", *config, f"{folder}/many", *dates)
    text = section(customers, weeks, one, many)
    print(text)
    if page:
        write_section(page, text, BEGIN, END)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=3_000)
    parser.add_argument("--weeks", type=int, default=12)
    parser.add_argument("--page", type=Path, help="page whose section is written anew")
    asked = parser.parse_args()
    measure(asked.customers, asked.weeks, asked.page)


if __name__ == "__main__":
    main()

"""What many dates cost in one backfill, beside one: weekly snapshots of a simulated shop, and the last of them alone.

Both begin with files that have not landed, in a home and a process of their own, so imports and landing are in both.
Printed are the CPU seconds of either, their ratio, and what a further date costs.

    python benchmarks/backfill.py --customers 3000 --weeks 12
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

from pipelines.sample_shop import write_sample_shop

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


def main() -> None:
    """Measure both, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=3_000)
    parser.add_argument("--weeks", type=int, default=12)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_sample_shop(asked.customers, 1, Path(folder) / "shop", end=LAST_DAY, years=2)
        config = ("--config", f"{folder}/shop/analytics.yaml", "--home")
        one = cost_of("run", *config, f"{folder}/one", "--as-of", str(LAST_DAY))
        first = LAST_DAY - dt.timedelta(weeks=asked.weeks - 1)
        dates = ("--from", str(first), "--to", str(LAST_DAY), "--every", "1w")
        many = cost_of("backfill", *config, f"{folder}/many", *dates)
    print(f"one snapshot: {one.cpu:.1f} CPU s, {one.wall:.1f} s elapsed")
    print(f"{asked.weeks} snapshots: {many.cpu:.1f} CPU s, {many.wall:.1f} s elapsed")
    print(f"ratio of CPU: {many.cpu / one.cpu:.2f}")
    print(f"a further snapshot: {(many.cpu - one.cpu) / (asked.weeks - 1):.1f} CPU s")


if __name__ == "__main__":
    main()

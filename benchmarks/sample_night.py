"""What the sample shop's first night is made of: `analytics run` in an empty folder, imports and simulation included.

Each turn is a process of its own in a folder of its own; the parts are what `--profile` writes.

    python -m benchmarks.sample_night --turns 3
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contest import ROOT
from benchmarks.process_cost import Cost, measured
from benchmarks.results_page import write_section

BEGIN, END = "<!-- sample night: begin -->", "<!-- sample night: end -->"
MEANING = {
    "start": "Python and the command line",
    "imports": "loading the orchestrator, the engines, Great Expectations, scikit-learn and scipy",
    "simulation": "making the shop's files",
    "landing": "taking in the files",
    "table": "tables by SQL: clean, facts, marts, churn's features",
    "model": "tables by models: churn, value",
    "check": "expectations and accounting laws",
    "report": "the page",
    "release": "manifest and pointer",
    "orchestrator": "the orchestrator's record of the run",
    "other": "what lies in no part",
}


@dataclass(frozen=True)
class SampleNight:
    """One first night of the sample shop.

    Attributes:
        whole: of the whole tree of processes.
        kinds: CPU seconds by kind of work, in no particular order.
    """

    whole: Cost
    kinds: dict[str, float]


def sample_night(folder: Path) -> SampleNight:
    """Run it in the folder, which is empty."""
    command = [str(Path(sys.executable).with_name("analytics")), "run", "--profile", "--home", str(folder / "home")]
    whole = measured(command, folder / "cost.json", cwd=ROOT)
    [profile] = (folder / "home" / "reports").glob("profile-*.json")
    parts = json.loads(profile.read_text())["kinds"]
    return SampleNight(whole, {part["kind"]: part["cpu_seconds"] for part in parts})


def section(nights: Sequence[SampleNight]) -> str:
    """The medians as Markdown: kinds of work, the dearest first, and the whole."""
    middle = {kind: statistics.median(night.kinds[kind] for night in nights) for kind in nights[0].kinds}
    rows = [
        f"| {kind} | {MEANING[kind]} | {middle[kind]:.1f} |" for kind in sorted(middle, key=lambda kind: -middle[kind])
    ]
    cpu, wall, peak = (
        statistics.median(getattr(night.whole, name) for night in nights) for name in ("cpu", "wall", "peak")
    )
    least = min(night.whole.cpu for night in nights)
    turns = "one night" if len(nights) == 1 else f"medians of {len(nights)} nights"
    return (
        f"The whole tree of processes takes {cpu:.1f} CPU s ({least:.1f} at best), {wall:.0f} s on the clock and "
        f"{peak:,.0f} MB at the peak; {turns}:\n\n| kind of work | | CPU s |\n|---|---|---|\n" + "\n".join(rows)
    )


def measure(turns: int, page: Path | None) -> None:
    """Measure, print, and write the page where one is named."""
    nights = []
    for _ in range(turns):
        with tempfile.TemporaryDirectory() as folder:
            nights.append(sample_night(Path(folder)))
    text = section(nights)
    print(text)
    if page:
        write_section(page, text, BEGIN, END)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--page", type=Path, help="page whose section is written anew")
    asked = parser.parse_args()
    measure(asked.turns, asked.page)


if __name__ == "__main__":
    main()

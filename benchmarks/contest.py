"""The turns: the pipeline and its peers one after the other on the same files, each in processes of its own.

Nothing of two is ever measured at the same time. Before a figure is kept, what was found in the files is compared.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.night import CONFIGURATION_FILE, Step, add_files, prepare_home
from benchmarks.process_cost import Cost, measured
from benchmarks.same_work import Findings, expect_same, found_by_peer, found_by_pipeline
from benchmarks.shop_files import LAST_DAY, NEXT_DAY, FileFormat, MadeShop, shop_made

ROOT = Path(__file__).parents[1]
OTHER_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
"""Of the environment that `make .venv-bench/.ready` makes for peers."""
PIPELINE = "pipeline"
CASES = ("night", "day", "every", "run", "weeks")


@dataclass(frozen=True)
class Peer:
    """A tool the pipeline is measured against.

    Attributes:
        name: as the page calls it.
        module: of ``benchmarks.peers``.
        needs: package without which it is skipped.
        versions_of: packages whose versions the page names.
        words: arguments before the usual two.
    """

    name: str
    module: str
    needs: str
    versions_of: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


TABLE_PEERS = (
    Peer("DuckDB script", "plain_duckdb", "duckdb", ("duckdb",)),
    Peer("Polars", "polars_streaming", "polars", ("polars",)),
    Peer("pandas", "pandas_notebook", "pandas", ("pandas", "pyarrow", "numpy")),
    Peer("Spark local[2]", "spark_local", "pyspark", ("pyspark",)),
)
VALUE_PEERS = (
    Peer("lifetimes", "value_libraries", "lifetimes", ("lifetimes",), ("lifetimes",)),
    Peer("pymc-marketing", "value_libraries", "pymc_marketing", ("pymc-marketing", "pymc"), ("pymc_marketing",)),
)
OF_THE_PROJECT = ("duckdb", "polars")
"""Peers that the pipeline is built on: they run in its environment, in its versions."""


@dataclass
class Figures:
    """What was measured at one size.

    Attributes:
        shop: the files.
        costs: by who or what, one of each turn.
        steps: by the pipeline's case, the steps of each turn.
        weeks: nights in the case ``weeks``.
        skipped: peers that are not installed.
    """

    shop: MadeShop
    costs: dict[str, list[Cost]] = field(default_factory=dict[str, list[Cost]])
    steps: dict[str, list[list[Step]]] = field(default_factory=dict[str, list[list[Step]]])
    weeks: int = 0
    skipped: list[str] = field(default_factory=list[str])

    def as_json(self) -> dict[str, Any]:
        """Everything measured, for a file."""
        return asdict(self)


@dataclass(frozen=True)
class Contest:
    """How to measure at one size.

    Attributes:
        folder: where everything is made; a gigabyte per million lines is plenty.
        lines: order lines, about.
        file_format: of the files.
        cases: of ``CASES``.
        peers: names of the peers that take part.
        turns: how often each is measured.
        weeks: nights in the case ``weeks``.
        other_python: of the environment that the other peers are installed in.
        say: told what is done.
    """

    folder: Path
    lines: int
    file_format: FileFormat
    cases: Sequence[str]
    peers: Sequence[str]
    turns: int
    weeks: int
    other_python: Path
    say: Callable[[str], None]

    def run(self) -> Figures:
        """Make the files if they are not there, and measure all cases in turn.

        Raises:
            DifferentWorkError: two did not do the same work.
            CommandFailedError: one of them failed.
        """
        shop = self.folder / f"shop-{self.lines}-{self.file_format}"
        if not (shop / "made.json").exists():
            shutil.rmtree(shop, ignore_errors=True)
            self.say(f"making {self.lines:,} lines")
            _python("benchmarks.shop_files", str(shop), "--lines", str(self.lines), "--format", self.file_format)
        figures = Figures(shop_made(shop), weeks=self.weeks)
        present = [peer for peer in TABLE_PEERS if peer.name in self.peers]
        figures.skipped = [peer.name for peer in present if not is_installed(peer, python_of(peer, self.other_python))]
        for turn in range(self.turns):
            self.say(f"turn {turn + 1} of {self.turns}")
            work = self.folder / "work"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            self._turn(shop, work, figures, [peer for peer in present if peer.name not in figures.skipped], turn)
            shutil.rmtree(work)
        return figures

    def _turn(self, shop: Path, work: Path, figures: Figures, peers: list[Peer], turn: int) -> None:
        """Each once. Who begins changes from turn to turn."""
        findings: dict[str, Findings] = {}
        contestants: list[Peer | None] = [*([None] if {"night", "day"} & set(self.cases) else []), *peers]
        begin = turn % max(len(contestants), 1)
        for contestant in contestants[begin:] + contestants[:begin]:
            if contestant is None:
                self._pipeline_night(shop, work, figures, findings)
            else:
                out = work / contestant.module
                self._peer(contestant, shop / "history", out, figures)
                findings[contestant.name] = found_by_peer(out)
            expect_same(findings)
        if "every" in self.cases:
            home = self._nights("every", shop, work, figures, [LAST_DAY], "--tables", "every")
            add_files(home, shop / "day")
            self._night("every, a day later", home, figures, [NEXT_DAY], "--tables", "every")
            shutil.rmtree(home)
        if "run" in self.cases:
            self._whole_runs(shop, work, figures)
        if "weeks" in self.cases:
            dates = [LAST_DAY - dt.timedelta(weeks=week) for week in range(self.weeks)]
            self._nights("weeks", shop, work, figures, dates)
            shutil.rmtree(work / "weeks")

    def _pipeline_night(self, shop: Path, work: Path, figures: Figures, findings: dict[str, Findings]) -> None:
        home = self._nights("night", shop, work, figures, [LAST_DAY])
        findings[PIPELINE] = found_by_pipeline(home, LAST_DAY)
        if "day" in self.cases:
            add_files(home, shop / "day")
            self._night("day", home, figures, [NEXT_DAY])
        shutil.rmtree(home)

    def _nights(self, case: str, shop: Path, work: Path, figures: Figures, dates: list[dt.date], *words: str) -> Path:
        """Nights in a new home; answers the home."""
        home = work / case
        prepare_home(home, shop / "history")
        self._night(case, home, figures, dates, *words)
        return home

    def _night(self, case: str, home: Path, figures: Figures, dates: list[dt.date], *words: str) -> None:
        steps = home / "steps.json"
        asked = [word for date in dates for word in ("--as-of", date.isoformat())]
        command = [sys.executable, "-m", "benchmarks.night", str(home), str(steps), *asked, *words]
        self._measure(case, command, home / "cost.json", figures)
        figures.steps.setdefault(case, []).append([Step(**step) for step in json.loads(steps.read_text())])

    def _whole_runs(self, shop: Path, work: Path, figures: Figures) -> None:
        """The command as a user gives it: orchestrator, checks, models, report, release; then again a day later."""
        home = work / "run"
        prepare_home(home, shop / "history")
        command = [str(Path(sys.executable).with_name("analytics")), "run", "--config", str(home / CONFIGURATION_FILE)]
        self._measure("run", [*command, "--as-of", LAST_DAY.isoformat()], home / "cost.json", figures)
        add_files(home, shop / "day")
        self._measure("run, a day later", [*command, "--as-of", NEXT_DAY.isoformat()], home / "cost.json", figures)
        shutil.rmtree(home)

    def _peer(self, peer: Peer, source: Path, out: Path, figures: Figures) -> None:
        command = [str(python_of(peer, self.other_python)), "-m", f"benchmarks.peers.{peer.module}", *peer.words]
        self._measure(peer.name, [*command, str(source), str(out)], out.with_suffix(".json"), figures)

    def _measure(self, name: str, command: list[str], note: Path, figures: Figures) -> None:
        cost = measured(command, note, cwd=ROOT)
        figures.costs.setdefault(name, []).append(cost)
        self.say(f"{name}: {cost.work_cpu:.1f} CPU s and {cost.start_cpu:.1f} to start, {cost.peak:,.0f} MB")


def python_of(peer: Peer, other_python: Path) -> Path:
    """The interpreter whose environment has the peer.

    Args:
        peer: the peer.
        other_python: of the environment that the peers the pipeline is not built on are installed in.
    """
    has_own = peer.needs not in OF_THE_PROJECT and other_python.exists()
    return other_python if has_own else Path(sys.executable)


def is_installed(peer: Peer, python: Path) -> bool:
    """Whether the interpreter finds the package the peer needs."""
    found = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({peer.needs!r}) is None)"
    return subprocess.run([python, "-c", found], check=False).returncode == 0


def _python(module: str, *words: str) -> None:
    subprocess.run([sys.executable, "-m", module, *words], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)

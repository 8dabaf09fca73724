"""`make bench`: measure, print, and write the page.

python -m benchmarks --lines 1000000 --turns 3 --page docs/benchmarks.md
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import backfill, sample_night, value_contest
from benchmarks.contest import (
    CASES,
    OTHER_PYTHON,
    ROOT,
    TABLE_PEERS,
    VALUE_PEERS,
    Contest,
    Peer,
    is_installed,
    python_of,
)
from benchmarks.process_cost import CommandFailedError
from benchmarks.results_page import (
    BEGIN_CHURN,
    END_CHURN,
    Circumstances,
    churn_section,
    page_section,
    write_section,
)
from benchmarks.same_work import DifferentWorkError

PEERS = tuple(peer.name for peer in (*TABLE_PEERS, *VALUE_PEERS))
APART = ("value", "churn", "sample", "dates")
"""Cases over shops of their own, with sections of their own on the page."""


def main() -> None:
    """The command line."""
    arguments = _arguments()
    try:
        if set(CASES) & set(arguments.cases):
            _contests(arguments)
        if "value" in arguments.cases:
            value_contest.measure(
                arguments.value_customers, arguments.turns, arguments.peers, OTHER_PYTHON,
                of_value(arguments), arguments.page, _say,
            )  # fmt: skip
        if "churn" in arguments.cases:
            _churn(arguments)
        if "sample" in arguments.cases:
            sample_night.measure(arguments.turns, arguments.page)
        if "dates" in arguments.cases:
            backfill.measure(arguments.customers, arguments.dates, arguments.page)
    except (DifferentWorkError, CommandFailedError) as error:
        raise SystemExit(str(error)) from error


def _churn(arguments: argparse.Namespace) -> None:
    """What churn costs a shop of many customers."""
    with tempfile.TemporaryDirectory() as temporary:
        told = churn_section(arguments.churn_customers, churn_cost(arguments, Path(temporary)))
    print(told)
    if arguments.page:
        write_section(arguments.page, told, BEGIN_CHURN, END_CHURN)


def _contests(arguments: argparse.Namespace) -> None:
    """The pipeline and its peers at every size."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = (arguments.folder or Path(temporary)).resolve()
        by_lines = {lines: contest(arguments, lines, folder).run() for lines in arguments.lines}
    section = page_section(by_lines, circumstances(arguments))
    print(section)
    if arguments.results:
        figures = {lines: figures.as_json() for lines, figures in by_lines.items()}
        arguments.results.write_text(json.dumps(figures, indent=1))
    if arguments.page:
        write_section(arguments.page, section)


def churn_cost(arguments: argparse.Namespace, folder: Path) -> dict[str, list[list[float]]]:
    """What churn costs in a simulated shop, measured in a process that has done nothing else."""
    results = folder / "churn.json"
    asked = (
        "--customers",
        str(arguments.churn_customers),
        "--repeats",
        str(arguments.turns),
        "--results",
        str(results),
    )
    _say(f"churn of {arguments.churn_customers:,} customers")
    command = [sys.executable, "-m", "benchmarks.churn_simulated", "scale", *asked]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return json.loads(results.read_text())


def contest(arguments: argparse.Namespace, lines: int, folder: Path) -> Contest:
    """The contest the arguments ask for, at one size."""
    return Contest(
        folder=folder, lines=lines, file_format=arguments.format, cases=_of_contest(arguments), peers=arguments.peers,
        turns=arguments.turns, weeks=arguments.weeks, other_python=OTHER_PYTHON, say=_say,
    )  # fmt: skip


def _of_contest(arguments: argparse.Namespace) -> list[str]:
    return [case for case in arguments.cases if case in CASES]


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def circumstances(arguments: argparse.Namespace) -> Circumstances:
    """This machine, what is installed, and the command."""
    asked = {"LINES": ",".join(map(str, arguments.lines)), "TURNS": str(arguments.turns)}
    if arguments.format != "parquet":
        asked["FORMAT"] = arguments.format
    if tuple(arguments.cases) != (*CASES, *APART):
        asked["CASES"] = ",".join(arguments.cases)
    if tuple(arguments.peers) != PEERS:
        asked["PEERS"] = f'"{",".join(arguments.peers)}"'
    if arguments.weeks != _arguments([]).weeks:
        asked["WEEKS"] = str(arguments.weeks)
    return _circumstances(arguments, asked, TABLE_PEERS)


def of_value(arguments: argparse.Namespace) -> Circumstances:
    """The same of the case ``value``, which knows no lines."""
    asked = {"CASES": "value", "TURNS": str(arguments.turns)}
    return _circumstances(arguments, asked, VALUE_PEERS)


def _circumstances(arguments: argparse.Namespace, asked: dict[str, str], peers: tuple[Peer, ...]) -> Circumstances:
    versions = {"Python": platform.python_version()}
    for peer in peers:
        python = python_of(peer, OTHER_PYTHON)
        if peer.name in arguments.peers and is_installed(peer, python):
            versions |= _versions(python, peer.versions_of)
    return Circumstances(
        machine=_machine(),
        versions=versions,
        command=f"make bench {' '.join(f'{name}={value}' for name, value in asked.items())}",
        turns=arguments.turns,
        measured_on=dt.datetime.now(dt.UTC).date().isoformat(),
    )


def _versions(python: Path, packages: tuple[str, ...]) -> dict[str, str]:
    """Versions of the packages in an interpreter's environment."""
    if python == Path(sys.executable):
        return {package: importlib.metadata.version(package) for package in packages}
    asked = "import importlib.metadata as m, sys; print(*(m.version(p) for p in sys.argv[1:]))"
    told = subprocess.run([python, "-c", asked, *packages], capture_output=True, text=True, check=True).stdout
    return dict(zip(packages, told.split(), strict=True))


def _machine() -> str:
    """Processor, cores, memory and system of this machine."""
    processor = (
        Path("/proc/cpuinfo").read_text().partition("model name")[2].partition(":")[2].partition("\n")[0].strip()
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores of {processor or platform.machine()}, {memory:.0f} GB, {platform.system()}"


def _arguments(words: list[str] | None = None) -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return [int(number.replace("_", "")) for number in text.split(",")]

    def among(known: tuple[str, ...]) -> Callable[[str], list[str]]:
        def names(text: str) -> list[str]:
            found = [name.strip() for name in text.split(",") if name.strip()]
            unknown = sorted(set(found) - set(known))
            if unknown:
                raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: one or more of {', '.join(known)} expected")
            return found

        return names

    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="The pipeline and its peers in turn.")
    parser.add_argument("--lines", type=numbers, default=[1_000_000], help="sizes, with commas between them")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--format", choices=["parquet", "csv"], default="parquet")
    every = (*CASES, *APART)
    parser.add_argument("--cases", type=among(every), default=list(every), help=", ".join(every))
    parser.add_argument("--peers", type=among(PEERS), default=list(PEERS), help=", ".join(PEERS))
    parser.add_argument("--weeks", type=int, default=4, help="nights in the case weeks")
    parser.add_argument("--dates", type=int, default=52, help="weekly snapshots in the case dates")
    parser.add_argument("--customers", type=int, default=3_000, help="of the shop in the case dates")
    parser.add_argument(
        "--value-customers", type=numbers, default=[10_000, 100_000, 1_000_000], help="of the shops of the case value"
    )
    parser.add_argument("--churn-customers", type=int, default=1_000_000, help="of the shop of the case churn")
    parser.add_argument("--folder", type=Path, help="where to work, files are kept; default: a temporary folder")
    parser.add_argument("--results", type=Path, help="JSON file for every single figure")
    parser.add_argument("--page", type=Path, help="page whose section is written anew")
    return parser.parse_args(words)


if __name__ == "__main__":
    main()

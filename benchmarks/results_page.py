"""The measured figures as Markdown, and the section of a page that holds them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contest import PIPELINE, TABLE_PEERS, Figures
from benchmarks.night import Step
from benchmarks.process_cost import Cost

BEGIN, END = "<!-- make bench: begin -->", "<!-- make bench: end -->"
BEGIN_CHURN, END_CHURN = "<!-- make bench, churn: begin -->", "<!-- make bench, churn: end -->"
_SMALL_SHARE = 0.02  # steps below this share of a night stand together in one line


@dataclass(frozen=True)
class Circumstances:
    """Where and how the figures came about.

    Attributes:
        machine: processor, cores, memory, system.
        versions: version by package.
        command: what repeats them.
        turns: how often each was measured.
        measured_on: the day.
    """

    machine: str
    versions: Mapping[str, str]
    command: str
    turns: int
    measured_on: str


def page_section(by_lines: Mapping[int, Figures], circumstances: Circumstances) -> str:
    """All figures as Markdown, without headings above the third level."""
    parts = [measured_how(circumstances)]
    for figures in by_lines.values():
        parts.append(f"### {figures.shop.lines:,} order lines\n\n{_files(figures)}")
        parts += [part for part in (_peers(figures), _steps(figures), _cases(figures)) if part]
    parts += [growth] if (growth := _growth(list(by_lines.values()))) else []
    return "\n\n".join(parts)


def measured_how(circumstances: Circumstances) -> str:
    """When, how often, on what, in which versions, and the command that measures again."""
    told = ", ".join(f"{name} {version}" for name, version in circumstances.versions.items())
    turns = "once" if circumstances.turns == 1 else f"{circumstances.turns} times in turn"
    return (
        f"Measured on {circumstances.measured_on}, each {turns}, on {circumstances.machine}; {told}. Again:\n\n"
        f"    {circumstances.command}"
    )


def churn_section(customers: int, found: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """What churn costs, as Markdown.

    Args:
        customers: of the simulated shop.
        found: per piece of work, CPU seconds and peak MB of each turn, the grouped pass first and extraction second;
            last, rows extracted and customers scored.
    """
    *works, (_, [[rows, scored]]) = found.items()
    (_, passes), (_, extractions), *_ = works
    ratios = [extraction[0] / plain[0] for plain, extraction in zip(passes, extractions, strict=True)]
    lines = [
        f"| {what} | {spread([cpu for cpu, _ in turns], 1)} | {spread([peak for _, peak in turns], 0)} |"
        for what, turns in works
    ]
    millions = scored / 1e6
    scoring, reasons = ([cpu / millions for cpu, _ in turns] for _, turns in works[-2:])
    return (
        f"### Churn of {customers:,} customers, six origins\n\n| | CPU s | peak MB |\n|---|---|---|\n"
        + "\n".join(lines)
        + f"\n\n{rows:,.0f} rows, {scored:,.0f} customers scored. Extraction is {spread(ratios, 2)} x the grouped "
        f"pass of its turn; reading and scoring takes {spread(scoring, 1)} CPU seconds per million customers, with "
        f"reasons {spread(reasons, 1)}."
    )


def write_section(page: Path, section: str, begin: str = BEGIN, end: str = END) -> None:
    """Put the section between the page's markers.

    Raises:
        ValueError: the page has no markers.
    """
    text = page.read_text(encoding="utf-8")
    if begin not in text or end not in text:
        raise ValueError(f"{page} has no lines {begin} and {end} to write between")
    before, after = text.split(begin)[0], text.split(end)[1]
    page.write_text(f"{before}{begin}\n\n{section}\n\n{end}{after}", encoding="utf-8")


def slope(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """By what power cost grows with size: the least squares slope of log cost over log size.

    >>> slope([1, 10, 100], [3, 30, 300])
    1.0
    """
    return round(statistics.linear_regression(list(map(math.log, sizes)), list(map(math.log, costs))).slope, 3)


def _files(figures: Figures) -> str:
    shop = figures.shop
    return (
        f"{shop.file_bytes / 1e6:,.0f} MB of files, with {shop.answers:,} rows of surveys and {shop.customers:,} "
        f"customers; the day after brings {shop.day_lines:,} lines."
    )


def _peers(figures: Figures) -> str | None:
    own = figures.costs.get("night")
    rows = [_cost_row("the pipeline, its own steps", own, None)] if own else []
    for peer in TABLE_PEERS:
        if peer.name in figures.costs:
            ratios = _ratios(own, figures.costs[peer.name], lambda cost: cost.work_cpu) if own else None
            rows.append(_cost_row(peer.name, figures.costs[peer.name], ratios))
        elif peer.name in figures.skipped:
            rows.append(f"| {peer.name} | not installed | | | | | |")
    if not rows:
        return None
    return (
        "| | CPU s | pipeline / it | to start, CPU s | wall s | peak MB | written MB |\n|---|---|---|---|---|---|---|\n"
        + "\n".join(rows)
    )


def _cost_row(name: str, costs: Sequence[Cost], ratios: Sequence[float] | None) -> str:
    cells = [
        spread([cost.work_cpu for cost in costs], 1),
        spread(ratios, 2) if ratios else "",
        spread([cost.start_cpu for cost in costs], 1) if any(cost.start_cpu for cost in costs) else "in it",
        spread([cost.wall for cost in costs], 1),
        spread([cost.peak for cost in costs], 0),
        spread([cost.written for cost in costs], 0),
    ]
    return f"| {name} | {' | '.join(cells)} |"


def _steps(figures: Figures) -> str | None:
    """What a night's own steps are, the small ones together."""
    case = "every" if "every" in figures.steps else "night"
    turns = figures.steps.get(case)
    if not turns:
        return None
    names = [step.name for step in turns[0]]
    middle = {name: _of_step(turns, name, lambda step: step.cpu) for name in names}
    large = [name for name in names if middle[name] >= _SMALL_SHARE * sum(middle.values())]
    shared = {step.name for step in turns[0] if step.is_shared}
    rows = [
        f"| `{name}` | {'yes' if name in shared else 'no'} | {middle[name]:.2f} | "
        f"{_of_step(turns, name, lambda step: step.peak):,.0f} | "
        f"{_of_step(turns, name, lambda step: step.spilled):,.0f} |"
        for name in large
    ]
    small = [name for name in names if name not in large]
    rows.append(f"| {len(small)} smaller ones | | {sum(middle[name] for name in small):.2f} | | |")
    told = "all tables" if case == "every" else "the tables above"
    return (
        f"The steps of a night with {told}, medians:\n\n"
        "| step | among those above | CPU s | peak MB | on disk MB |\n|---|---|---|---|---|\n" + "\n".join(rows)
    )


def _of_step(turns: Sequence[Sequence[Step]], name: str, value: Callable[[Step], float]) -> float:
    return statistics.median(value(step) for turn in turns for step in turn if step.name == name)


def _cases(figures: Figures) -> str | None:
    """The other nights beside the first one."""
    named = {
        "day": "one new day landed, and its night",
        "every": "a night with all tables: churn, moves and the rest too",
        "every, a day later": "all tables a day later",
        "weeks": f"{figures.weeks} weekly nights over one landing",
    }
    rows = []
    for case, told in named.items():
        if case in figures.costs:
            ratios = None
            if "night" in figures.costs:
                ratios = _ratios(figures.costs[case], figures.costs["night"], lambda cost: cost.work_cpu)
            rows.append(_cost_row(told, figures.costs[case], ratios))
    for case in ("run", "run, a day later"):
        if case in figures.costs:
            told = f"`analytics {case.replace('run,', 'run`,')}" + ("`" if case == "run" else "")
            later = case != "run"
            ratios = _ratios(figures.costs[case], figures.costs["run"], lambda cost: cost.cpu) if later else None
            rows.append(_cost_row(f"{told}: the whole process", figures.costs[case], ratios))
    if not rows:
        return None
    return (
        "| of the pipeline | CPU s | / the first night | to start, CPU s | wall s | peak MB | written MB |\n"
        "|---|---|---|---|---|---|---|\n" + "\n".join(rows)
    )


def _growth(sizes: Sequence[Figures]) -> str | None:
    """By what power of the lines each one's CPU grows."""
    if len(sizes) < 2:
        return None
    rows = []
    for name in ("night", "every", "run", *(peer.name for peer in TABLE_PEERS)):
        if all(name in figures.costs for figures in sizes):
            middle = [statistics.median(cost.work_cpu for cost in figures.costs[name]) for figures in sizes]
            told = f"{PIPELINE}, {name}" if name in ("night", "every", "run") else name
            rows.append(f"| {told} | {slope([figures.shop.lines for figures in sizes], middle):.2f} |")
    return (
        "### Growth\n\nCPU grows with this power of the number of lines (slope of the logarithms):\n\n"
        "| | slope |\n|---|---|\n" + "\n".join(rows)
        if rows
        else None
    )


def _ratios(ours: Sequence[Cost], theirs: Sequence[Cost], of: Callable[[Cost], float]) -> list[float]:
    """One ratio per turn."""
    return [of(mine) / of(other) for mine, other in zip(ours, theirs, strict=True)]


def spread(values: Sequence[float], digits: int) -> str:
    """Median, and smallest and largest where they are told apart."""
    middle, least, most = (f"{value:,.{digits}f}" for value in (statistics.median(values), min(values), max(values)))
    return middle if least == most else f"{middle} ({least} to {most})"

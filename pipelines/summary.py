"""What a person reads when the night is over: rows accounted, checks, KPIs against targets, moves, and where it all is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from assets.release_store import ReleaseStore
from models.kpi_cards import CARDS
from pipelines.nightly_run import NightResult
from pipelines.project import Project

HEADLINE_KPIS = ("net_sales", "orders", "active_customers", "aov", "repurchase_rate", "csat", "nps")
_STATUS_STYLE = {"met": "green", "missed": "red", "met_not_distinguishable": "yellow"}


def print_summary(console: Console, project: Project, result: NightResult) -> None:
    """Print the night's summary from its published tables."""
    store = ReleaseStore(project.home / "published")
    release = result.release

    def read(name: str) -> pl.DataFrame:
        return store.read_table(release, name).collect()

    console.print()
    verdict = "identical to the published release" if result.identical else "published"
    console.print(f"[bold]{escape(project.configuration.business.name)}[/], as of {result.as_of} ({result.why_as_of})")
    _print_accounting(console, read("row_accounting"))
    _print_freshness(console, project, read("row_accounting"), result)
    warned = release.checks.get("warned", [])
    console.print(f"checks     {release.checks.get('passed', 0)} hold" + (f", {len(warned)} warn" if warned else ""))
    for table, check in warned[:5]:
        console.print(f"           [yellow]warning[/] {table}: {check}", highlight=False)
    _print_kpis(console, read("kpi_scorecard"))
    _print_moves(console, read("segment_moves"))
    console.print(f"release    [bold]{release.id}[/] {verdict}: {project.home / 'published'}", soft_wrap=True)
    console.print(f"report     {report_page(project.home, result)}", soft_wrap=True, highlight=False)


def report_page(home: Path, result: NightResult) -> Path:
    """Where the night's page is."""
    return home / "reports" / f"{result.as_of}.html"


def _print_accounting(console: Console, accounting: pl.DataFrame) -> None:
    totals = accounting.select(pl.col("rows_in", "accepted", "duplicates", "quarantined").sum()).row(0, named=True)
    files = accounting.height
    console.print(
        f"rows       {totals['rows_in']:,} in {files:,} files = {totals['accepted']:,} accepted"
        f" + {totals['duplicates']:,} duplicates + {totals['quarantined']:,} quarantined",
        highlight=False,
        soft_wrap=True,
    )
    for row in accounting.filter(pl.col("status") == "unreadable").head(5).iter_rows(named=True):
        console.print(
            f"           [yellow]set aside[/] {escape(row['source'])}/{escape(row['file'])}: {escape(row['error'])}"
        )


def _print_freshness(console: Console, project: Project, accounting: pl.DataFrame, result: NightResult) -> None:
    cadence = {source.name: source.cadence_days for source in project.configuration.sources}
    newest = accounting.group_by("source").agg(pl.col("last_event").max().dt.date()).sort("source")
    for source, last in newest.iter_rows():
        if last is not None and (result.as_of - last).days > cadence.get(source, 3):
            console.print(f"           [yellow]old data[/] {escape(source)}: the newest event is of {last}")
    if "data end" in result.why_as_of:
        console.print(f"           [yellow]old data[/] as_of is {result.why_as_of}")


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    if unit == "share":
        return f"{value:.1%}"
    return f"{value:,.1f}" if unit == "point" else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"


def headline(scorecard: pl.DataFrame) -> list[dict[str, Any]]:
    """One row per headline KPI: the window's figure, else the newest complete month's."""
    rows: list[dict[str, Any]] = []
    whole = scorecard.filter((pl.col("scope") == "all") & pl.col("value").is_not_null())
    for kpi in HEADLINE_KPIS:
        mine = whole.filter(pl.col("kpi") == kpi)
        total = mine.filter(pl.col("grain") == "total").sort("question", nulls_last=True)
        months = mine.filter(
            (pl.col("grain") == "month") & (pl.col("status").is_null() | (pl.col("status") != "incomplete_period"))
        )
        chosen = total if total.height else months.sort("period_start", descending=True).head(1)
        rows += chosen.to_dicts()
    return rows


def _print_kpis(console: Console, scorecard: pl.DataFrame) -> None:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    for heading in ("KPI", "period", "value", "95 % interval", "n", "target", "status"):
        table.add_column(heading, justify="right" if heading in ("value", "n", "target") else "left")
    for row in headline(scorecard):
        unit = row["unit"]
        interval = f"{_shown(row['low'], unit)} to {_shown(row['high'], unit)}" if row["low"] is not None else ""
        status = row["status"] or ""
        style = _STATUS_STYLE.get(status, "")
        name = CARDS[row["kpi"]].name_en + (f" ({row['question']})" if row["question"] else "")
        period = f"{row['grain']} {row['period_start'] or ''}"
        target = _shown(row["target"], unit) if row["target"] is not None else ""
        table.add_row(
            escape(name), period, _shown(row["value"], unit), interval, f"{row['n']:,}", target,
            f"[{style}]{status}[/]" if style else status,
        )  # fmt: skip
    console.print(table)


def _print_moves(console: Console, moves: pl.DataFrame) -> None:
    changed = moves.filter((pl.col("from_segment") != pl.col("to_segment")) & (pl.col("kind") == "stage")).sort(
        "customers", descending=True
    )
    if moves.is_empty():
        console.print("moves      no earlier release to compare with")
        return
    total = changed.select(pl.col("customers").sum()).item() or 0
    console.print(f"moves      {total:,} customers changed stage since {moves['previous_as_of'][0]}", highlight=False)
    for row in changed.head(3).iter_rows(named=True):
        console.print(f"           {row['customers']:,} {row['from_segment']} -> {row['to_segment']}", highlight=False)

"""What a person reads when the night is over: rows accounted, checks, KPIs against targets, moves, where it all is."""

from __future__ import annotations

from itertools import islice
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from assets import report
from assets.check_reference import every_check
from assets.landing.source_files import not_read_beside
from assets.printable_text import counted
from assets.releases.manifest import Release
from models.kpi_cards import CARDS
from models.moves import GONE, NEW
from pipelines.nightly_run import AS_ASKED, YESTERDAY, NightResult, not_fetched
from pipelines.project import Project

HEADLINE_KPIS = ("net_sales", "orders", "active_customers", "aov", "repurchase_rate", "csat", "nps")
_STATUS_STYLE = {"met": "green", "missed": "red", "met_not_distinguishable": "yellow"}
_MARGIN = " " * 11
_MOST_SOURCES, _MOST_CHECKS = 5, 8


def print_summary(console: Console, project: Project, result: NightResult) -> None:
    """Print the night's summary from its published tables."""
    store = project.store
    release = result.release
    accounting, scorecard, moves, restated = (
        store.read_table(release, name).collect()
        for name in ("row_accounting", "kpi_scorecard", "segment_moves", "restatements")
    )
    console.print()
    _line(console, "", f"[bold]{escape(project.configuration.business.name)}[/]")
    _line(console, "as of", f"{result.as_of} ({result.why_as_of})")
    if result.why_as_of not in (YESTERDAY, AS_ASKED):
        _warn(console, "old data: nothing newer has landed; land what is missing, or name the date with --as-of")
    print_accounting(console, accounting)
    _print_set_aside(console, store.read_table(release, "quarantine"))
    _print_old_data(console, project, accounting, result)
    for path, way in islice(not_read_beside(project.configuration.sources).items(), _MOST_SOURCES):
        _warn(console, f"not read: {path}: {way}; or move it elsewhere")
    for late in result.late:
        _warn(console, f"no delivery: {late}")
    for unreached in result.unreached:
        _warn(console, not_fetched(unreached))
    print_checks(console, release.checks)
    print_kpis(console, scorecard)
    _print_moves(console, moves)
    _print_restatements(console, restated)
    verdict = "identical to what is published" if result.identical else "published"
    _line(console, "release", f"[bold]{release.id}[/] {verdict} in {escape(str(project.home / 'published'))}")
    if result.compared_with is not None:
        _print_comparison(console, release, result.compared_with)
    if result.latest.id != release.id:
        why = "a rollback has set this one aside" if result.is_withdrawn else "this one does not take its place"
        _warn(console, f"readers keep {result.latest.id}, as of {result.latest.as_of}: {why}")
    _line(console, "report", escape(str(report.page_of(project.home, result.as_of))))


def _print_comparison(console: Console, full: Release, before: Release) -> None:
    """Whether a night computed in full has the tables it had when it was computed with what earlier nights left."""
    names = sorted({*full.tables, *before.tables})
    other = [name for name in names if _version(full, name) != _version(before, name)]
    if full.id == before.id:
        _line(console, "in full", f"the same tables as release {before.id}, published before from the same inputs")
        return
    _warn(console, f"computed in full, other tables than release {before.id} of the same inputs: {', '.join(other)}")


def _version(release: Release, name: str) -> str | None:
    return release.tables[name].version if name in release.tables else None


def _line(console: Console, heading: str, text: str) -> None:
    console.print(f"{heading:<{len(_MARGIN)}}{text}" if heading else text, highlight=False, soft_wrap=True)


def _warn(console: Console, text: str) -> None:
    console.print(f"{_MARGIN}[yellow]warning[/] {escape(text)}", highlight=False, soft_wrap=True)


def print_accounting(console: Console, accounting: pl.DataFrame) -> None:
    """Where the landed rows went, files that could not be read, and rows that a newer version has changed or lost."""
    totals = accounting.select(pl.col("rows_in", "accepted", "duplicates", "quarantined").sum()).row(0, named=True)
    files = accounting.select("source", "file", "content").n_unique()
    _line(
        console,
        "rows",
        f"{totals['rows_in']:,} in {counted(files, 'file')} = {totals['accepted']:,} accepted"
        f" + {counted(totals['duplicates'], 'duplicate')} + {totals['quarantined']:,} quarantined",
    )
    vanished = accounting.filter(pl.col("vanished") > 0)
    if not vanished.is_empty():
        files = vanished.select("source", "file").n_unique()
        rows = counted(int(vanished["vanished"].sum()), "row")
        _line(console, "", f"{_MARGIN}{rows} of {counted(files, 'file')} changed, or gone, in a newer version")
    unreadable = accounting.filter(pl.col("status") == "unreadable")
    for row in unreadable.head(5).iter_rows(named=True):
        _warn(console, f"set aside: {row['source']}/{row['file']}: {row['error']}")
    if unreadable.height > 5:
        _warn(console, f"set aside: {unreadable.height - 5} further files; see the table row_accounting")


def _print_set_aside(console: Console, quarantine: pl.LazyFrame) -> None:
    """Of every source, how many rows and single answers are in quarantine, and for which reasons most of all."""
    what = pl.when(pl.col("column_name") == "").then(pl.lit("row")).otherwise(pl.lit("answer")).alias("what")
    aside = quarantine.select("source", what, "reasons").collect()
    counts = aside.group_by("source", "what").len().sort("len", "source", "what", descending=[True, False, True])
    reasons = (
        aside.explode("reasons")
        .group_by("source", "what", "reasons")
        .len()
        .sort("len", "reasons", descending=[True, False])
    )
    for source, what_is, rows in counts.head(_MOST_SOURCES).iter_rows():
        own = reasons.filter(pl.col("source") == source, pl.col("what") == what_is).head(3)
        told = ", ".join(f"{reason} {count:,}" for reason, count in own.select("reasons", "len").iter_rows())
        _line(console, "", f"{_MARGIN}set aside of {source}: {counted(rows, what_is)} ({told})")
    if counts.height > _MOST_SOURCES:
        _line(console, "", f"{_MARGIN}set aside of further sources: see the table quarantine")


def _print_old_data(console: Console, project: Project, accounting: pl.DataFrame, result: NightResult) -> None:
    cadence = {one.name: one.cadence_days for one in project.configuration.sources if one.kind != "customers"}
    newest = dict(accounting.group_by("source").agg(pl.col("last_event").max().dt.date()).drop_nulls().iter_rows())
    age = {source: (result.as_of - last).days for source, last in newest.items()}
    old = [source for source in sorted(cadence) if age.get(source, 0) > cadence[source]]
    if old:
        reach = ", ".join(f"{source} ends {newest[source]} ({age[source]:,} days before as_of)" for source in old)
        _warn(console, f"old data: {reach}; land what is missing, or set `cadence_days` where that is usual")


def print_checks(console: Console, checks: Any) -> None:
    """How many checks hold, and of the first that warn what was expected."""
    warned = checks.get("warned", [])
    _line(console, "checks", f"{checks.get('passed', 0)} hold" + (f", {len(warned)} warn" if warned else ""))
    expected = {(check.table, check.name): check.description for check in every_check()} if warned else {}
    for table, check in warned[:_MOST_CHECKS]:
        _warn(console, f"{table}.{check} does not hold: {expected.get((table, check), 'see the report')}")
    if len(warned) > _MOST_CHECKS:
        _warn(console, f"{len(warned) - _MOST_CHECKS} further checks; see the report")


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "share":
        return f"{value:.1%}"
    if unit == "point":
        return f"{value:,.1f}"
    return f"{value:,.0f}" if abs(value) >= 1000 or float(value).is_integer() else f"{value:,.2f}"


def headline(scorecard: pl.DataFrame) -> list[dict[str, Any]]:
    """One row per headline KPI and question: the figure over all time or the window, else the newest finished month."""
    known = scorecard.filter((pl.col("scope") == "all") & pl.col("value").is_not_null())
    rows: list[dict[str, Any]] = []
    for kpi in HEADLINE_KPIS:
        mine = known.filter(pl.col("kpi") == kpi)
        total = mine.filter(pl.col("grain") == "total").sort("question", nulls_last=True)
        months = mine.filter((pl.col("grain") == "month") & pl.col("is_complete")).sort("period_start")
        rows += (total if total.height else months.tail(1)).to_dicts()
    return rows


def _period(row: dict[str, Any]) -> str:
    if row["grain"] == "month":
        return f"{row['period_start']:%Y-%m}"
    return f"since {row['period_start']}" if row["period_start"] else row["grain"]


def print_kpis(console: Console, scorecard: pl.DataFrame) -> None:
    """The headline figures, whole on a terminal of 80 columns."""
    rows = headline(scorecard)
    if not rows:
        _line(console, "figures", "none: nothing to count is dated up to as_of")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "value", "95 % interval", "n", "target", "status", "period"):
        is_number = heading in ("value", "n", "target")
        is_whole = is_number or heading == "95 % interval"  # figures are not cut where the terminal is narrow
        table.add_column(heading, justify="right" if is_number else "left", no_wrap=is_whole, overflow="fold")
    for row in rows:
        unit, status = row["unit"], row["status"] or ""
        interval = f"{_shown(row['low'], unit)} to {_shown(row['high'], unit)}" if row["low"] is not None else ""
        style = _STATUS_STYLE.get(status)
        name = CARDS[row["kpi"]].name_en + (f" ({row['question']})" if row["question"] else "")
        shown_status = f"[{style}]{status}[/]" if style else status
        target = _shown(row["target"], unit)
        table.add_row(
            escape(name), _shown(row["value"], unit), interval, f"{row['n']:,}", target, shown_status, _period(row)
        )
    console.print(table)


def _print_moves(console: Console, moves: pl.DataFrame) -> None:
    if moves.is_empty():
        _line(console, "moves", "no earlier release to compare with")
        return
    stages = moves.filter((pl.col("from_segment") != pl.col("to_segment")) & (pl.col("kind") == "stage"))
    came = stages.filter(pl.col("from_segment") == NEW)
    changed = stages.filter((pl.col("from_segment") != NEW) & (pl.col("to_segment") != GONE))
    since = f"since {moves['previous_as_of'][0]}"
    _line(
        console,
        "moves",
        f"{counted(int(changed['customers'].sum()), 'customer')} changed lifecycle stage {since}"
        f", {int(came['customers'].sum()):,} are new",
    )
    for row in changed.sort("customers", descending=True).head(3).iter_rows(named=True):
        _line(console, " ", f"{row['customers']:,} {row['from_segment']} -> {row['to_segment']}")


def _print_restatements(console: Console, restated: pl.DataFrame) -> None:
    """What is known now about days that were published, in a line."""
    if restated.is_empty():
        return
    causes = restated.group_by("cause").agg(pl.col("rows_added", "rows_removed").sum()).sort("cause")
    told = ", ".join(f"{cause} (+{more:,} -{less:,} rows)" for cause, more, less in causes.iter_rows())
    net = restated["net_change"].sum() or 0
    months = restated["period_start"].n_unique()
    text = f"{counted(months, 'published month')} changed, net sales by {net:+,.2f}: {told}"
    _line(console, "restated", text)

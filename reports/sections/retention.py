"""Retention: every cohort month by month as a coloured table, and their common curve."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import polars as pl
from markupsafe import Markup

from models.wave_changes import may_be_chance
from reports.charts.trends import Curve, curves
from reports.drawing import element
from reports.language import Language
from reports.parts import Cell, Figure, Key, Section, Table, cell_of, figure_cell, in_both_widths, table
from reports.report_data import ReportData

MOST_COHORTS = 36
STEPS = 8
FEWEST = 30
"""Customers below whom a share is not put in a title: as few as cannot judge a target, by default."""


@dataclass(frozen=True)
class Cohort:
    """One cohort and its cells by period."""

    month: dt.date
    size: int
    is_left_truncated: bool
    cells: dict[int, dict[str, Any]]


def section(data: ReportData, words: Language) -> Section:
    """The heat map and the curve."""
    name, description = words.say("retention.name"), words.say("retention.description")
    people = data.retention_cohorts.filter(pl.col("cohort_size") > 0)
    if people.is_empty():
        return Section("retention", name, description, empty=words.say("retention.empty"))
    cohorts = cohorts_of(people)
    mean = common_curve(people)
    figures = [_heat(cohorts, data, words)]
    if len(mean) > 1:
        figures.insert(0, _curve(cohorts, mean, words))
    return Section("retention", name, description, tuple(figures), lead=figures[0].title)


def cohorts_of(frame: pl.DataFrame) -> list[Cohort]:
    """The newest cohorts, oldest first, each with its listed periods."""
    cohorts: list[Cohort] = []
    for rows in frame.sort("cohort_month", "period").partition_by("cohort_month", maintain_order=True):
        first = rows.row(0, named=True)
        cells = {row["period"]: row for row in rows.to_dicts()}
        cohorts.append(Cohort(first["cohort_month"], first["cohort_size"], first["is_left_truncated"], cells))
    return cohorts[-MOST_COHORTS:]


def common_curve(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Retention per period over the finished cells of cohorts whose beginning was seen: period, active, size, cohorts.

    Where every cohort is left-truncated all of them count.
    """
    finished = frame.filter(pl.col("is_complete") & pl.col("retention").is_not_null())
    seen = finished.filter(~pl.col("is_left_truncated"))
    return (
        (seen if not seen.is_empty() else finished)
        .filter(pl.col("period") > 0)
        .group_by("period")
        .agg(
            pl.col("active").sum(),
            pl.col("cohort_size").sum().alias("size"),
            pl.len().alias("cohorts"),
        )
        .filter(pl.col("size") > 0)
        .sort("period")
        .to_dicts()
    )


def _heat(cohorts: list[Cohort], data: ReportData, words: Language) -> Figure:
    last = max(p for c in cohorts for p in c.cells)
    later = [float(x["retention"]) for c in cohorts for p, x in c.cells.items() if p and x["retention"] is not None]
    highest = max(later, default=1.0) or 1.0
    head = [element("th", words.say("head.cohort"), scope="col"), element("th", words.say("head.size"), scope="col")]
    head += [element("th", str(p), scope="col") for p in range(last + 1)]
    body: list[Markup] = []
    for cohort in cohorts:
        month = words.month_short(cohort.month) + ("*" if cohort.is_left_truncated else "")
        cells = [element("th", month, scope="row"), element("td", words.integer(cohort.size), class_="size")]
        cells += [_heat_cell(cohort, p, highest, words) for p in range(last + 1)]
        body.append(element("tr", *cells))
    label = words.say("retention.heat_label")
    heat = element(
        "table", element("caption", label, class_="unseen"), element("thead", element("tr", *head)),
        element("tbody", *body), class_="heat" + (" heat-long" if last > 18 else ""),
    )  # fmt: skip
    picture = element("div", heat, class_="scroll", role="region", aria_label=label, tabindex="0")
    keys = [
        Key("ramp", words.say("retention.key_ramp", share=words.percent(highest, 0))),
        Key("hatched", words.say("retention.key_unfinished")),
    ]
    note = words.say("retention.truncated") if any(c.is_left_truncated for c in cohorts) else None
    return Figure(
        "retention-cohorts", _heat_title(cohorts, words), picture, words.say("retention.heat_subtitle"),
        table=_active_table(cohorts, last, words), note=note, keys=tuple(keys),
    )  # fmt: skip


def _heat_cell(cohort: Cohort, period: int, highest: float, words: Language) -> Markup:
    cell = cohort.cells.get(period)
    if cell is None:
        return element("td", "", class_="none")
    who = words.say(
        "retention.cell_tip", cohort=words.month(cohort.month), period=str(period),
        active=words.integer(cell["active"]), size=words.integer(cohort.size),
    )  # fmt: skip
    share = cell["retention"]
    if share is None or not cell["is_complete"]:
        return element("td", "", class_="hatched", title=who + words.say("retention.cell_unfinished"))
    step = STEPS if period == 0 else round(min(float(share) / highest, 1.0) * (STEPS - 1))
    return element(
        "td", words.number(share * 100), class_=f"q{step}" + (" start" if period == 0 else ""),
        title=who + _share_text(cell, words),
    )  # fmt: skip


def _share_text(cell: dict[str, Any], words: Language) -> str:
    """The share of a finished month, from month 1 on with its interval."""
    share, low, high = (cell[name] for name in ("retention", "retention_low", "retention_high"))
    if low is None or high is None:
        return words.say("retention.cell_share", share=words.percent(share))
    interval = words.say("scorecard.interval", low=words.percent(low), high=words.percent(high))
    return words.say("retention.cell_interval", share=words.percent(share), interval=interval)


def _heat_title(cohorts: list[Cohort], words: Language) -> str:
    """The best and the worst start among finished first months of cohorts seen from their beginning."""
    starts = [
        (float(c.cells[1]["retention"]), c)
        for c in cohorts
        if not c.is_left_truncated
        and 1 in c.cells
        and c.cells[1]["retention"] is not None
        and c.cells[1]["is_complete"]
    ]
    if len(starts) < 2:
        return words.say("retention.heat_title_plain", cohorts=words.counted(len(cohorts), "cohort"))
    best, worst = max(starts, key=lambda s: s[0]), min(starts, key=lambda s: s[0])
    if _may_be_chance(best[1].cells[1], worst[1].cells[1]):
        return words.say("retention.heat_title_even", low=words.percent(worst[0], 0), high=words.percent(best[0], 0))
    return words.say(
        "retention.heat_title",
        best=words.month(best[1].month), high=words.percent(best[0], 0),
        worst=words.month(worst[1].month), low=words.percent(worst[0], 0),
    )  # fmt: skip


def _may_be_chance(one: dict[str, Any], other: dict[str, Any]) -> bool:
    ends = [(cell["retention_low"], cell["retention"], cell["retention_high"]) for cell in (one, other)]
    if any(end is None for three in ends for end in three):
        return False
    return may_be_chance(ends[0], ends[1])


def _active_table(cohorts: list[Cohort], last: int, words: Language) -> Table:
    """Active customers per cohort and period: what the shares are made of."""
    rows: list[list[Cell | str]] = []
    for cohort in cohorts:
        row: list[Cell | str] = [words.month_short(cohort.month), cell_of(words.integer, cohort.size)]
        for period in range(last + 1):
            cell = cohort.cells.get(period)
            if cell is None:
                row.append(figure_cell("", None))
            else:
                mark = "" if cell["is_complete"] else "…"
                row.append(figure_cell(words.integer(cell["active"]) + mark, cell["active"]))
        rows.append(row)
    heads = [words.say("head.cohort"), words.say("head.size"), *(str(p) for p in range(last + 1))]
    return table(words.say("retention.table"), heads, rows, note=words.say("retention.table_note"))


def curve_title(mean: list[dict[str, Any]], words: Language) -> str:
    """The first month of the common curve and the last that enough customers of several cohorts have lived through."""
    first = mean[0]
    said = {"period": str(first["period"]), "share": words.percent(first["active"] / first["size"], 0)}
    if first["size"] < FEWEST:
        said = {"period": said["period"], "active": words.integer(first["active"])}
        return words.say("retention.curve_title_few", size=words.counted(first["size"], "customer"), **said)
    way = "" if first["period"] == 1 else "_later"
    enough = max(FEWEST, first["size"] / 4)  # of a few cohorts the curve's end goes up and down by chance
    later = [row for row in mean[1:] if row["cohorts"] > 1 and row["size"] >= enough]
    if not later:
        return words.say(f"retention.curve_title_alone{way}", **said)
    share = words.percent(later[-1]["active"] / later[-1]["size"], 0)
    return words.say(f"retention.curve_title{way}", later=share, last=str(later[-1]["period"]), **said)


def _curve(cohorts: list[Cohort], mean: list[dict[str, Any]], words: Language) -> Figure:
    points = tuple((float(row["period"]), row["active"] / row["size"]) for row in mean)
    tips = tuple(
        words.say(
            "retention.curve_tip", period=str(row["period"]), share=words.percent(row["active"] / row["size"]),
            active=words.integer(row["active"]), size=words.integer(row["size"]), cohorts=str(row["cohorts"]),
        )
        for row in mean
    )  # fmt: skip
    lines = [Curve(points, tips, is_main=True)]
    for cohort in cohorts:
        own = [
            (float(p), float(cell["retention"]))
            for p, cell in cohort.cells.items()
            if p > 0 and cell["is_complete"] and cell["retention"] is not None
        ]
        if len(own) > 1:
            lines.append(Curve(tuple(own), (), is_main=False))
    title = curve_title(mean, words)
    wide, narrow = in_both_widths(
        lambda width: curves(
            lines, width=width, axis=words.round_percent, across=lambda s: str(int(s)), label=title,
            across_name=words.say("retention.across"),
        )
    )  # fmt: skip
    rows = [
        [
            cell_of(str, row["period"]),
            cell_of(words.percent, row["active"] / row["size"]),
            cell_of(words.integer, row["active"]),
            cell_of(words.integer, row["size"]),
            cell_of(str, row["cohorts"]),
        ]
        for row in mean
    ]
    heads = words.heads("month_number", "retention", "active", "size", "cohorts")
    keys = (Key("blue", words.say("retention.key_all")), Key("faint", words.say("retention.key_each")))
    return Figure(
        "retention-curve", title, wide, "", narrow, table(words.say("retention.curve_table"), heads, rows), keys=keys
    )

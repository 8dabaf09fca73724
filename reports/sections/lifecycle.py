"""Lifecycle stages: how many customers stand at each step, and for how long they have been silent."""

from __future__ import annotations

import polars as pl

from models.lifecycle import STAGES
from reports.charts.bars import Bar, Row, bars
from reports.labels import HUES
from reports.language import ABSENT, Language
from reports.parts import Cell, Figure, Section, cell_of, figure_cell, in_both_widths, table
from reports.report_data import ReportData

ACTIVE = ("first_purchase", "repeat", "loyal", "reactivated")


def section(data: ReportData, words: Language) -> Section:
    """One bar a stage."""
    name, description = words.say("lifecycle.name"), words.say("lifecycle.description")
    if data.lifecycle_stages.is_empty():
        return Section("lifecycle", name, description, empty=words.say("lifecycle.empty"))
    held = {
        row["stage"]: row
        for row in data.lifecycle_stages.group_by("stage")
        .agg(
            pl.len().alias("customers"),
            pl.col("gap_days").median().alias("gap"),
            pl.col("orders").sum().alias("orders"),
        )
        .to_dicts()
    }
    total = data.lifecycle_stages.height
    rows: list[Row] = []
    lines: list[list[Cell | str]] = []
    for stage in STAGES:
        at = held.get(stage, {"customers": 0, "gap": None, "orders": 0})
        label, share = words.name("stage", stage), at["customers"] / total
        tip = f"{label}: {words.counted(at['customers'], 'customer')} ({words.percent(share)})"
        figure = f"{words.integer(at['customers'])} · {words.percent(share)}"
        rows.append(Row(label, (Bar(share, figure, tip, f"bar {HUES['stage'][stage]}"),)))
        gap = ABSENT if at["gap"] is None else words.integer(at["gap"])
        lines.append(
            [
                label, words.name("stage_meaning", stage), cell_of(words.integer, at["customers"]),
                cell_of(words.percent, share), figure_cell(gap, at["gap"]),
                cell_of(words.integer, at["orders"]),
            ]
        )  # fmt: skip
    title = takeaway({stage: row["customers"] for stage, row in held.items()}, words)
    wide, narrow = in_both_widths(lambda width: bars(rows, width=width, label=title))
    heads = words.heads("stage", "meaning", "customers", "customer_share", "median_gap", "orders")
    numbers = table(words.say("lifecycle.table"), heads, lines)
    never = "potential" in held and len(held) > 1
    subtitle = words.say("lifecycle.subtitle", known=words.counted(total, "customer")) if never else ""
    figure = Figure("lifecycle-stages", title, wide, subtitle, narrow, numbers)
    return Section("lifecycle", name, description, (figure,), lead=title)


def takeaway(customers: dict[str, int], words: Language) -> str:
    """Who is active, who is in the warning stage, who is lost, of all who ever bought."""
    buyers = sum(n for stage, n in customers.items() if stage != "potential")
    if not buyers:
        return words.say("lifecycle.title.no_buyers", customers=words.counted(customers["potential"], "customer"))
    active = sum(customers.get(stage, 0) for stage in ACTIVE)
    return words.say(
        "lifecycle.title",
        buyers=words.counted(buyers, "customer"),
        active=words.percent(active / buyers),
        warning=words.percent(customers.get("churn_warning", 0) / buyers),
        lost=words.percent(customers.get("lost", 0) / buyers),
    )

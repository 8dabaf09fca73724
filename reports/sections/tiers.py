"""The customer pyramid: few customers at the top, much of the value."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from models.value_tiers import TIERS
from reports.charts.bars import Bar, Wing, butterfly
from reports.charts.trends import concentration
from reports.labels import HUES
from reports.language import Language
from reports.parts import Cell, Figure, Section, cell_of, in_both_widths, table
from reports.report_data import ReportData

CURVE_STEPS = 100


def section(data: ReportData, words: Language) -> Section:
    """The butterfly of the tiers and the curve of concentration."""
    name = words.say("tiers.name")
    if data.value_tiers.is_empty():
        return Section("tiers", name, words.say("tiers.description.unknown"), empty=words.say("tiers.empty"))
    basis = str(data.value_tiers["basis"][0])
    description = words.say(f"tiers.description.{basis}", days=words.integer(data.window_days))
    positive = data.value_tiers.filter(pl.col("tier") != "none")
    if positive.is_empty():
        return Section("tiers", name, description, empty=words.say("tiers.empty_money"))
    figures = (_pyramid(data, words), _curve(positive, words)) if positive.height > 1 else (_pyramid(data, words),)
    return Section("tiers", name, description, figures, lead=figures[0].title)


def _pyramid(data: ReportData, words: Language) -> Figure:
    held = {
        row["tier"]: (int(row["customers"]), Decimal(row["value"] or 0))
        for row in data.value_tiers.group_by("tier").agg(pl.len().alias("customers"), pl.col("value").sum()).to_dicts()
    }
    customers = data.value_tiers.height
    worth = sum((value for tier, (_, value) in held.items() if tier != "none"), Decimal(0))
    wings: list[Wing] = []
    rows: list[list[Cell | str]] = []
    for tier in TIERS:
        if tier not in held:
            continue
        count, value = held[tier]
        label, crowd = words.name("tier", tier), count / customers
        share = float(value / worth) if tier != "none" else None
        hue = f"bar {HUES['tier'][tier]}"
        left = Bar(
            crowd, words.percent(crowd),
            f"{label}: {words.counted(count, 'customer')} ({words.percent(crowd)})", "bar pale",
        )  # fmt: skip
        right = Bar(
            share or 0.0, words.percent(share) if share is not None else "",
            f"{label}: {words.money(value)}" + (f" ({words.percent(share)})" if share is not None else ""), hue,
        )  # fmt: skip
        wings.append(Wing(label, left, right))
        rows.append(
            [
                label, cell_of(words.integer, count), cell_of(words.percent, crowd),
                cell_of(words.money, value), cell_of(words.percent, share),
                cell_of(words.money, value / count),
            ]
        )  # fmt: skip
    top, top_value = held.get("high", (0, Decimal(0)))
    title = words.say(
        "tiers.title_one" if top == 1 else "tiers.title",
        customers=words.counted(top, "customer"), share=words.percent(top / customers, 0),
        value=words.percent(float(top_value / worth), 0),
    )  # fmt: skip
    heads = (words.say("tiers.left"), words.say("tiers.right"))
    wide, narrow = in_both_widths(lambda width: butterfly(wings, width=width, heads=heads, label=title))
    columns = words.heads("tier", "customers", "customer_share", "value_sum", "value_share", "mean_value")
    note = words.say("tiers.note") if "none" in held else None
    return Figure("value-tiers", title, wide, "", narrow, table(words.say("tiers.table"), columns, rows), note)


def _curve(positive: pl.DataFrame, words: Language) -> Figure:
    """Cumulative value of the customers with positive value, best first, read at a hundred places."""
    ranked = positive.select(pl.col("value").cast(pl.Float64)).sort("value", descending=True)
    n = ranked.height
    cumulative = ranked["value"].cum_sum()
    total = float(cumulative[-1])
    places = sorted({max(1, round(n * i / CURVE_STEPS)) for i in range(1, CURVE_STEPS + 1)})
    points = [(0.0, 0.0), *((k / n, float(cumulative[k - 1]) / total) for k in places)]
    half_at = int((cumulative < total / 2).sum()) + 1
    marks: list[tuple[float, float, str, str]] = []
    for k in sorted({half_at, max(1, round(n * 0.2))}):
        who, what = words.percent(k / n), words.percent(float(cumulative[k - 1]) / total)
        marks.append(
            (
                k / n,
                float(cumulative[k - 1]) / total,
                f"{who} → {what}",
                words.say("tiers.curve_tip", who=who, what=what),
            )
        )
    if len(marks) > 1 and abs(marks[1][1] - marks[0][1]) < 0.08:
        marks = marks[:1]
    title = words.say("tiers.curve_title", share=words.percent(half_at / n))
    names = (words.say("tiers.curve_across"), words.say("tiers.curve_equal"))
    wide, narrow = in_both_widths(
        lambda width: concentration(
            points, marks, width=width, share=lambda s: words.percent(s, 0), label=title, names=names
        )
    )
    shown = [p for i, p in enumerate(points) if i in (0, len(points) - 1) or i % 10 == 0]
    rows = [[cell_of(words.percent, u), cell_of(words.percent, v)] for u, v in shown]
    heads = words.heads("customer_share", "value_share")
    numbers = table(words.say("tiers.curve_table"), heads, rows)
    return Figure("value-concentration", title, wide, words.say("tiers.curve_subtitle"), narrow, numbers)

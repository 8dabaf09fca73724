"""RFM segments: the grid of recency against frequency and value, and what each segment holds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from models.rfm import GRID, MEASURES, SEGMENTS
from reports.charts.bars import Bar, Row, bars
from reports.charts.grids import GridCell, grid
from reports.labels import HUES
from reports.language import Language
from reports.parts import Cell, Figure, Key, Section, cell_of, figure_cell, in_both_widths, table
from reports.report_data import ReportData


@dataclass(frozen=True)
class Holding:
    """Customers of a segment or cell and their net value in W; value None where no source has money."""

    customers: int
    value: Decimal | None


def section(data: ReportData, words: Language) -> Section:
    """The grid and the bars."""
    name = words.say("segments.name")
    description = words.say("segments.description", days=words.integer(data.window_days)) + held_cuts(data, words)
    if data.rfm_segments.is_empty():
        return Section("segments", name, description, empty=words.say("segments.empty"))
    by_segment = {s: holding for s, holding in segment_holdings(data.rfm_segments).items() if holding.customers}
    customers = sum(h.customers for h in by_segment.values())
    value = _total([h.value for h in by_segment.values()])
    figures = (_grid_figure(data, words, customers, value), _bar_figure(by_segment, words, customers, value))
    return Section("segments", name, description, figures, lead=figures[1].title)


def held_cuts(data: ReportData, words: Language) -> str:
    """The sentence on cuts that are not tonight's quintiles; empty where all are."""
    held = data.rfm_cuts.filter(pl.col("how") != "quantile").sort("cut")
    if held.is_empty():
        return ""
    told: list[str] = []
    for measure in MEASURES:
        values: list[Decimal] = held.filter(pl.col("measure") == measure)["value"].to_list()
        shown = [_money(v, words) if measure == "monetary" else words.integer(v) for v in values]
        if shown:
            told.append(words.say(f"segments.cuts_{measure}", cuts=words.listed(shown)))
    cuts = words.say("join.clauses").join(told)
    return words.say(f"segments.cuts_{held['how'][0]}", cuts=cuts, day=words.day(held["taken_at"][0]))


def _money(value: Decimal, words: Language) -> str:
    return words.money(value, 0 if value == value.to_integral_value() else 2)


def segment_holdings(frame: pl.DataFrame) -> dict[str, Holding]:
    """What every segment holds, in the order of the definitions."""
    rows = frame.group_by("segment").agg(pl.len().alias("customers"), _value_sum()).to_dicts()
    found = {row["segment"]: Holding(row["customers"], row["value"]) for row in rows}
    return {segment: found.get(segment, Holding(0, None)) for segment in SEGMENTS}


def cell_holdings(frame: pl.DataFrame) -> dict[tuple[int, int], Holding]:
    """What every (R, FM) cell holds; FM is (F + M) / 2 rounded half up, or F where there is no money."""
    frequency, money = pl.col("f").cast(pl.Int64), pl.col("m").cast(pl.Int64)
    rows = (
        frame.with_columns(fm=pl.when(money.is_null()).then(frequency).otherwise((frequency + money + 1) // 2))
        .group_by("r", "fm")
        .agg(pl.len().alias("customers"), _value_sum())
        .to_dicts()
    )
    return {(row["r"], row["fm"]): Holding(row["customers"], row["value"]) for row in rows}


def _value_sum() -> pl.Expr:
    """The sum of the money, NULL and not zero where nobody has any."""
    known = pl.col("monetary").is_not_null().any()
    return pl.when(known).then(pl.col("monetary").sum()).otherwise(None).alias("value")


def _total(values: list[Decimal | None]) -> Decimal | None:
    known = [v for v in values if v is not None]
    return sum(known, Decimal(0)) if known else None


def share_of(part: Decimal | int | None, whole: Decimal | int | None) -> float | None:
    """A part of a positive whole as a share; None where there is no such whole."""
    if part is None or whole is None or whole <= 0:
        return None
    return float(part / whole)


def _grid_figure(data: ReportData, words: Language, customers: int, value: Decimal | None) -> Figure:
    held = cell_holdings(data.rfm_segments)
    largest = max(h.customers for h in held.values())
    cells: dict[tuple[int, int], GridCell] = {}
    rows: list[list[Cell | str]] = []
    for r in range(5, 0, -1):
        for fm in range(1, 6):
            segment = GRID[r][fm - 1]
            holding = held.get((r, fm), Holding(0, None))
            step = 0 if not holding.customers else 1 + round(7 * holding.customers / largest)
            crowd = words.percent(holding.customers / customers)
            worth = share_of(holding.value, value)
            detail = words.say("segments.cell_value", share=words.percent(worth)) if worth is not None else crowd
            tip = words.say(
                "segments.cell_tip", segment=words.name("segment", segment), r=str(r), fm=str(fm),
                customers=words.counted(holding.customers, "customer"), share=crowd,
            )  # fmt: skip
            if worth is not None:
                tip += words.say("segments.tip_value", value=words.money(holding.value), share=words.percent(worth))
            cells[(r, fm)] = GridCell(
                segment, min(step, 8), words.integer(holding.customers), detail if holding.customers else "", tip
            )
            rows.append(
                [
                    cell_of(str, r), cell_of(str, fm), words.name("segment", segment),
                    cell_of(words.integer, holding.customers),
                    figure_cell(crowd, holding.customers),
                    figure_cell(words.money(holding.value), _float(holding.value)),
                    cell_of(words.percent, worth),
                ]
            )  # fmt: skip
    best = [h for (r, fm), h in held.items() if r >= 4 and fm >= 4]
    top_customers = sum(h.customers for h in best)
    top_worth = share_of(_total([h.value for h in best]), value)
    crowd = words.percent(top_customers / customers, 0)
    if top_worth is not None:
        title = words.say("segments.grid_title", customers=crowd, value=words.percent(top_worth, 0))
    else:
        title = words.say("segments.grid_title_no_money", customers=crowd)
    wide, narrow = in_both_widths(
        lambda width: grid(
            cells, {s: words.name("segment", s) for s in SEGMENTS}, width=width,
            across=words.say("segments.across" if value is not None else "segments.across_no_money"),
            up=words.say("segments.up"), label=title,
        )
    )  # fmt: skip
    heads = ["recency_score", "fm_score", "segment", "customers", "customer_share", "net_value", "value_share"]
    numbers = table(words.say("segments.grid_table"), words.heads(*heads), rows)
    return Figure("rfm-grid", title, wide, words.say("segments.grid_subtitle"), narrow, numbers)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _bar_figure(held: dict[str, Holding], words: Language, customers: int, value: Decimal | None) -> Figure:
    rows: list[Row] = []
    lines: list[list[Cell | str]] = []
    for segment, holding in held.items():
        name = words.name("segment", segment)
        crowd, worth = holding.customers / customers, share_of(holding.value, value)
        shown = [
            Bar(
                crowd, words.percent(crowd),
                f"{name}: {words.counted(holding.customers, 'customer')} ({words.percent(crowd)})", "bar pale",
            )
        ]  # fmt: skip
        if worth is not None:
            tip = f"{name}: {words.money(holding.value)} ({words.percent(worth)})"
            shown.append(Bar(worth, words.percent(worth), tip, f"bar {HUES['segment'][segment]}"))
        rows.append(Row(name, tuple(shown)))
        mean = None if holding.value is None else holding.value / holding.customers
        lines.append(
            [
                name, words.name("segment_meaning", segment),
                cell_of(words.integer, holding.customers),
                cell_of(words.percent, crowd),
                figure_cell(words.money(holding.value), _float(holding.value)),
                cell_of(words.percent, worth),
                figure_cell(words.money(mean), _float(mean)),
            ]
        )  # fmt: skip
    slipping = [held[s] for s in ("at_risk", "cant_lose_them") if s in held]
    count = sum(h.customers for h in slipping)
    worth = share_of(_total([h.value for h in slipping]), value)
    most = max(holding.customers for holding in held.values())
    largest = [words.name("segment", s) for s, holding in held.items() if holding.customers == most]
    if count and worth is not None:
        title = words.say(
            "segments.slipping", customers=words.counted(count, "customer"), value=words.percent(worth, 0)
        )
    elif len(largest) > 1:
        title = words.say(
            "segments.largest_tied", segments=words.few(largest), share=words.percent(most / customers, 0)
        )
    else:
        title = words.say("segments.largest", segment=largest[0], share=words.percent(most / customers, 0))
    wide, narrow = in_both_widths(lambda width: bars(rows, width=width, label=title))
    heads = ["segment", "meaning", "customers", "customer_share", "net_value", "value_share", "mean_value"]
    numbers = table(words.say("segments.table"), words.heads(*heads), lines)
    keys = [Key("pale", words.say("segments.key_customers"))]
    if value is not None:
        keys.append(Key("several", words.say("segments.key_value")))
    return Figure("rfm-segments", title, wide, "", narrow, numbers, keys=tuple(keys))

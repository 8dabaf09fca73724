"""Net sales month by month, the unfinished month apart."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from reports.charts.columns import Period, columns
from reports.language import MONTHS, Language
from reports.parts import Cell, Figure, Key, Section, Table, cell_of, in_both_widths, table
from reports.periods import month_number, month_start
from reports.report_data import ReportData
from reports.sections.scorecard import is_finished

MOST_MONTHS = 36


@dataclass(frozen=True)
class Month:
    """One month of the shop; a figure is None where the shop has none for it."""

    start: dt.date
    net_sales: float | None
    orders: float | None
    active: float | None
    is_complete: bool


def section(data: ReportData, words: Language) -> Section:
    """Net sales, or orders where no source has money."""
    months = monthly(data)
    ordered = any(m.orders is not None for m in months)
    measure = "orders" if ordered and all(m.net_sales is None for m in months) else "net_sales"
    values = [m.net_sales if measure == "net_sales" else m.orders for m in months]
    name, description = words.say("sales.name"), words.say(f"sales.description.{measure}")
    if not any(v is not None for v in values):
        return Section("sales", name, description, empty=words.say("sales.empty"))
    money = measure == "net_sales"

    def full(value: float | None) -> str:
        return words.money(value) if money else words.integer(value)

    def short(value: float) -> str:
        return words.money_short(value) if money else words.short(value)

    title = takeaway(months, values, measure, words)
    periods: list[Period] = []
    for m, v in zip(months, values, strict=True):
        unfinished = "" if m.is_complete else words.say("sales.tip_unfinished")
        periods.append(
            Period(
                f"{m.start.month}月" if words.code == "zh" else MONTHS[m.start.month - 1][:3],
                str(m.start.year),
                v,
                short(v) if v is not None else "",
                f"{words.month(m.start)}: {full(v)}{unfinished}",
                m.is_complete,
            )
        )
    note = words.say("sales.unfinished_until", month=words.month(months[-1].start), day=words.day(data.as_of))
    wide, narrow = in_both_widths(lambda width: columns(periods, width=width, axis=short, label=title, unfinished=""))
    keys = [Key("blue", words.say("sales.key_full"))]
    if not months[-1].is_complete:
        keys.append(Key("hatched", words.say("sales.key_unfinished")))
    figure = Figure(
        "sales-by-month", title, wide, words.say(f"sales.subtitle.{measure}", currency=data.currency), narrow,
        _table(months, measure, words), None if months[-1].is_complete else note, tuple(keys),
    )  # fmt: skip
    return Section("sales", name, description, (figure,), lead=title)


def monthly(data: ReportData) -> list[Month]:
    """The last months of the shop without gaps, oldest first."""
    rows = (
        data.kpi_scorecard.filter(
            (pl.col("scope") == "all") & (pl.col("grain") == "month") & pl.col("question").is_null()
            & pl.col("kpi").is_in(["net_sales", "orders", "active_customers"]) & pl.col("period_start").is_not_null()
        )
        .sort("period_start", "kpi")
        .to_dicts()
    )  # fmt: skip
    figures: dict[int, dict[str, float | None]] = {}
    finished: dict[int, bool] = {}
    for row in rows:
        number = month_number(row["period_start"])
        figures.setdefault(number, {})[row["kpi"]] = row["value"]
        finished[number] = finished.get(number, True) and is_finished(row, data.as_of)
    if not figures:
        return []
    months: list[Month] = []
    for number in range(max(min(figures), max(figures) - MOST_MONTHS + 1), max(figures) + 1):
        at = figures.get(number, {})
        months.append(
            Month(
                month_start(number), at.get("net_sales"), at.get("orders"), at.get("active_customers"),
                finished.get(number, True),
            )
        )  # fmt: skip
    return months


def takeaway(months: list[Month], values: list[float | None], measure: str, words: Language) -> str:
    """The last full month against the one before and against all the others."""
    finished = [(m, v) for m, v in zip(months, values, strict=True) if m.is_complete and v is not None]
    if not finished:
        return words.say("sales.title.unfinished", month=words.month(months[-1].start))
    last, value = finished[-1]
    figure = words.money_said(value) if measure == "net_sales" else words.counted(int(value), "order")
    values_of = {"month": words.month(last.start), "figure": figure}
    if len(finished) == 1:
        return words.say("sales.title.one", **values_of)
    before, previous = finished[-2]
    is_next = month_number(last.start) - month_number(before.start) == 1
    if not is_next or previous <= 0:
        return words.say("sales.title.one", **values_of)
    change = words.percent(abs(value / previous - 1), 0 if abs(value / previous - 1) >= 0.1 else 1)
    values_of |= {"change": change, "before": words.month(before.start)}
    way = "up" if value >= previous else "down"
    everyone = [v for _, v in finished]
    if len(everyone) > 3 and value == max(everyone):
        return words.say("sales.title.highest", months=words.integer(len(everyone)), **values_of)
    if len(everyone) > 3 and value == min(everyone):
        return words.say("sales.title.lowest", months=words.integer(len(everyone)), **values_of)
    return words.say(f"sales.title.{way}", **values_of)


def _table(months: list[Month], measure: str, words: Language) -> Table:
    rows: list[list[Cell | str]] = []
    for m in months:
        row: list[Cell | str] = [Cell(words.month_short(m.start), float(month_number(m.start)))]
        if measure == "net_sales":
            row.append(cell_of(words.money, m.net_sales))
        row += [cell_of(words.integer, m.orders), cell_of(words.integer, m.active)]
        row.append(words.say("yes" if m.is_complete else "no"))
        rows.append(row)
    heads = ["month", *(["net_sales"] if measure == "net_sales" else []), "orders", "active_customers", "complete"]
    return table(words.say("sales.table"), words.heads(*heads), rows)

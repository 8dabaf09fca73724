"""Restatements: which published months are other than they were, by how much and why."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from reports.language import Language
from reports.parts import Cell, Figure, cell_of, table
from reports.report_data import ReportData

MOST_ROWS = 60


def figure(data: ReportData, words: Language) -> Figure:
    """Month by month, cause by cause, newest first; a sentence where nothing has changed."""
    rows = data.restatements.sort(["period_start", "subject", "cause"], descending=[True, True, False])
    if rows.is_empty():
        return Figure("restatements", words.say("restatements.none"), Markup(""))
    changes = rows["net_change"].drop_nulls()
    months = words.counted(rows["period_start"].n_unique(), "month")
    title = (
        words.say("restatements.title_money", months=months, change=_signed(changes.sum(), words))
        if len(changes)
        else words.say("restatements.title", months=months)
    )
    heads = words.heads(
        "month", "subject", "cause", "rows_added", "rows_removed", "orders", "net_change", "value_moved"
    )
    lines: list[list[Cell | str]] = [
        [
            words.month(row["period_start"]),
            words.name("restatement_subject", row["subject"]),
            words.name("restatement_cause", row["cause"]),
            *(cell_of(words.integer, row[name]) for name in ("rows_added", "rows_removed", "orders")),
            *(cell_of(_signed, row[name], words) for name in ("net_change", "value_moved")),
        ]
        for row in rows.head(MOST_ROWS).iter_rows(named=True)
    ]
    note = (
        words.say("restatements.rest", rows=words.integer(rows.height - MOST_ROWS)) if len(rows) > MOST_ROWS else None
    )
    numbers = table(words.say("restatements.table"), heads, lines, note=note)
    return Figure("restatements", title, Markup(""), words.say("restatements.subtitle"), table=numbers, is_open=True)


def _signed(value: Any, words: Language) -> str:
    return ("+" if value is not None and value > 0 else "") + words.money(value, 2)

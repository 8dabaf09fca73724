"""Data quality: where every landed row and its money went, why rows were set aside, and what was checked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
from markupsafe import Markup

from reports.charts.bars import Bar, Part, Row, Stack, bars, stacks
from reports.field_names import FIELD_NAMES
from reports.labels import REASONS
from reports.language import ABSENT, Language
from reports.parts import Cell, Figure, Key, Section, cell_of, figure_cell, in_both_widths, table
from reports.report_data import ReportData
from reports.sections import checks, identity

COUNTS = ("rows_in", "accepted", "excluded", "charges", "superseded", "duplicates", "quarantined", "dated_ahead")
MONEY = ("amount_in", "amount_accepted", "amount_duplicates", "amount_quarantined")
FATE_HUES = {
    "measured": "blue", "accepted": "blue", "charges": "sky", "excluded": "pale", "superseded": "grey",
    "duplicates": "amber", "quarantined": "vermillion",
}  # fmt: skip
MOST_REASONS = 15
Entry = dict[str, Any]


def section(data: ReportData, words: Language) -> Section:
    """Rows, money, reasons, files and checks."""
    name, description = words.say("quality.name"), words.say("quality.description")
    figures: list[Figure] = []
    if not data.row_accounting.is_empty():
        figures.append(_rows(data, words))
        if data.row_accounting.select(pl.any_horizontal(pl.col(c).fill_null(0) != 0 for c in MONEY).any()).item():
            figures.append(_money(data, words))
        if not data.row_accounting.filter(pl.col("status") == "unreadable").is_empty():
            figures.append(_unreadable(data, words))
    if not data.quarantine_reasons.is_empty():
        figures.append(_reasons(data, words))
    if data.identity is not None and data.identity.accounts:
        figures.append(identity.figure(data.identity, words))
    if not data.checks.is_empty():
        figures.append(checks.figure(data.checks, words))
    if not figures:
        return Section("quality", name, description, empty=words.say("quality.empty"))
    return Section("quality", name, description, tuple(figures), lead=figures[0].title)


def fates(row: Entry) -> dict[str, int]:
    """The rows of a source by what became of them; the parts sum to ``rows_in`` where the law holds.

    A row that is both superseded and excluded cannot be told apart here, so where the parts of the accepted rows
    exceed them the accepted rows stay whole.
    """
    measured = row["accepted"] - row["excluded"] - row["charges"] - row["superseded"]
    accepted = (
        {"accepted": row["accepted"]}
        if measured < 0
        else {
            "measured": measured, "charges": row["charges"], "excluded": row["excluded"],
            "superseded": row["superseded"],
        }
    )  # fmt: skip
    return {**accepted, "duplicates": row["duplicates"], "quarantined": row["quarantined"]}


def _by_source(frame: pl.DataFrame) -> list[Entry]:
    return (
        frame.group_by("source")
        .agg(pl.struct("file", "content").n_unique().alias("files"), *(pl.col(c).sum() for c in COUNTS))
        .sort("source")
        .to_dicts()
    )


def _rows(data: ReportData, words: Language) -> Figure:
    sources = _by_source(data.row_accounting)
    stack_rows: list[Stack] = []
    lines: list[list[Cell | str]] = []
    seen: list[str] = []
    for row in sources:
        whole = sum(fates(row).values())
        parts: list[Part] = []
        for fate, count in fates(row).items():
            if not count:
                continue
            seen.append(fate)
            share = count / whole
            label = words.name("fate", fate)
            tip = f"{row['source']}, {label}: {words.counted(count, 'row')} ({words.percent(share)})"
            parts.append(Part(share, f"{label} {words.percent(share)}", tip, f"bar {FATE_HUES[fate]}"))
        detail = f"{words.counted(row['rows_in'], 'row')}, {words.counted(row['files'], 'file')}"
        stack_rows.append(Stack(row["source"], detail, tuple(parts)))
        lines.append(
            [row["source"], cell_of(words.integer, row["files"]),
             *(cell_of(words.integer, row[c]) for c in COUNTS)]
        )  # fmt: skip
    total = {c: sum(row[c] for row in sources) for c in COUNTS}
    law = total["rows_in"] == total["accepted"] + total["duplicates"] + total["quarantined"]
    values = {
        "rows": words.counted(total["rows_in"], "row"),
        "accepted": words.percent(total["accepted"] / total["rows_in"]) if total["rows_in"] else ABSENT,
        "duplicates": words.integer(total["duplicates"]), "quarantined": words.integer(total["quarantined"]),
    }  # fmt: skip
    title = words.say("quality.title" if law else "quality.title_broken", **values)
    wide, narrow = in_both_widths(lambda width: stacks(stack_rows, width=width, label=title))
    heads = words.heads("source", "files", *COUNTS)
    numbers = table(words.say("quality.rows_table"), heads, lines, note=words.say("quality.law"))
    keys = tuple(Key(FATE_HUES[f], words.name("fate", f)) for f in FATE_HUES if f in seen)
    note = (
        words.say("quality.dated_ahead", rows=words.counted(total["dated_ahead"], "row"))
        if total["dated_ahead"]
        else None
    )
    return Figure("row-accounting", title, wide, words.say("quality.law"), narrow, numbers, note, keys)


def _money(data: ReportData, words: Language) -> Figure:
    sums = (
        data.row_accounting.filter(pl.col("amount_in").is_not_null())
        .with_columns(pl.col("currency").fill_null(data.currency))
        .group_by("source", "currency")
        .agg(pl.col(c).sum() for c in MONEY)
        .filter(pl.any_horizontal(pl.col(c) != 0 for c in MONEY))  # a survey's rows carry no money
        .sort("source", "currency")
        .to_dicts()
    )
    lines: list[list[Cell | str]] = []
    broken = 0
    for row in sums:
        left = row["amount_in"] - sum((row[c] or Decimal(0) for c in MONEY[1:]), Decimal(0))
        broken += left != 0
        lines.append(
            [row["source"], row["currency"], *(figure_cell(words.number(row[c], 2), float(row[c] or 0)) for c in MONEY),
             cell_of(words.number, left, 2)]
        )  # fmt: skip
    heads = words.heads("source", "currency", *MONEY, "difference")
    title = words.say("quality.money_title" if not broken else "quality.money_broken")
    return Figure(
        "money-accounting", title, Markup(""), words.say("quality.money_subtitle"),
        table=table(words.say("quality.money_table"), heads, lines), is_open=True,
    )  # fmt: skip


def _unreadable(data: ReportData, words: Language) -> Figure:
    files = data.row_accounting.filter(pl.col("status") == "unreadable").sort("source", "file").to_dicts()
    lines = [[row["source"], row["file"], row["error"] or ABSENT] for row in files]
    title = words.say("quality.unreadable", files=words.counted(len(files), "file"))
    heads = words.heads("source", "file", "error")
    return Figure("unreadable-files", title, Markup(""), table=table(title, heads, lines[:50]), is_open=True)


def _reasons(data: ReportData, words: Language) -> Figure:
    found = data.quarantine_reasons.sort(["rows", "source", "reason"], descending=[True, False, False]).to_dicts()
    several = len({row["source"] for row in found}) > 1
    rows: list[Row] = []
    lines: list[list[Cell | str]] = []
    for row in found:
        reason = reason_name(row["reason"], words)
        label = f"{reason} ({row['source']})" if several else reason
        if len(rows) < MOST_REASONS:
            figure = words.integer(row["rows"])
            rows.append(
                Row(
                    label,
                    (Bar(row["rows"], figure, f"{label}: {words.counted(row['rows'], 'row')}", "bar vermillion"),),
                )
            )
        lines.append([row["source"], reason, cell_of(words.integer, row["rows"])])
    rows_of_first = words.counted(found[0]["rows"], "row")
    first = [row for row in found if row["rows"] == found[0]["rows"]]
    if len(first) > 1:
        names = list(dict.fromkeys(reason_name(row["reason"], words) for row in first))
        title = words.say("quality.reasons_title_tied", reasons=words.few(names), rows=rows_of_first)
    else:
        title = words.say(
            "quality.reasons_title", reason=reason_name(found[0]["reason"], words), rows=rows_of_first,
            source=found[0]["source"],
        )  # fmt: skip
    wide, narrow = in_both_widths(lambda width: bars(rows, width=width, label=title))
    heads = words.heads("source", "reason", "rows")
    return Figure(
        "quarantine-reasons", title, wide, words.say("quality.reasons_subtitle"), narrow,
        table(words.say("quality.reasons_table"), heads, lines),
    )  # fmt: skip


def reason_name(reason: str, words: Language) -> str:
    """A reason in words; those of a field name the field, a column of the shop's own as the shop does."""
    for kind in ("missing", "unparsable"):
        if reason.startswith(kind + "_") and reason not in REASONS:
            field = reason.removeprefix(kind + "_")
            told = words.name("field", field) if field in FIELD_NAMES else field
            return words.say(f"quality.reason_{kind}", field=told)
    return words.name("reason", reason)

"""Data quality: where every landed row and its money went, why rows were set aside, and what was checked."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, cast

import polars as pl
from markupsafe import Markup

from reports.charts.bars import Bar, Part, Row, Stack, bars, stacks
from reports.drawing import element
from reports.labels import REASONS
from reports.language import ABSENT, Language
from reports.parts import Cell, Figure, Key, Section, figure_cell, in_both_widths, table
from reports.report_data import ReportData

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
    if not data.checks.is_empty():
        figures.append(_checks(data, words))
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
        .agg(pl.len().alias("files"), *(pl.col(c).sum() for c in COUNTS))
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
            [row["source"], figure_cell(words.integer(row["files"]), row["files"]),
             *(figure_cell(words.integer(row[c]), row[c]) for c in COUNTS)]
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
    heads = [words.say(f"head.{h}") for h in ("source", "files", *COUNTS)]
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
             figure_cell(words.number(left, 2), float(left))]
        )  # fmt: skip
    heads = [words.say(f"head.{h}") for h in ("source", "currency", *MONEY, "difference")]
    title = words.say("quality.money_title" if not broken else "quality.money_broken")
    return Figure(
        "money-accounting", title, Markup(""), words.say("quality.money_subtitle"),
        table=table(words.say("quality.money_table"), heads, lines), is_open=True,
    )  # fmt: skip


def _unreadable(data: ReportData, words: Language) -> Figure:
    files = data.row_accounting.filter(pl.col("status") == "unreadable").sort("source", "file").to_dicts()
    lines = [[row["source"], row["file"], row["error"] or ABSENT] for row in files]
    title = words.say("quality.unreadable", files=words.counted(len(files), "file"))
    heads = [words.say(f"head.{h}") for h in ("source", "file", "error")]
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
        lines.append([row["source"], reason, figure_cell(words.integer(row["rows"]), row["rows"])])
    title = words.say(
        "quality.reasons_title", reason=reason_name(found[0]["reason"], words),
        rows=words.counted(found[0]["rows"], "row"), source=found[0]["source"],
    )  # fmt: skip
    wide, narrow = in_both_widths(lambda width: bars(rows, width=width, label=title))
    heads = [words.say(f"head.{h}") for h in ("source", "reason", "rows")]
    return Figure(
        "quarantine-reasons", title, wide, words.say("quality.reasons_subtitle"), narrow,
        table(words.say("quality.reasons_table"), heads, lines),
    )  # fmt: skip


def reason_name(reason: str, words: Language) -> str:
    """A reason in words; those of a field name the field."""
    for kind in ("missing", "unparsable"):
        if reason.startswith(kind + "_") and reason not in REASONS:
            return words.say(f"quality.reason_{kind}", field=reason.removeprefix(kind + "_"))
    return words.name("reason", reason)


def _checks(data: ReportData, words: Language) -> Figure:
    found = data.checks.sort("passed", "severity", "table", "check").to_dicts()
    failed = [row for row in found if not row["passed"]]
    lines: list[list[Cell | str]] = []
    for row in found:
        verdict = "passed" if row["passed"] else "failed"
        icon = element(
            "svg",
            element("use", href=f"#icon-{'met' if row['passed'] else 'missed'}"),
            class_="icon",
            aria_hidden="true",
        )
        state = element("span", icon, " ", words.say(f"quality.{verdict}"), class_=f"state {verdict}")
        lines.append(
            [
                Cell(state, 1.0 if row["passed"] else 0.0), row["table"], row["description"] or row["check"],
                words.name("severity", row["severity"]), observed_text(row["observed"], words),
            ]
        )  # fmt: skip
    total = words.counted(len(found), "check")
    if failed:
        critical = sum(row["severity"] in ("critical", "error") for row in failed)
        title = words.say(
            "quality.checks_failed_critical" if critical else "quality.checks_failed",
            failed=words.integer(len(failed)),
            total=total,
            critical=words.integer(critical),
        )
    else:
        title = words.say("quality.checks_passed", total=total)
    heads = [words.say(f"head.{h}") for h in ("result", "table", "check", "severity", "observed_value")]
    shown = lines[: len(failed)]
    picture = _open_table(heads, shown) if failed else Markup("")
    return Figure("checks", title, picture, table=table(words.say("quality.checks_table"), heads, lines))


def observed_text(value: str | None, words: Language) -> str:
    """What a check saw: figures by name where it recorded several, else its own words."""
    if not value:
        return ABSENT
    try:
        figures: object = json.loads(value)
    except ValueError:
        return value
    if not isinstance(figures, dict):
        return _figure(figures, words)
    named = cast("dict[str, object]", figures)
    return ", ".join(f"{name.replace('_', ' ')} {_figure(figure, words)}" for name, figure in named.items()) or ABSENT


def _figure(value: object, words: Language) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return words.round_number(value, 0 if float(value).is_integer() else 4)
    return ABSENT if value is None else str(value)


def _open_table(heads: list[str], rows: list[list[Cell | str]]) -> Markup:
    """The failed checks, unfolded where a picture would stand."""
    head = element("tr", *(element("th", h, scope="col") for h in heads))
    body = [element("tr", *(element("td", c.text if isinstance(c, Cell) else c) for c in row)) for row in rows]
    inner = element("table", element("thead", head), element("tbody", *body), class_="numbers-table")
    return element("div", inner, class_="scroll")

"""What moved since the release before: who changed segment, stage or tier, and what was published otherwise."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import polars as pl
from markupsafe import Markup

from models.lifecycle import STAGES
from models.moves import GONE, NEW
from models.rfm import SEGMENTS
from models.value_tiers import TIERS
from reports.charts.flows import Flow, flows
from reports.labels import HUES
from reports.language import Language
from reports.parts import Cell, Figure, Section, cell_of, figure_cell, in_both_widths, table
from reports.report_data import ReportData
from reports.sections import move_causes, restatements

MOST_FLOWS = 16
ORDERS = {"stage": STAGES, "rfm": SEGMENTS, "tier": TIERS}
_GROUPS = {"stage": "stage", "rfm": "segment", "tier": "tier"}


@dataclass(frozen=True)
class Move:
    """Customers who went from one place to another, and what they are worth."""

    origin: str
    destination: str
    customers: int
    value: Decimal | None


def section(data: ReportData, words: Language) -> Section:
    """One flow picture a kind, stayers left out, the causes, and the restated months."""
    name = words.say("moves.name")
    if data.segment_moves.is_empty() or data.previous_as_of is None:
        empty = words.say("moves.empty" if data.previous_as_of is None else "moves.empty_table")
        return Section("moves", name, words.say("moves.description_first"), empty=empty)
    days = (data.as_of - data.previous_as_of).days
    description = words.say("moves.description", before=words.day(data.previous_as_of), days=words.counted(days, "day"))
    figures = [
        _figure(kind, data.segment_moves.filter(pl.col("kind") == kind), data.previous_as_of, data.as_of, words)
        for kind in ORDERS
        if not data.segment_moves.filter(pl.col("kind") == kind).is_empty()
    ]
    if not data.move_causes.is_empty():
        figures.append(move_causes.figure(data, words))
    figures.append(restatements.figure(data, words))
    return Section("moves", name, description, tuple(figures), lead=figures[0].title)


def moves_of(frame: pl.DataFrame) -> list[Move]:
    """Every move that is one, most customers first."""
    rows = frame.filter((pl.col("from_segment") != pl.col("to_segment")) & (pl.col("customers") > 0)).sort(
        ["customers", "from_segment", "to_segment"], descending=[True, False, False]
    )
    return [
        Move(row["from_segment"], row["to_segment"], row["customers"], row["value_moved"])
        for row in rows.iter_rows(named=True)
    ]


def _figure(kind: str, frame: pl.DataFrame, before: dt.date, now: dt.date, words: Language) -> Figure:
    moves = moves_of(frame)
    group = _GROUPS[kind]

    def name(place: str) -> str:
        return words.name("end" if place in (NEW, GONE) else group, place)

    inside = [m for m in moves if m.origin != NEW and m.destination != GONE]
    moved = sum(m.customers for m in inside)
    both = frame.filter((pl.col("from_segment") != NEW) & (pl.col("to_segment") != GONE))["customers"].sum()
    arrived = sum(m.customers for m in moves if m.origin == NEW)
    kind_name = words.name("move_kind", kind)
    title = words.say(
        "moves.title" if moved else "moves.title_none", kind=kind_name, customers=words.counted(moved, "customer"),
        share=words.percent(moved / both if both else 0.0),
    )  # fmt: skip
    sentences: list[str] = []
    for m in inside[:3]:
        sentences.append(
            words.say(
                "moves.sentence", origin=name(m.origin), destination=name(m.destination),
                customers=words.counted(m.customers, "customer"),
            )
            + (words.say("moves.sentence_value", value=words.money_short(m.value)) if m.value is not None else "")
        )  # fmt: skip
    note = words.say("moves.largest", moves=words.say("join.clauses").join(sentences)) if sentences else ""
    if arrived:
        note += (" " if note else "") + words.say("moves.arrived", customers=words.counted(arrived, "customer"))
    rest = moves[MOST_FLOWS:]
    if rest:
        small = sum(m.customers for m in rest)
        note += " " + words.say(
            "moves.rest", moves=words.integer(len(rest)), customers=words.counted(small, "customer")
        )
    order = [name(NEW), *(name(p) for p in ORDERS[kind]), name(GONE)]
    drawn = [
        Flow(
            name(m.origin), name(m.destination), m.customers,
            HUES[group].get(m.destination, "grey"),
            f"{name(m.origin)} → {name(m.destination)}: {words.counted(m.customers, 'customer')}"
            + (f", {words.money(m.value)}" if m.value is not None else ""),
        )
        for m in moves[:MOST_FLOWS]
    ]  # fmt: skip
    rows: list[list[Cell | str]] = [
        [
            name(row["from_segment"]), name(row["to_segment"]),
            cell_of(words.integer, row["customers"]),
            figure_cell(words.money(row["value_moved"]), _float(row["value_moved"])),
        ]
        for row in frame.sort(["customers", "from_segment", "to_segment"], descending=[True, False, False]).iter_rows(
            named=True
        )
    ]  # fmt: skip
    heads = words.heads("from", "to", "customers", "value_moved")
    numbers = table(words.say("moves.table", kind=kind_name), heads, rows)
    sides = (words.day(before), words.day(now))
    if drawn:
        wide, narrow = in_both_widths(
            lambda width: flows(
                drawn, width=width, count=words.integer, heads=sides, label=title, orders=(order, order)
            )
        )
    else:
        wide, narrow = _nothing()
    return Figure(f"moves-{kind}", title, wide, "", narrow, numbers, note.strip() or None)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _nothing() -> tuple[Markup, None]:
    """No picture where nobody moved: the title says so."""
    return Markup(""), None

"""Traits and age bands: who has them, what they bring in, and which segments they meet more often than chance."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
from markupsafe import Markup

from models.customer_traits import AGE_BANDS, TRAITS
from models.lifecycle import STAGES
from models.value_tiers import TIERS
from reports.charts.bars import Bar, Row, bars
from reports.drawing import element
from reports.labels import HUES
from reports.language import Language
from reports.parts import HALF, Cell, Figure, Key, Section, Table, cell_of, figure_cell, table
from reports.report_data import ReportData
from reports.sections.segments import share_of

PARTNERS = {
    "trait": TRAITS, "stage": STAGES, "tier": TIERS, "risk_band": tuple(HUES["risk_band"]), "age_band": AGE_BANDS[:-1],
}  # fmt: skip
"""The segments that the traits are set against, in the order they are listed."""
LEAST_EXPECTED = 5
"""Customers that chance alone would have in both: of fewer a ratio says nothing."""
STEPS = 7


def sections(data: ReportData, words: Language) -> tuple[Section, ...]:
    """The section of traits; none where nobody has a trait or a known age."""
    overlap = data.segment_overlap
    if overlap is None or overlap.is_empty():
        return ()
    own = overlap.filter(pl.col("kind") == pl.col("other_kind"), pl.col("segment") == pl.col("other_segment"))
    by_stage = own.filter(pl.col("kind") == "stage")["net_value_both"]
    whole = Decimal(by_stage.sum()) if by_stage.is_not_null().any() else None
    held = {(row["kind"], row["segment"]): row for row in own.to_dicts()}
    traits = [held["trait", trait] for trait in TRAITS if ("trait", trait) in held]
    ages = [held["age_band", band] for band in AGE_BANDS if ("age_band", band) in held]
    figures: list[Figure] = []
    if traits:
        figures.append(_bars("customer-traits", "trait", traits, whole, words))
    if any(row["segment"] != "unknown" for row in ages):
        figures.append(_bars("age-bands", "age_band", ages, whole, words))
    heat = _heat(overlap, [row["segment"] for row in traits], words)
    if heat is not None:
        figures.append(heat)
    if not figures:
        return ()
    description = words.say("traits.description", days=words.integer(data.window_days))
    return (Section("traits", words.say("traits.name"), description, tuple(figures), lead=figures[0].title),)


def _bars(id: str, kind: str, held: list[dict[str, Any]], whole: Decimal | None, words: Language) -> Figure:
    """Share of customers and, where money is known, of net value; one row a trait or age band."""
    rows: list[Row] = []
    lines: list[list[Cell | str]] = []
    for one in held:
        label = words.name(kind, one["segment"])
        crowd, worth = one["customers"] / one["known_customers"], share_of(one["net_value_both"], whole)
        tip = f"{label}: {words.counted(one['customers'], 'customer')} ({words.percent(crowd)})"
        shown = [Bar(crowd, words.percent(crowd), tip, "bar pale")]
        if worth is not None:
            tip = f"{label}: {words.money(one['net_value_both'])} ({words.percent(worth)})"
            shown.append(Bar(worth, words.percent(worth), tip, "bar blue"))
        rows.append(Row(label, tuple(shown)))
        line: list[Cell | str] = [label]
        if kind == "trait":
            line.append(words.name("trait_meaning", one["segment"]))
        value = one["net_value_both"]
        cells = (
            (words.integer(one["customers"]), one["customers"]), (words.percent(crowd), crowd),
            (words.money(value), None if value is None else float(value)), (words.percent(worth), worth),
        )  # fmt: skip
        lines.append([*line, *(figure_cell(text, sort) for text, sort in cells)])
    title = _title(kind, held, whole, words)
    heads = [kind, *(["meaning"] if kind == "trait" else []), "customers", "customer_share", "net_value", "value_share"]
    numbers = table(words.say(f"traits.{kind}_table"), words.heads(*heads), lines)
    keys = [Key("pale", words.say("segments.key_customers"))]
    if whole is not None:
        keys.append(Key("blue", words.say("traits.key_value")))
    picture = bars(rows, width=HALF, label=title)
    return Figure(id, title, picture, "", None, numbers, keys=tuple(keys), is_half=True)


def _title(kind: str, held: list[dict[str, Any]], whole: Decimal | None, words: Language) -> str:
    """Whoever brings in most for their number; where no money is known, whoever is most."""
    named = [one for one in held if one["segment"] != "unknown"]

    def per_head(one: dict[str, Any]) -> float:
        return float(one["net_value_both"]) / one["customers"]

    first = max(named, key=lambda one: one["customers"] if whole is None else per_head(one))
    worth = share_of(first["net_value_both"], whole)
    said = {
        "name": words.name(kind, first["segment"]),
        "customers": words.counted(first["customers"], "customer"),
        "share": words.percent(first["customers"] / first["known_customers"]),
    }
    if worth is None:
        return words.say(f"traits.{kind}_title_no_money", **said)
    return words.say(f"traits.{kind}_title", value=words.percent(worth), **said)


def _heat(overlap: pl.DataFrame, traits: list[str], words: Language) -> Figure | None:
    """The traits against the other segments: how many times as often together as chance would have them."""
    of_traits = overlap.filter(pl.col("kind") == "trait")
    pairs = {(row["segment"], row["other_kind"], row["other_segment"]): row for row in of_traits.to_dicts()}
    told = [pair for pair in pairs.values() if _is_told(pair) and not _is_itself(pair)]
    listed = {(pair["other_kind"], pair["other_segment"]) for pair in told}
    partners = [(kind, one) for kind, segments in PARTNERS.items() for one in segments if (kind, one) in listed]
    told = [pair for pair in told if (pair["other_kind"], pair["other_segment"]) in partners]
    if not told:
        return None
    told.sort(key=lambda pair: (-pair["lift"], pair["segment"], pair["other_kind"], pair["other_segment"]))
    head = [element("th", words.say("traits.with"), scope="col")]
    head += [element("th", words.name("trait", trait), scope="col") for trait in traits]
    body: list[Markup] = []
    for kind, segment in partners:
        name = element("th", _partner(kind, segment, words), scope="row")
        cells = [_heat_cell(pairs.get((trait, kind, segment)), words) for trait in traits]
        body.append(element("tr", name, *cells))
    label = words.say("traits.heat_label")
    heat = element(
        "table", element("caption", label, class_="unseen"), element("thead", element("tr", *head)),
        element("tbody", *body), class_="heat",
    )  # fmt: skip
    picture = element("div", heat, class_="scroll", role="region", aria_label=label, tabindex="0")
    # That a trait of one order meets the stage of one order is no news.
    first = next((pair for pair in told if pair["other_kind"] != "stage"), told[0])
    times = words.number(first["lift"], 1)
    told_apart = {"1.0": "traits.heat_title_alike", "0.0": "traits.heat_title_apart"}
    kind, segment = first["other_kind"], first["other_segment"]
    other = words.name("trait", segment) if kind == "trait" else _partner(kind, segment, words)
    title = words.say(
        told_apart.get(times, "traits.heat_title"),
        trait=words.name("trait", first["segment"]),
        other=other,
        times=times,
    )
    keys = (Key("ramp", words.say("traits.key_ramp")), Key("hatched", words.say("traits.key_few")))
    numbers = _pair_table(told, words)
    return Figure(
        "segment-overlap", title, picture, words.say("traits.heat_subtitle"), table=numbers, keys=keys,
        note=words.say("traits.heat_note"),
    )  # fmt: skip


def _is_itself(pair: dict[str, Any]) -> bool:
    return (pair["kind"], pair["segment"]) == (pair["other_kind"], pair["other_segment"])


def _is_told(pair: dict[str, Any] | None) -> bool:
    if pair is None:
        return False
    return pair["customers"] * pair["other_customers"] >= LEAST_EXPECTED * pair["known_customers"]


def _partner(kind: str, segment: str, words: Language) -> str:
    return words.say("traits.partner", kind=words.name("overlap_kind", kind), segment=words.name(kind, segment))


def _heat_cell(pair: dict[str, Any] | None, words: Language) -> Markup:
    if pair is None or _is_itself(pair):
        return element("td", "", class_="none")
    tip = words.say(
        "traits.cell_tip", trait=words.name("trait", pair["segment"]),
        other=_partner(pair["other_kind"], pair["other_segment"], words),
        customers=words.counted(pair["customers_both"], "customer"), value=words.money(pair["net_value_both"]),
    )  # fmt: skip
    if not _is_told(pair):
        return element("td", "", class_="hatched", title=tip)
    step = min(round(2 * pair["lift"]), STEPS)
    return element("td", words.number(pair["lift"], 1), class_=f"q{step}", title=tip)


def _pair_table(told: list[dict[str, Any]], words: Language) -> Table:
    lines: list[list[Cell | str]] = []
    for pair in told:
        value = pair["net_value_both"]
        lines.append(
            [
                words.name("trait", pair["segment"]), _partner(pair["other_kind"], pair["other_segment"], words),
                cell_of(words.integer, pair["customers_both"]),
                cell_of(words.number, pair["lift"], 2),
                cell_of(words.percent, pair["jaccard"]),
                figure_cell(words.money(value), None if value is None else float(value)),
            ]
        )  # fmt: skip
    heads = ("trait", "other_segment", "customers_both", "lift", "jaccard", "net_value")
    return table(words.say("traits.heat_table"), words.heads(*heads), lines)

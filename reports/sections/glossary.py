"""What the words on the page mean: KPIs from their cards, segments, stages and verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from models.customer_traits import TRAITS
from models.kpi_cards import CARDS, HOUSE
from models.lifecycle import STAGES
from models.rfm import SEGMENTS
from reports.labels import STATUSES
from reports.language import Language
from reports.report_data import ReportData

_SAID_OF_SOURCES: Final = {
    "; interval: ": "；区间：", ", with customers as the units": "，以客户为抽样单位", "Top-box share": "满意占比",
    "Rocks 2016, of a scale": "Rocks 2016（量表）",
}  # fmt: skip
"""What is said of a source beside its title, in Chinese."""


@dataclass(frozen=True)
class Term:
    """One word with its id, meaning, formula and origin."""

    name: str
    id: str
    text: str
    formula: str = ""
    source: str = ""


@dataclass(frozen=True)
class Chapter:
    """Terms of one kind under a heading."""

    heading: str
    terms: tuple[Term, ...]


def glossary(data: ReportData, words: Language) -> tuple[Chapter, ...]:
    """The terms of tonight's page: every KPI in the scorecard, all segments, stages and verdicts."""
    present = set(data.kpi_scorecard["kpi"].to_list())
    kpis: list[Term] = []
    for card in CARDS.values():
        if card.id not in present:
            continue
        in_english = words.code == "en"
        text = card.description_en if in_english else card.description_zh
        formula = card.formula_en if in_english else card.formula_zh
        kpis.append(Term(words.name("kpi", card.id), card.id, text, formula, _origin(card.source, words)))
    segments = [Term(words.name("segment", s), s, words.name("segment_meaning", s)) for s in SEGMENTS]
    stages = [Term(words.name("stage", s), s, words.name("stage_meaning", s)) for s in STAGES]
    traits = [
        Term(words.name("trait", t), t, words.name("trait_meaning", t)) for t in TRAITS if t in _traits_held(data)
    ]
    verdicts = [Term(words.name("status", s), s, words.say(f"status.{s}")) for s in STATUSES]
    chapters = [
        Chapter(words.say("glossary.kpis"), tuple(kpis)),
        Chapter(words.say("glossary.segments"), tuple(segments)),
        Chapter(words.say("glossary.stages"), tuple(stages)),
        Chapter(words.say("glossary.traits"), tuple(traits)),
        Chapter(words.say("glossary.verdicts"), tuple(verdicts)),
    ]
    return tuple(c for c in chapters if c.terms)


def _origin(source: str, words: Language) -> str:
    """Where a definition comes from; titles of papers and books stay in their language."""
    if words.code == "en":
        return source
    for english, chinese in ((HOUSE, words.say("glossary.house")), *_SAID_OF_SOURCES.items()):
        source = source.replace(english, chinese)
    return source


def _traits_held(data: ReportData) -> set[str]:
    """The traits that somebody has."""
    if data.segment_overlap is None:
        return set()
    return set(data.segment_overlap.filter(pl.col("kind") == "trait")["segment"])

"""What stands behind satisfaction: how many gave each score."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import polars as pl

from reports.charts.bars import Bar, Row, bars
from reports.language import Language
from reports.parts import HALF, Figure, Key, figure_cell, table
from reports.report_data import SurveyWork

if TYPE_CHECKING:
    from reports.sections.satisfaction import Question

Kind = Literal["csat", "nps"]
ATTITUDE_HUES = {"promoters": "blue", "passives": "pale", "detractors": "vermillion"}


def distribution(id: str, kind: Kind, question: Question, work: SurveyWork, words: Language) -> Figure | None:
    """How many gave each score in the latest finished period of a question; None where nobody was counted."""
    finished = [p for p in question.periods if p["is_complete"]] or list(question.periods)
    start = finished[-1]["period_start"]
    scores = work.scores.filter(
        pl.col("question") == question.name, pl.col("grain") == question.grain, pl.col("period_start") == start
    )
    if not scores.height:
        return None
    answers = int(scores["responses"].sum())
    period = words.period(start, question.grain)
    rows: list[Row] = []
    lines = []
    for level, responses, satisfied in _levels(kind, scores):
        share = responses / answers
        shown = words.percent(share)
        hue = ATTITUDE_HUES[attitude(level)] if kind == "nps" else "blue" if satisfied * 2 > responses else "pale"
        tip = words.say(
            "satisfaction.score_tip", score=str(level), share=shown, answers=words.counted(responses, "answer")
        )
        rows.append(Row(str(level), (Bar(share, shown, tip, f"bar {hue}"),)))
        lines.append(
            [
                figure_cell(str(level), level),
                figure_cell(words.integer(responses), responses),
                figure_cell(shown, share),
            ]
        )
    most = max(rows, key=lambda row: row.bars[0].value)
    title = words.say("satisfaction.scores", score=most.name, share=most.bars[0].text, period=period)
    subtitle = words.say(
        "satisfaction.scores_subtitle", question=question.name, period=period, answers=words.counted(answers, "answer")
    )
    heads = [words.say("head.score"), words.say("head.n"), words.say("head.share")]
    if kind == "nps":
        keys = [Key(hue, words.name("attitude", name)) for name, hue in ATTITUDE_HUES.items()]
    else:
        keys = [Key("blue", words.say("satisfaction.key_satisfied")), Key("pale", words.say("satisfaction.key_others"))]
    return Figure(
        id, title, bars(rows, width=HALF, label=title), subtitle, None, table(subtitle, heads, lines), keys=tuple(keys),
        is_half=True,
    )  # fmt: skip


def attitude(score: float) -> str:
    """Of a recommendation: promoters from 9, passives from 7, detractors below."""
    return "promoters" if score >= 9 else "passives" if score >= 7 else "detractors"


def _levels(kind: Kind, scores: pl.DataFrame) -> list[tuple[int, int, int]]:
    """Whole scores from high to low with their answers and satisfied ones; a score between two counts with the lower.

    A recommendation has all eleven, another question those between the lowest and the highest given.
    """
    counted: dict[int, tuple[int, int]] = {}
    for score, responses, satisfied in scores.select("score", "responses", "satisfied").iter_rows():
        n, box = counted.get(math.floor(score), (0, 0))
        counted[math.floor(score)] = (n + responses, box + (satisfied or 0))
    lowest, highest = (0, 10) if kind == "nps" else (min(counted), max(counted))
    return [(level, *counted.get(level, (0, 0))) for level in range(highest, lowest - 1, -1)]

"""What stands behind satisfaction: the scores given, what drives them, what customers of each attitude bring in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from models.net_promoter import PASSIVES_FROM, PROMOTERS_FROM
from reports.charts.bars import Bar, Row, Wing, bars, butterfly
from reports.charts.scatter import Spot, scatter
from reports.language import Language
from reports.parts import HALF, Cell, Figure, Key, cell_of, figure_cell, in_both_widths, table
from reports.report_data import ReportData, SurveyWork

Kind = Literal["csat", "nps"]
ATTITUDE_HUES = {"promoters": "blue", "passives": "pale", "detractors": "vermillion"}

_PLURALS = {"promoter": "promoters", "passive": "passives", "detractor": "detractors", "no_answer": "no_answer"}

_MOST_LEVELS = 11


@dataclass(frozen=True)
class Question:
    """One question over time at the grain that shows most without gaps."""

    name: str
    grain: str
    periods: tuple[dict[str, Any], ...]
    target: float | None


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
    lines: list[list[Cell | str]] = []
    for level, responses, satisfied in _levels(work.scales.get(question.name), scores):
        share = responses / answers
        shown = words.percent(share)
        hue = ATTITUDE_HUES[attitude(level)] if kind == "nps" else "blue" if satisfied * 2 > responses else "pale"
        tip = words.say(
            "satisfaction.score_tip", score=str(level), share=shown, answers=words.counted(responses, "answer")
        )
        rows.append(Row(str(level), (Bar(share, shown, tip, f"bar {hue}"),)))
        lines.append(
            [
                cell_of(str, level),
                cell_of(words.integer, responses),
                figure_cell(shown, share),
            ]
        )
    most = max(row.bars[0].value for row in rows)
    found = [row.name for row in rows if row.bars[0].value == most]
    title = words.say(
        "satisfaction.scores" if len(found) == 1 else "satisfaction.scores_tied",
        score=words.few(found), share=words.percent(most), period=period,
    )  # fmt: skip
    subtitle = words.say(
        "satisfaction.scores_subtitle", question=question.name, period=period, answers=words.counted(answers, "answer")
    )
    heads = words.heads("score", "n", "share")
    if kind == "nps":
        keys = [Key(hue, words.name("attitude", name)) for name, hue in ATTITUDE_HUES.items()]
    else:
        keys = [Key("blue", words.say("satisfaction.key_satisfied")), Key("pale", words.say("satisfaction.key_others"))]
    return Figure(
        id, title, bars(rows, width=HALF, label=title), subtitle, None, table(subtitle, heads, lines), keys=tuple(keys),
        is_half=True,
    )  # fmt: skip


def value_of_attitudes(data: ReportData, work: SurveyWork, words: Language) -> list[Figure]:
    """Per recommendation question, customers and net value of the window by attitude, and what is at high risk."""
    asked = work.value_by_attitude.filter(pl.col("customer_share").is_not_null())
    questions = asked["question"].unique().sort().to_list()
    return [
        _of_attitudes(f"value-attitudes-{i}", name, asked.filter(pl.col("question") == name), data, words)
        for i, name in enumerate(questions, start=1)
    ]


def _of_attitudes(id: str, question: str, asked: pl.DataFrame, data: ReportData, words: Language) -> Figure:
    by_attitude = {row["attitude"]: row for row in asked.iter_rows(named=True)}
    wings: list[Wing] = []
    lines: list[list[Cell | str]] = []
    for name, plural in _PLURALS.items():
        row, hue = by_attitude[name], ATTITUDE_HUES.get(plural, "grey")
        label, share, value = words.name("attitude", plural), row["customer_share"], row["value_share"]
        crowd = f"{label}: {words.counted(row['customers'], 'customer')} ({words.percent(share)})"
        left = Bar(share, words.percent(share), crowd, "bar pale")
        worth = f"{label}: {words.money(row['net_value'])} ({words.percent(value)})"
        wings.append(Wing(label, left, Bar(value or 0.0, words.percent(value), worth, f"bar {hue}")))
        cells = [
            (words.integer(row["customers"]), row["customers"]), (words.percent(share), share),
            (words.money(row["net_value"]), row["net_value"]), (words.percent(value), value),
            (words.integer(row["high_risk_customers"]), row["high_risk_customers"]),
            (words.money(row["high_risk_value"]), row["high_risk_value"]),
        ]  # fmt: skip
        lines.append([label, *(figure_cell(text, None if sort is None else float(sort)) for text, sort in cells)])
    detractors = by_attitude["detractor"]
    has_money = detractors["net_value"] is not None
    title = words.say("satisfaction.value_title_none") if not detractors["customers"] else words.say(
        "satisfaction.value_title" if has_money else "satisfaction.value_title_no_money",
        customers=words.counted(detractors["customers"], "customer"), value=words.money(detractors["net_value"]),
        risk=words.money(detractors["high_risk_value"]), at_risk=words.integer(detractors["high_risk_customers"]),
    )  # fmt: skip
    subtitle = words.say("satisfaction.value_subtitle", question=question, days=words.integer(data.window_days))
    ends = (words.say("tiers.left"), words.say("tiers.right"))
    crowds = [Row(wing.name, (wing.left,)) for wing in wings]
    wide, narrow = in_both_widths(
        lambda width: (
            butterfly(wings, width=width, heads=ends, label=title)
            if has_money
            else bars(crowds, width=width, label=title)
        )
    )
    told = ("attitude", "customers", "share", "value_sum", "share", "high_risk_customers", "high_risk_value")
    heads = words.heads(*told)
    return Figure(id, title, wide, subtitle, narrow, table(subtitle, heads, lines))


def drivers(work: SurveyWork, words: Language) -> list[Figure]:
    """Per overall question, how much each driver explains of it against how the driver does."""
    published = work.satisfaction_drivers.filter(pl.col("importance").is_not_null())
    questions = published["question"].unique().sort().to_list()
    return [
        _of_drivers(f"drivers-{i}", name, work.satisfaction_drivers.filter(pl.col("question") == name), words)
        for i, name in enumerate(questions, start=1)
    ]


def _of_drivers(id: str, question: str, declared: pl.DataFrame, words: Language) -> Figure:
    ranked = declared.filter(pl.col("importance").is_not_null()).sort("rank").to_dicts()
    spots: list[Spot] = []
    lines: list[list[Cell | str]] = []
    for row in ranked:
        share, shown = row["importance"], words.percent(row["importance"])
        interval = f"{words.percent(row['low'])} … {words.percent(row['high'])}"
        does = words.percent(row["performance"])
        tip = words.say(
            "satisfaction.driver_tip", driver=row["driver"], share=shown, interval=interval, performance=does
        )
        spots.append(Spot(row["performance"], share, row["low"], row["high"], row["driver"], tip))
        lines.append(
            [
                row["driver"], figure_cell(shown, share), interval, figure_cell(does, row["performance"]),
                cell_of(words.number, row["mean"], 2),
            ]
        )  # fmt: skip
    first = ranked[0]
    title = words.say(
        "satisfaction.drivers", driver=first["driver"], share=words.percent(first["importance"], 0),
        whole=words.percent(first["r_squared"], 0), question=question,
    )  # fmt: skip
    names = (words.say("satisfaction.performance"), words.say("satisfaction.importance"))
    axes = (words.round_percent, words.round_percent)
    wide, narrow = in_both_widths(lambda width: scatter(spots, width=width, axes=axes, names=names, label=title))
    subtitle = words.say(
        "satisfaction.drivers_subtitle", question=question, answers=words.counted(first["n"], "answer")
    )
    heads = words.heads("driver", "importance", "interval", "performance", "mean_answer")
    left_out = declared.filter(pl.col("withheld") == "not_asked")["driver"].sort().to_list()
    note = words.say("satisfaction.drivers_note")
    if left_out:
        note += words.say("satisfaction.drivers_not_asked", listed=words.listed(left_out))
    return Figure(id, title, wide, subtitle, narrow, table(subtitle, heads, lines), note=note)


def attitude(score: float) -> str:
    """Of a recommendation: promoters from 9, passives from 7, detractors below."""
    return "promoters" if score >= PROMOTERS_FROM else "passives" if score >= PASSIVES_FROM else "detractors"


def _levels(scale: tuple[int, int] | None, scores: pl.DataFrame) -> list[tuple[int, int, int]]:
    """Whole scores from high to low with their answers and satisfied ones; a score between two counts with the lower.

    All of the scale, where it has eleven at most; else those between the lowest and the highest given.
    """
    counted: dict[int, tuple[int, int]] = {}
    for score, responses, satisfied in scores.select("score", "responses", "satisfied").iter_rows():
        n, box = counted.get(math.floor(score), (0, 0))
        counted[math.floor(score)] = (n + responses, box + (satisfied or 0))
    lowest, highest = min(counted), max(counted)
    if scale is not None and scale[1] - scale[0] < _MOST_LEVELS:
        lowest, highest = min(lowest, scale[0]), max(highest, scale[1])
    return [(level, *counted.get(level, (0, 0))) for level in range(highest, lowest - 1, -1)]

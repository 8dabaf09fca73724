"""Satisfaction: CSAT and NPS over time with their intervals, and who answered how."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from models.customer_periods import MONTHS
from reports.charts.bars import Part, Stack, stacks
from reports.charts.trends import Point, trend
from reports.language import ABSENT, Language
from reports.parts import HALF, Cell, Figure, Key, Section, cell_of, figure_cell, in_both_widths, table
from reports.periods import month_number
from reports.report_data import ReportData
from reports.sections.satisfaction_work import ATTITUDE_HUES, Kind, Question, distribution, drivers, value_of_attitudes

MOST_QUESTIONS = 4
MOST_PERIODS = 24
MOST_SCOPES = 4
CHANCE = 0.05


def section(data: ReportData, words: Language) -> Section:
    """A trend per question, and the make-up of the latest NPS answers."""
    name, description = words.say("satisfaction.name"), words.say("satisfaction.description")
    csat, nps = questions(data, "csat"), questions(data, "nps")
    if not csat and not nps:
        return Section("satisfaction", name, description, empty=words.say("satisfaction.empty"))
    pairs: list[tuple[Kind, Question]] = [*(("csat", q) for q in csat), *(("nps", q) for q in nps)]
    figures: list[Figure] = []
    for i, (kind, question) in enumerate(pairs, start=1):
        beside = (
            distribution(f"{kind}-scores-{i}", kind, question, data.survey_work, words) if data.survey_work else None
        )
        scopes = data.csat if kind == "csat" else data.nps
        figures.append(
            _trend(
                f"{kind}-{i}",
                kind,
                question,
                scopes,
                words,
                is_half=len(pairs) > 1 or beside is not None,
                is_one=len(csat if kind == "csat" else nps) == 1,
            )
        )
        figures += [beside] if beside else []
    figures += [_attitudes(f"attitudes-{i}", question, words) for i, question in enumerate(nps, start=1)]
    if data.survey_work:
        figures += [*drivers(data.survey_work, words), *value_of_attitudes(data, data.survey_work, words)]
    absent = "nps" if not nps else "csat" if not csat else None
    said = [description, *([words.say(f"satisfaction.no_{absent}")] if absent else [])]
    if any((frame["scope"] == "region").any() for frame in (data.csat, data.nps)):
        said.append(words.say("satisfaction.region"))
    return Section("satisfaction", name, " ".join(said), tuple(figures), lead=figures[0].title)


def questions(data: ReportData, kind: Kind) -> list[Question]:
    """The questions with most answers, whole shop only; those of the whole come before those of its parts.

    A part is what was declared a driver of another question. Else one of the whole leads, which is called overall or
    has declared drivers, where at least half as many answered it as the question with most answers.
    """
    drivers = data.survey_work.satisfaction_drivers if data.survey_work else None
    parts, wholes = (drivers[name].to_list() if drivers is not None else [] for name in ("driver", "question"))
    frame = (data.csat if kind == "csat" else data.nps).filter((pl.col("scope") == "all") & (pl.col("n") > 0))
    is_part = pl.col("question").is_in(parts)
    is_whole = pl.col("question").str.contains("overall") | pl.col("question").is_in(wholes)
    most = (
        frame.filter(pl.col("grain") == "year")
        .group_by("question")
        .agg(pl.col("n").sum())
        .sort(
            is_part,
            (is_whole & (2 * pl.col("n") >= pl.col("n").max())).not_(),
            "n",
            "question",
            descending=[False, False, True, False],
        )["question"]
        .to_list()[:MOST_QUESTIONS]
    )
    found: list[Question] = []
    for name in most:
        rows = frame.filter(pl.col("question") == name).sort("period_start")
        grain = best_grain(rows)
        targets = data.kpi_scorecard.filter(
            (pl.col("kpi") == kind) & (pl.col("scope") == "all") & (pl.col("question") == name)
            & pl.col("target").is_not_null()
        )["target"].unique().sort().to_list()  # fmt: skip
        periods = tuple(rows.filter(pl.col("grain") == grain).to_dicts()[-MOST_PERIODS:])
        found.append(Question(name, grain, periods, targets[0] if len(targets) == 1 else None))
    return found


def best_grain(rows: pl.DataFrame) -> str:
    """The finest of month, quarter and year with three periods or more that leaves few gaps and few small samples."""
    for grain, months in (("month", 1), ("quarter", 3)):
        at = rows.filter(pl.col("grain") == grain)
        if at.height < 3:
            continue
        starts: list[dt.date] = at["period_start"].to_list()
        span = (month_number(starts[-1]) - month_number(starts[0])) / months + 1
        typical = at["n"].median()
        if at.height >= 0.75 * span and isinstance(typical, int | float) and typical >= 30:
            return grain
    return "year"


def _figure_text(kind: Kind, value: float, words: Language) -> str:
    return words.percent(value) if kind == "csat" else words.number(value, 1)


def _trend(
    id: str, kind: Kind, question: Question, scopes: pl.DataFrame, words: Language, *, is_half: bool, is_one: bool
) -> Figure:
    points: list[Point] = []
    rows: list[list[Cell | str]] = []
    for row in question.periods:
        value, low, high = float(row[kind]), float(row["low"]), float(row["high"])
        period = words.period(row["period_start"], question.grain)
        shown = _figure_text(kind, value, words)
        interval = f"{_figure_text(kind, low, words)} … {_figure_text(kind, high, words)}"
        tip = words.say(
            "satisfaction.tip", period=period, value=shown, interval=interval,
            answers=words.counted(row["n"], "answer"),
        )  # fmt: skip
        if not row["is_complete"]:
            tip += words.say("sales.tip_unfinished")
        sample = words.say("scorecard.n", n=words.short(row["n"]) if row["n"] > 9999 else words.integer(row["n"]))
        label = period if question.grain == "year" else _axis_label(row["period_start"], question.grain, words)
        at = month_number(row["period_start"]) / MONTHS[question.grain]
        points.append(Point(at, label, value, low, high, shown, sample, tip, row["is_complete"]))
        rows.append(
            [
                period, figure_cell(shown, value), interval, cell_of(words.integer, row["n"]),
                words.say("yes" if row["is_complete"] else "no"), *_change_cells(kind, row, words),
            ]
        )  # fmt: skip
    title = takeaway(kind, question, words, is_one=is_one)
    keys = [Key("blue", words.name("kpi", kind)), Key("band", words.say("satisfaction.key_band"))]
    if question.target is not None:
        target = (words.round_percent if kind == "csat" else words.round_number)(question.target)
        keys.append(Key("target", words.say("scorecard.target", value=target)))
    if not question.periods[-1]["is_complete"]:
        keys.append(Key("ring", words.say("satisfaction.key_unfinished")))

    def draw(width: int) -> Any:
        return trend(
            points, width=width, label=title, target=question.target,
            axis=words.round_percent if kind == "csat" else words.round_number,
            floor=0.0 if kind == "csat" else -100.0, ceiling=1.0 if kind == "csat" else 100.0,
        )  # fmt: skip

    wide, narrow = (draw(HALF), None) if is_half else in_both_widths(draw)
    told = ("period", "value", "interval", "n", "complete", "change", "change_interval", "p_adjusted")
    heads = words.heads(*told)
    subtitle = words.say(
        f"satisfaction.subtitle.{kind}", question=question.name, grain=words.name("grain", question.grain)
    )
    return Figure(
        id, title, wide, subtitle, narrow,
        table(subtitle, heads, rows), note=change_note(kind, question, scopes, words), keys=tuple(keys),
        is_half=is_half,
    )  # fmt: skip


def change_note(kind: Kind, question: Question, scopes: pl.DataFrame, words: Language) -> str | None:
    """The latest finished period against the one before, and the scopes that changed more than chance explains."""
    compared = [period for period in question.periods if period["change"] is not None]
    if not compared:
        return None
    row = compared[-1]
    is_clear = row["p_value_adjusted"] < CHANCE
    note = words.say(
        "satisfaction.change", period=words.period(row["period_start"], question.grain),
        before=words.period(row["previous_period_start"], question.grain),
        change=_in_points(kind, row["change"], words), interval=_interval(kind, row, words),
        p=shown if (shown := _chance(row, words)).startswith("<") else f"= {shown}",
        verdict=words.say("satisfaction.change_is_clear" if is_clear else "satisfaction.change_may_be_chance"),
    )  # fmt: skip
    clear = scopes.filter(
        pl.col("question") == question.name, pl.col("grain") == question.grain, pl.col("scope") != "all",
        pl.col("period_start") == row["period_start"], pl.col("p_value_adjusted") < CHANCE,
    ).sort("p_value_adjusted", "scope", "scope_value").head(MOST_SCOPES)  # fmt: skip
    if not clear.height:
        return note
    listed = [
        words.say(
            "satisfaction.change_of_scope", value=one["scope_value"], scope=words.name("dimension", one["scope"]),
            change=_in_points(kind, one["change"], words),
        )
        for one in clear.iter_rows(named=True)
    ]  # fmt: skip
    return f"{note} {words.say('satisfaction.changes_by_scope', listed=words.listed(listed))}"


def _change_cells(kind: Kind, row: dict[str, Any], words: Language) -> list[Cell | str]:
    if row["change"] is None:
        return [figure_cell(ABSENT, None), ABSENT, figure_cell(ABSENT, None)]
    return [
        figure_cell(_points(kind, row["change"], words), row["change"]),
        _interval(kind, row, words),
        figure_cell(_chance(row, words), row["p_value_adjusted"]),
    ]


def _points(kind: Kind, change: float, words: Language) -> str:
    """A change with its sign, in points of a hundred."""
    shown = words.number(change * 100 if kind == "csat" else change, 1)
    return f"+{shown}" if shown[0] != "−" and shown.strip("0.") else shown


def _in_points(kind: Kind, change: float, words: Language) -> str:
    """A change of a share in percentage points, of a net promoter score in points."""
    size = _points(kind, change, words)
    return words.say("change.points", size=size) if kind == "csat" else f"{size} {words.say('unit.points')}"


def _interval(kind: Kind, row: dict[str, Any], words: Language) -> str:
    return f"{_points(kind, row['change_low'], words)} … {_points(kind, row['change_high'], words)}"


def _chance(row: dict[str, Any], words: Language) -> str:
    smallest = 0.001
    p = float(row["p_value_adjusted"])
    return words.number(p, 3) if p >= smallest else f"<{smallest:g}"


def _axis_label(start: dt.date, grain: str, words: Language) -> str:
    if grain == "month":
        return words.month_short(start)
    return words.period(start, grain)


def takeaway(kind: Kind, question: Question, words: Language, *, is_one: bool = True) -> str:
    """The latest finished period against the first of the line, and whether the difference can be told from chance.

    Of several questions of a kind each is named.
    """
    finished = [p for p in question.periods if p["is_complete"]] or list(question.periods)
    first, last = finished[0], finished[-1]
    kpi = (
        words.name("kpi", kind) if is_one else words.say("kpi.of", kpi=words.name("kpi", kind), question=question.name)
    )
    figure = _figure_text(kind, last[kind], words)
    period = words.period(last["period_start"], question.grain)
    if len(finished) == 1:
        return words.say(
            "satisfaction.title.one", kpi=kpi, value=figure, period=period, answers=words.counted(last["n"], "answer")
        )
    clear = last["low"] > first["high"] or last["high"] < first["low"]
    key = ("up" if last[kind] > first[kind] else "down") if clear else "level"
    return words.say(
        f"satisfaction.title.{key}", kpi=kpi, value=figure, period=period,
        before=_figure_text(kind, first[kind], words), since=words.period(first["period_start"], question.grain),
    )  # fmt: skip


def _attitudes(id: str, question: Question, words: Language) -> Figure:
    """Promoters, passives and detractors per period, newest first."""
    rows: list[Stack] = []
    lines: list[list[Cell | str]] = []
    newest = list(reversed(question.periods))[:6]
    for row in newest:
        period = words.period(row["period_start"], question.grain)
        parts: list[Part] = []
        line: list[Cell | str] = [period, cell_of(words.integer, row["n"])]
        for attitude, hue in ATTITUDE_HUES.items():
            share = row[attitude] / row["n"]
            label = words.name("attitude", attitude)
            tip = f"{period}, {label}: {words.integer(row[attitude])} ({words.percent(share)})"
            parts.append(Part(share, f"{label} {words.percent(share, 0)}", tip, f"bar {hue}"))
            line += [
                cell_of(words.integer, row[attitude]), cell_of(words.percent, share)
            ]  # fmt: skip
        detail = words.counted(row["n"], "answer")
        unfinished = "" if row["is_complete"] else words.say("sales.tip_unfinished")
        rows.append(Stack(period + unfinished, detail, tuple(parts)))
        lines.append(line)
    last = next((row for row in newest if row["is_complete"]), newest[0])
    title = words.say(
        "satisfaction.attitudes", period=words.period(last["period_start"], question.grain),
        promoters=words.percent(last["promoters"] / last["n"], 0),
        detractors=words.percent(last["detractors"] / last["n"], 0),
    )  # fmt: skip
    wide, narrow = in_both_widths(lambda width: stacks(rows, width=width, label=title))
    heads = words.heads("period", "n")
    for attitude in ATTITUDE_HUES:
        heads += [words.name("attitude", attitude), words.say("head.share")]
    keys = tuple(Key(hue, words.name("attitude", a)) for a, hue in ATTITUDE_HUES.items())
    subtitle = words.say(
        "satisfaction.subtitle.attitudes", question=question.name, grain=words.name("grain", question.grain)
    )
    return Figure(id, title, wide, subtitle, narrow, table(subtitle, heads, lines), keys=keys)

"""The KPIs: one figure each for the reader in a hurry, with its interval, its verdict and where it came from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import polars as pl
from markupsafe import Markup

from models.kpi_cards import CARDS
from models.wave_changes import may_be_chance
from reports.charts.bars import gauge
from reports.charts.trends import sparkline
from reports.language import ABSENT, Language
from reports.parts import Cell, Section, Table, cell_of, table
from reports.periods import is_over
from reports.report_data import ReportData

MOST_CARDS = 12
MOST_QUESTIONS = 3  # of one KPI on cards; the table has all
FIRST = (
    "net_sales", "orders", "active_customers", "aov", "csat", "nps", "repurchase_rate", "retention_rate",
    "new_customers", "value_at_risk", "refund_rate", "second_order_rate", "high_tier_value_share",
)  # fmt: skip
PER_CENT = {"sales_growth", "discount_rate", "refund_rate", "net_revenue_retention"}
_HEADLINE_GRAINS = ("total", "month", "quarter", "year", "week", "day")
_TREND_GRAINS = ("month", "quarter", "year")


@dataclass(frozen=True)
class Reading:
    """One KPI of one question at its headline period, and the same figure over the periods before."""

    kpi: str
    question: str | None
    grain: str
    period_start: dt.date | None
    value: float | None
    low: float | None
    high: float | None
    n: int
    unit: str
    target: float | None
    status: str | None
    previous_value: float | None
    trend_grain: str
    trend: tuple[tuple[dt.date, float | None, bool], ...]
    previous_low: float | None = None
    previous_high: float | None = None
    is_over: bool = False


@dataclass(frozen=True)
class Card:
    """What one card of the page says, all of it text."""

    kpi: str
    name: str
    period: str
    value: str
    suffix: str
    status: str | None
    status_name: str
    interval: str
    gauge: Markup | None
    before: str
    spark: Markup | None
    spark_name: str
    sample: str


@dataclass(frozen=True)
class Scorecard:
    """The cards, the table of every KPI, and the sentence on the targets."""

    section: Section
    title: str
    cards: tuple[Card, ...]
    everything: Table | None
    unmeasured: str | None


def scorecard(data: ReportData, words: Language) -> Scorecard:
    """Headline figures against their targets."""
    readings = headline_readings(data.kpi_scorecard, data.as_of)
    measured = [r for r in readings if r.value is not None]
    absent = [r for r in readings if r.value is None]
    carded = [r for r in readings if r.value is not None or r.target is not None]
    cards = tuple(_card(r, data, words) for r in _on_cards(carded))
    unmeasured = [_without_figure(absent, why, words) for why in ("absent", "nothing")]
    section = Section(
        "scorecard",
        words.say("scorecard.name"),
        words.say("scorecard.description"),
        empty=None if cards else words.say("scorecard.empty"),
        lead=verdict(readings, words) if cards else None,
    )
    return Scorecard(
        section,
        verdict(readings, words),
        cards,
        _everything(measured, data, words) if measured else None,
        " ".join(told for told in unmeasured if told) or None,
    )


def _without_figure(absent: list[Reading], why: str, words: Language) -> str:
    """The KPIs that have no figure for want of an input, or of anything to measure; empty where there are none."""
    of_them = [r for r in absent if (r.status == "input_absent") is (why == "absent")]
    names = list(dict.fromkeys(words.within(words.name("kpi", r.kpi)) for r in of_them))
    return words.say(f"scorecard.{why}", names=words.listed(names)) if names else ""


def headline_readings(frame: pl.DataFrame, as_of: dt.date) -> list[Reading]:
    """One reading per KPI and question over the whole shop: its total where there is one, else the last full period."""
    whole = frame.filter(pl.col("scope") == "all").sort("kpi", "question", "grain", "period_start", nulls_last=True)
    readings: list[Reading] = []
    for rows in whole.partition_by("kpi", "question", maintain_order=True):
        readings.append(_reading(rows.to_dicts(), as_of))
    return readings


def _reading(rows: list[dict[str, Any]], as_of: dt.date) -> Reading:
    by_grain: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_grain.setdefault(row["grain"], []).append(row)
    known = [g for g in _HEADLINE_GRAINS if any(r["value"] is not None for r in by_grain.get(g, []))]
    grain = (known or [g for g in _HEADLINE_GRAINS if g in by_grain])[0]
    finished = [r for r in by_grain[grain] if is_finished(r, as_of)] or by_grain[grain]
    chosen = finished[-1]
    if chosen["target"] is None:  # a target set on another grain is the one to be judged by
        judged = [r for r in rows if r["target"] is not None and is_finished(r, as_of)]
        chosen = judged[-1] if judged else chosen
    # Where the row knows the value before, the row before it is that of the period before.
    before = [r for r in by_grain[chosen["grain"]] if r is not chosen and chosen["previous_value"] is not None]
    before = [r for r in before if r["period_start"] < chosen["period_start"]]
    ends = (before[-1]["low"], before[-1]["high"]) if before else (None, None)
    trend_grain = next((g for g in _TREND_GRAINS if len(by_grain.get(g, [])) > 2), "")
    trend = tuple((r["period_start"], r["value"], is_finished(r, as_of)) for r in by_grain.get(trend_grain, []))[-24:]
    return Reading(
        chosen["kpi"], chosen["question"], chosen["grain"], chosen["period_start"], chosen["value"], chosen["low"],
        chosen["high"], chosen["n"], chosen["unit"], chosen["target"], chosen["status"], chosen["previous_value"],
        trend_grain, trend, *ends, is_over(chosen["period_start"], chosen["grain"], as_of),
    )  # fmt: skip


def is_finished(row: dict[str, Any], as_of: dt.date) -> bool:
    """Whether a scorecard row's period is over and its data are in."""
    return row["status"] != "incomplete_period" and is_over(row["period_start"], row["grain"], as_of)


def is_per_cent(kpi: str, unit: str) -> bool:
    """Whether the KPI reads as so much of a hundred; what changes in it are points."""
    return unit == "share" or kpi in PER_CENT


def figure_text(kpi: str, unit: str, value: float | None, words: Language, *, is_short: bool = False) -> str:
    """The figure of a KPI in its unit."""
    if value is None:
        return ABSENT
    if is_per_cent(kpi, unit):
        return words.percent(value)
    if unit == "base currency":
        return words.money_said(value) if is_short else words.money(value, 2 if abs(value) < 1000 else 0)
    if unit == "count":
        return words.integer(value)
    if kpi == "campaign_return":
        return f"{words.number(value, 1)} : 1"
    if unit == "point":
        return words.number(value, 1)
    if unit in ("day", "second"):
        return words.say(f"unit.{unit}s", n=words.round_number(value))
    return words.number(value, 2)


def verdict(readings: list[Reading], words: Language) -> str:
    """How many targets are met, and which are missed; one whose figure nothing delivers is not counted against."""
    targets = [r for r in readings if r.target is not None]
    if not targets:
        return words.say("scorecard.no_targets")
    absent = [words.within(_full_name(r, words)) for r in targets if r.status in (None, "input_absent")]
    judged = [r for r in targets if r.status not in (None, "input_absent")]
    met = [r for r in judged if r.status == "met"]
    missed = [words.within(_full_name(r, words)) for r in judged if r.status == "missed"]
    undecided = [r for r in judged if r.status not in ("met", "missed")]
    total = words.counted(len(judged), "target")
    met_of = words.say("scorecard.met", met=words.integer(len(met)), total=total)
    is_told = any(r.status not in ("incomplete_period", "too_few_data") for r in judged)
    parts = [met_of if is_told else words.say("scorecard.none_judged")]
    if missed:
        parts.append(words.say("scorecard.missed", names=words.few(missed)))
    if undecided:
        whys = [_status_name(r, words) for r in undecided]
        told = [
            words.say("scorecard.for_reason", names=words.few(names), reason=words.within(why))
            for why in dict.fromkeys(whys)
            if (
                names := [
                    words.within(_full_name(r, words)) for r, of in zip(undecided, whys, strict=True) if of == why
                ]
            )
        ]
        parts.append(words.say("scorecard.undecided", names=words.listed(told)))
    if absent:
        parts.append(words.say("scorecard.not_measured", names=words.listed(absent)))
    return words.say("join.clauses").join(parts) + words.say("stop")


def _on_cards(readings: list[Reading]) -> list[Reading]:
    """The first ones, of each KPI those of a few questions: a long survey leaves room for the other figures."""
    of_one: dict[str, int] = {}
    chosen: list[Reading] = []
    for reading in sorted(readings, key=_rank):
        of_one[reading.kpi] = of_one.get(reading.kpi, 0) + 1
        if of_one[reading.kpi] <= MOST_QUESTIONS:
            chosen.append(reading)
    return chosen[:MOST_CARDS]


def _rank(reading: Reading) -> tuple[int, int, bool, str]:
    """Those with a target first, those without a figure last; of several questions that of the whole first."""
    place = FIRST.index(reading.kpi) if reading.kpi in FIRST else len(FIRST)
    group = 2 if reading.value is None else 0 if reading.target is not None else 1
    return (group, place, "overall" not in (reading.question or ""), reading.question or "")


def _full_name(reading: Reading, words: Language) -> str:
    name = words.name("kpi", reading.kpi)
    return words.say("kpi.of", kpi=name, question=reading.question) if reading.question else name


def _status_name(reading: Reading, words: Language) -> str:
    """The verdict in words; a period that is over lacks data."""
    if reading.status == "incomplete_period" and reading.is_over:
        return words.say("scorecard.not_in")
    return words.name("status", str(reading.status))


def period_text(reading: Reading, data: ReportData, words: Language) -> str:
    """What stretch of time a reading covers."""
    if reading.grain != "total" and reading.period_start is not None:
        return words.period(reading.period_start, reading.grain)
    if reading.question is not None:
        return words.say("period.all_answers")
    return words.say("period.window", days=words.integer(data.window_days))


def _card(reading: Reading, data: ReportData, words: Language) -> Card:
    def shown(value: float | None) -> str:
        return figure_text(reading.kpi, reading.unit, value, words, is_short=True)

    interval, picture = "", None
    value = reading.value
    if value is not None and reading.low is not None and reading.high is not None:
        interval = words.say("scorecard.interval", low=shown(reading.low), high=shown(reading.high))
        target_text = _target_text(reading, words)
        tip = f"{shown(value)}, {interval}" + (f", {target_text}" if target_text else "")
        picture = gauge(reading.low, reading.high, value, reading.target, tip=tip, target_text=target_text)
    elif reading.target is not None:
        interval = _target_text(reading, words)
    trend = [(start, v) for start, v, is_complete in reading.trend if is_complete]
    spark, spark_name = None, ""
    if sum(v is not None for _, v in trend) > 2:
        first, last = trend[0][0], trend[-1][0]
        ends = (words.period(first, reading.trend_grain), words.period(last, reading.trend_grain))
        spark_name = words.say(
            "scorecard.trend", grain=words.name("grain", reading.trend_grain), first=ends[0], last=ends[1]
        )
        tips = [f"{words.period(start, reading.trend_grain)}: {shown(v)}" for start, v in trend]
        spark = sparkline([v for _, v in trend], label=spark_name, tips=tips)
    return Card(
        reading.kpi, _full_name(reading, words),
        period_text(reading, data, words) if value is not None else "", shown(value),
        words.say("unit.points") if reading.unit == "point" and value is not None else "",
        reading.status if reading.target is not None else None,
        _status_name(reading, words) if reading.status and reading.target is not None else "",
        interval, picture, change_text(reading, words), spark, spark_name,
        _sample_text(reading, words),
    )  # fmt: skip


def _sample_text(reading: Reading, words: Language) -> str:
    """What the figure rests on, in words; of a count or a sum nothing, as it is no estimate."""
    if not reading.n or reading.value is None or CARDS[reading.kpi].is_total:
        return ""
    return words.say("scorecard.sample", n=words.counted(reading.n, "answer" if reading.question else "customer"))


def _target_text(reading: Reading, words: Language) -> str:
    target = reading.target
    if target is None:
        return ""
    if is_per_cent(reading.kpi, reading.unit):
        return words.say("scorecard.target", value=words.round_percent(target))
    if reading.unit == "point":
        return words.say("scorecard.target", value=words.round_number(target))
    return words.say("scorecard.target", value=figure_text(reading.kpi, reading.unit, target, words, is_short=True))


def change_text(reading: Reading, words: Language) -> str:
    """What has changed since the period before, of a rate in points; empty where there is nothing to compare with.

    Where both figures have an interval and that of their difference holds no change, it says so.
    """
    value, previous = reading.value, reading.previous_value
    if value is None or previous is None:
        return ""
    was = figure_text(reading.kpi, reading.unit, previous, words, is_short=True)
    of_hundred = is_per_cent(reading.kpi, reading.unit)
    if of_hundred or reading.unit == "point":
        size = abs(value - previous) * (100 if of_hundred else 1)
        change = words.say("change.points", size=words.number(size, 1))
        is_same = round(size, 1) == 0
    elif previous > 0:
        size = abs(value / previous - 1)
        change, is_same = words.percent(size), round(size, 3) == 0
    else:
        return words.say("change.was", was=was)
    if is_same:
        return words.say("change.same", was=was)
    told = words.say("change.up" if value > previous else "change.down", size=change, was=was)
    return words.say("change.chance", change=told) if _may_be_chance(reading) else told


def _may_be_chance(reading: Reading) -> bool:
    low, value, high = reading.low, reading.value, reading.high
    low_before, before, high_before = reading.previous_low, reading.previous_value, reading.previous_high
    if low is None or value is None or high is None or low_before is None or before is None or high_before is None:
        return False
    return may_be_chance((low, value, high), (low_before, before, high_before))


def _everything(readings: list[Reading], data: ReportData, words: Language) -> Table:
    rows: list[list[Cell | str]] = []
    for r in sorted(readings, key=lambda r: (list(CARDS).index(r.kpi) if r.kpi in CARDS else 99, r.question or "")):

        def shown(value: float | None, r: Reading = r) -> str:
            return figure_text(r.kpi, r.unit, value, words)

        interval = f"{shown(r.low)} … {shown(r.high)}" if r.low is not None and r.high is not None else ABSENT
        rows.append(
            [
                _full_name(r, words), period_text(r, data, words), cell_of(shown, r.value), interval,
                cell_of(words.integer, r.n), cell_of(shown, r.target),
                _status_name(r, words) if r.status and r.target is not None else ABSENT,
                cell_of(shown, r.previous_value),
            ]
        )  # fmt: skip
    heads = words.heads("kpi", "period", "value", "interval", "n", "target", "status", "before")
    return table(words.say("scorecard.table"), heads, rows)

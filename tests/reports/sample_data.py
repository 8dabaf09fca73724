"""A believable shop as finished tables, for the tests of the page and for looking at it.

``python tests/reports/sample_data.py FOLDER`` writes the page in English and Chinese, with and without data.
"""

from __future__ import annotations

import datetime as dt
import math
import random
import sys
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from models import rfm, value_tiers
from models.kpi_cards import CARDS
from models.net_promoter import net_promoter_score
from models.proportions import proportion
from reports.page import ReportData, render

MONEY = pl.Decimal(18, 2)
EXACT = pl.Decimal(38, 8)
AS_OF = dt.date(2011, 12, 9)
MARK = "C-secret-"  # every customer id starts with it: it must never reach the page

SCHEMAS: dict[str, dict[str, Any]] = {
    "kpi_scorecard": {
        "kpi": pl.String, "question": pl.String, "scope": pl.String, "scope_value": pl.String, "grain": pl.String,
        "period_start": pl.Date, "as_of": pl.Date, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64,
        "n": pl.Int64, "numerator": pl.Float64, "denominator": pl.Float64, "unit": pl.String, "target": pl.Float64,
        "status": pl.String, "previous_value": pl.Float64, "definition_version": pl.Int32,
    },
    "customer_summary": {
        "customer_id": pl.String, "as_of": pl.Date, "first_order_on": pl.Date, "last_order_on": pl.Date,
        "orders": pl.Int64, "gross_value": MONEY, "discount_value": MONEY, "refund_value": MONEY, "net_value": MONEY,
        "aov": MONEY, "recency_days": pl.Int32, "age_days": pl.Int32, "known_since": pl.Date, "channel": pl.String,
        "region": pl.String,
    },
    "rfm_segments": {
        "customer_id": pl.String, "as_of": pl.Date, "recency_days": pl.Int32, "frequency": pl.Int64,
        "monetary": MONEY, "r": pl.Int8, "f": pl.Int8, "m": pl.Int8, "segment": pl.String,
    },
    "lifecycle_stages": {
        "customer_id": pl.String, "as_of": pl.Date, "stage": pl.String, "gap_days": pl.Int32, "stage_since": pl.Date,
        "orders": pl.Int64,
    },
    "value_tiers": {
        "customer_id": pl.String, "as_of": pl.Date, "basis": pl.String, "value": MONEY, "tier": pl.String,
    },
    "churn_scores": {
        "customer_id": pl.String, "as_of": pl.Date, "horizon_days": pl.Int32, "churn_risk": pl.Float64,
        "risk_band": pl.String, "reason_1": pl.String, "reason_2": pl.String, "reason_3": pl.String,
        "contribution_1": pl.Float64, "contribution_2": pl.Float64, "contribution_3": pl.Float64, "model": pl.String,
        "model_version": pl.String, "due_on": pl.Date,
    },
    "model_evaluation": {
        "model": pl.String, "origin": pl.Date, "metric": pl.String, "as_of": pl.Date, "value": pl.Float64,
        "baseline_value": pl.Float64, "n": pl.Int64, "horizon_days": pl.Int32, "is_published": pl.Boolean,
    },
    "churn_calibration": {
        "bin": pl.Int32, "n": pl.Int64, "mean_predicted": pl.Float64, "observed": pl.Float64, "low": pl.Float64,
        "high": pl.Float64,
    },
    "nps": {
        "question": pl.String, "grain": pl.String, "period_start": pl.Date, "scope": pl.String,
        "scope_value": pl.String, "as_of": pl.Date, "n": pl.Int64, "promoters": pl.Int64, "passives": pl.Int64,
        "detractors": pl.Int64, "nps": pl.Float64, "low": pl.Float64, "high": pl.Float64, "is_complete": pl.Boolean,
    },
    "csat": {
        "question": pl.String, "grain": pl.String, "period_start": pl.Date, "scope": pl.String,
        "scope_value": pl.String, "as_of": pl.Date, "n": pl.Int64, "satisfied": pl.Int64, "csat": pl.Float64,
        "low": pl.Float64, "high": pl.Float64, "mean": pl.Float64, "is_complete": pl.Boolean,
    },
    "retention_cohorts": {
        "cohort_month": pl.Date, "period": pl.Int32, "as_of": pl.Date, "cohort_size": pl.Int64, "active": pl.Int64,
        "retention": pl.Float64, "unbounded_retention": pl.Float64, "is_complete": pl.Boolean,
        "is_left_truncated": pl.Boolean,
    },
    "segment_moves": {
        "kind": pl.String, "from_segment": pl.String, "to_segment": pl.String, "as_of": pl.Date,
        "customers": pl.Int64, "value_moved": MONEY, "previous_as_of": pl.Date,
    },
    "row_accounting": {
        "source": pl.String, "file": pl.String, "content": pl.String, "currency": pl.String, "as_of": pl.Date,
        "status": pl.String, "error": pl.String, "rows_in": pl.Int64, "accepted": pl.Int64, "excluded": pl.Int64,
        "charges": pl.Int64, "superseded": pl.Int64, "duplicates": pl.Int64, "quarantined": pl.Int64,
        "amount_in": EXACT, "amount_accepted": EXACT, "amount_duplicates": EXACT, "amount_quarantined": EXACT,
        "dated_ahead": pl.Int64, "first_event": pl.Datetime("us"), "last_event": pl.Datetime("us"),
        "loaded_at": pl.Datetime("us"),
    },
    "quarantine_reasons": {"source": pl.String, "reason": pl.String, "rows": pl.Int64},
    "checks": {
        "table": pl.String, "check": pl.String, "severity": pl.String, "passed": pl.Boolean,
        "description": pl.String, "observed": pl.String,
    },
}  # fmt: skip


def frame(name: str, rows: list[dict[str, Any]] | None = None) -> pl.DataFrame:
    """Rows as the published table of that name, missing columns NULL."""
    schema = SCHEMAS[name]
    return pl.DataFrame([{c: row.get(c) for c in schema} for row in rows or []], schema=schema, orient="row")


def empty(**changes: Any) -> ReportData:
    """A night on which nothing had landed yet."""
    frames = {name: frame(name) for name in SCHEMAS}
    return ReportData(
        **{
            "business_name": "Example shop", "currency": "GBP", "as_of": AS_OF,
            "known_at": dt.datetime(2011, 12, 10, 2, 10), "release_id": "3f9c1a7be204", "window_days": 365,
            "horizon_days": 90, **frames, **changes,
        }
    )  # fmt: skip


def shop(*, customers: int = 2400, months: int = 13, seed: int = 7, surveys: str = "years", **changes: Any) -> ReportData:
    """A gift shop that grows towards Christmas; ``surveys`` is ``years`` (CSAT alone) or ``months`` (CSAT and NPS)."""
    chance = random.Random(seed)
    days = _order_days(chance, customers, months)
    people = _people(chance, days)
    frames = {
        "customer_summary": frame("customer_summary", people),
        "rfm_segments": _rfm(people),
        "lifecycle_stages": _stages(chance, people, days),
        "value_tiers": _tiers(people),
        "churn_scores": _scores(chance, people),
        "model_evaluation": _evaluation(chance),
        "churn_calibration": _calibration(chance),
        "retention_cohorts": _cohorts(days, months),
        "segment_moves": _moves(chance),
        "row_accounting": _accounting(chance),
        "quarantine_reasons": frame(
            "quarantine_reasons",
            [
                {"source": "shop", "reason": "unparsable_unit_price", "rows": 118},
                {"source": "shop", "reason": "missing_order_id", "rows": 41},
                {"source": "shop", "reason": "negative_unit_price", "rows": 2},
                {"source": "airport_survey", "reason": "score_off_scale", "rows": 64},
                {"source": "airport_survey", "reason": "date_out_of_range", "rows": 9},
            ],
        ),
        "checks": _checks(),
        **_surveys(chance, surveys),
    }
    frames["kpi_scorecard"] = _scorecard(people, days, months, frames)
    ready = {"previous_as_of": AS_OF - dt.timedelta(days=7), **frames, **changes}
    return empty(**ready)


def _month(date: dt.date) -> int:
    return date.year * 12 + date.month - 1


def _start(month: int) -> dt.date:
    return dt.date(month // 12, month % 12 + 1, 1)


def _order_days(chance: random.Random, customers: int, months: int) -> dict[str, list[tuple[dt.date, Decimal]]]:
    """Orders with their value per customer; nobody orders after the night, and some never order."""
    first = _start(_month(AS_OF) - months + 1)
    length = (AS_OF - first).days
    orders: dict[str, list[tuple[dt.date, Decimal]]] = {}
    for i in range(customers):
        name = f"{MARK}{i:06d}"
        orders[name] = []
        if chance.random() < 0.04:
            continue
        day = int(length * chance.random() ** 0.8)
        gap = chance.gammavariate(1.3, 60) + 6
        basket = chance.lognormvariate(5.4, 0.7)
        alive = True
        while day <= length and alive:
            season = 1 + 0.5 * max(0.0, (day - length + 80) / 80)
            value = Decimal(str(round(basket * chance.lognormvariate(0, 0.4) * season, 2)))
            orders[name].append((first + dt.timedelta(days=day), value))
            alive = chance.random() > 0.14
            day += max(1, round(chance.expovariate(1 / gap)))
    return orders


def _people(chance: random.Random, orders: dict[str, list[tuple[dt.date, Decimal]]]) -> list[dict[str, Any]]:
    people: list[dict[str, Any]] = []
    for name, own in orders.items():
        gross = sum((v for _, v in own), Decimal(0))
        refund = (gross * Decimal("0.03")).quantize(Decimal("0.01")) if chance.random() < 0.2 else Decimal(0)
        if own and chance.random() < 0.02:
            refund = gross + Decimal("12.50")
        days = [d for d, _ in own]
        people.append(
            {
                "customer_id": name, "as_of": AS_OF, "first_order_on": min(days, default=None),
                "last_order_on": max(days, default=None), "orders": len(own), "gross_value": gross,
                "discount_value": Decimal(0), "refund_value": refund, "net_value": gross - refund,
                "aov": (gross - refund) / len(own) if own else None,
                "recency_days": (AS_OF - max(days)).days if days else None,
                "age_days": (AS_OF - min(days)).days if days else None,
                "known_since": min(days, default=AS_OF), "channel": "web", "region": "United Kingdom",
            }
        )  # fmt: skip
    return people


def _buyers(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [p for p in people if p["orders"]]


def _rfm(people: list[dict[str, Any]]) -> pl.DataFrame:
    measures = frame(
        "rfm_segments",
        [
            {
                "customer_id": p["customer_id"], "as_of": AS_OF, "recency_days": p["recency_days"],
                "frequency": p["orders"], "monetary": p["net_value"],
            }
            for p in _buyers(people)
        ],
    ).select("customer_id", "as_of", "recency_days", "frequency", "monetary")  # fmt: skip
    scored = rfm.segments(measures, rfm.quintile_cuts(measures))
    return scored.select(list(SCHEMAS["rfm_segments"])).cast(SCHEMAS["rfm_segments"])


def _stages(
    chance: random.Random, people: list[dict[str, Any]], orders: dict[str, list[tuple[dt.date, Decimal]]]
) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for p in people:
        gap, count = p["recency_days"], p["orders"]
        if not count:
            stage = "potential"
        elif gap > 210:
            stage = "lost"
        elif gap > 90:
            stage = "churn_warning"
        elif chance.random() < 0.03 and count > 1:
            stage = "reactivated"
        else:
            stage = "first_purchase" if count == 1 else "loyal" if count >= 4 else "repeat"
        rows.append(
            {
                "customer_id": p["customer_id"], "as_of": AS_OF, "stage": stage, "gap_days": gap,
                "stage_since": p["last_order_on"] or AS_OF, "orders": count,
            }
        )  # fmt: skip
    return frame("lifecycle_stages", rows)


def _tiers(people: list[dict[str, Any]]) -> pl.DataFrame:
    values = frame(
        "value_tiers",
        [
            {"customer_id": p["customer_id"], "as_of": AS_OF, "basis": "historic", "value": p["net_value"]}
            for p in _buyers(people)
        ],
    ).drop("tier")
    return value_tiers.tiers(values, value_tiers.tier_cuts(values["value"], high=0.2, mid=0.3))


def _scores(chance: random.Random, people: list[dict[str, Any]]) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for p in _buyers(people):
        if p["recency_days"] >= 365:
            continue
        score = -1.6 + 0.018 * p["recency_days"] - 0.22 * min(p["orders"], 10) + chance.gauss(0.4, 0.5)
        risk = 1 / (1 + math.exp(-score))
        rows.append(
            {
                "customer_id": p["customer_id"], "as_of": AS_OF, "horizon_days": 90, "churn_risk": risk,
                "risk_band": "high" if risk >= 0.7 else "medium" if risk >= 0.4 else "low",
                "reason_1": "long silence", "model": "logistic", "model_version": "ab12", "due_on": dt.date(2012, 3, 8),
            }
        )  # fmt: skip
    return frame("churn_scores", rows)


def _evaluation(chance: random.Random) -> pl.DataFrame:
    typical = {
        "roc_auc": (0.762, 0.731), "pr_auc_churn": (0.741, 0.702), "pr_auc_buy": (0.712, 0.684),
        "precision": (0.694, 0.671), "recall": (0.731, 0.702), "f1": (0.712, 0.686), "accuracy": (0.699, 0.672),
        "brier": (0.197, 0.213), "log_loss": (0.578, 0.613), "calibration_slope": (0.96, 0.88),
        "calibration_intercept": (0.03, 0.11), "lift_top_decile": (1.74, 1.62), "precision_top_decile": (0.88, 0.82),
        "recall_top_decile": (0.17, 0.16),
    }  # fmt: skip
    rows: list[dict[str, Any]] = []
    for i, origin in enumerate((dt.date(2011, 7, 13), dt.date(2011, 8, 11), dt.date(2011, 9, 10))):
        for metric, (value, baseline) in typical.items():
            shift = chance.gauss(0, 0.006)
            both = (("logistic", value), ("recency_rule", baseline))
            rows += [
                {
                    "model": model, "origin": origin, "metric": metric, "as_of": AS_OF, "value": figure + shift,
                    "baseline_value": baseline + shift, "n": 2600 + 210 * i, "horizon_days": 90,
                    "is_published": model == "logistic",
                }
                for model, figure in both
            ]  # fmt: skip
    return frame("model_evaluation", rows)


def _calibration(chance: random.Random) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for i in range(10):
        n = (780, 920, 840, 790, 700, 640, 610, 590, 560, 420)[i]
        predicted = 0.06 + 0.095 * i
        churned = round(n * min(max(predicted + chance.gauss(0, 0.025), 0), 1))
        share = proportion(churned, n)
        rows.append(
            {"bin": i + 1, "n": n, "mean_predicted": predicted, "observed": churned / n, "low": share.low, "high": share.high}
        )
    return frame("churn_calibration", rows)


def _cohorts(orders: dict[str, list[tuple[dt.date, Decimal]]], months: int) -> pl.DataFrame:
    last = _month(AS_OF)
    first = last - months + 1
    seen: dict[int, list[set[int]]] = {m: [] for m in range(first, last + 1)}
    for own in orders.values():
        if own:
            active = {_month(d) for d, _ in own}
            seen[min(active)].append(active)
    rows: list[dict[str, Any]] = []
    for month, members in seen.items():
        for period in range(last - month + 1):
            at = month + period
            count = sum(at in active for active in members)
            later = sum(max(active) >= at for active in members)
            over = at < last
            rows.append(
                {
                    "cohort_month": _start(month), "period": period, "as_of": AS_OF, "cohort_size": len(members),
                    "active": count, "retention": count / len(members) if over and members else None,
                    "unbounded_retention": later / len(members) if over and members else None, "is_complete": over,
                    "is_left_truncated": month < first + 3,
                }
            )  # fmt: skip
    return frame("retention_cohorts", rows)


def _moves(chance: random.Random) -> pl.DataFrame:
    likely = {
        "rfm": (
            ("champions", "loyal", 74), ("loyal", "champions", 58), ("loyal", "at_risk", 96), ("at_risk", "loyal", 22),
            ("potential_loyalists", "loyal", 61), ("potential_loyalists", "need_attention", 44),
            ("new_customers", "promising", 87), ("promising", "about_to_sleep", 52), ("need_attention", "at_risk", 31),
            ("about_to_sleep", "hibernating", 49), ("hibernating", "lost", 65), ("at_risk", "cant_lose_them", 12),
            ("lost", "new_customers", 9), ("hibernating", "potential_loyalists", 14), ("(new)", "new_customers", 71),
            ("at_risk", "champions", 6), ("need_attention", "loyal", 19), ("lost", "potential_loyalists", 4),
            ("champions", "champions", 402), ("loyal", "loyal", 511), ("lost", "lost", 330),
        ),
        "stage": (
            ("first_purchase", "repeat", 47), ("repeat", "loyal", 39), ("first_purchase", "churn_warning", 58),
            ("repeat", "churn_warning", 31), ("loyal", "churn_warning", 12), ("churn_warning", "lost", 66),
            ("churn_warning", "repeat", 18), ("churn_warning", "loyal", 9), ("lost", "reactivated", 11),
            ("(new)", "first_purchase", 71), ("potential", "first_purchase", 5), ("loyal", "loyal", 700),
        ),
        "tier": (
            ("low", "mid", 37), ("mid", "high", 21), ("high", "mid", 14), ("mid", "low", 33), ("(new)", "low", 60),
            ("(new)", "mid", 11), ("high", "high", 420), ("none", "low", 3), ("low", "none", 2),
        ),
    }  # fmt: skip
    rows = [
        {
            "kind": kind, "from_segment": a, "to_segment": b, "as_of": AS_OF, "customers": n,
            "value_moved": Decimal(str(round(n * chance.lognormvariate(6, 0.5), 2))),
            "previous_as_of": AS_OF - dt.timedelta(days=7),
        }
        for kind, moves in likely.items()
        for a, b, n in moves
    ]  # fmt: skip
    return frame("segment_moves", rows)


def _accounting(chance: random.Random) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for day in range(30):
        total = 1500 + chance.randrange(900)
        duplicates, quarantined = chance.randrange(30), chance.randrange(11)
        accepted = total - duplicates - quarantined
        money = Decimal(accepted) * Decimal("18.2500")
        rows.append(
            {
                "source": "shop", "file": f"2011-11-{day + 1:02d}.csv", "content": f"{day:064x}", "currency": "GBP",
                "as_of": AS_OF, "status": "loaded", "rows_in": total, "accepted": accepted,
                "excluded": chance.randrange(20), "charges": chance.randrange(40), "superseded": 0,
                "duplicates": duplicates, "quarantined": quarantined,
                "amount_in": money + Decimal(duplicates * 9), "amount_accepted": money,
                "amount_duplicates": Decimal(duplicates * 9), "amount_quarantined": Decimal(0), "dated_ahead": 0,
                "loaded_at": dt.datetime(2011, 12, 10, 1, 0),
            }
        )  # fmt: skip
    rows += [
        {
            "source": "airport_survey", "file": f"{year}.csv", "content": f"{year:064x}", "as_of": AS_OF,
            "status": "loaded", "rows_in": 3600, "accepted": 3588, "excluded": 0, "charges": 0,
            "superseded": 900 if year == 2009 else 0, "duplicates": 3, "quarantined": 9, "dated_ahead": 4,
            "loaded_at": dt.datetime(2011, 12, 10, 1, 0),
        }
        for year in (2009, 2010, 2011)
    ]  # fmt: skip
    rows.append(
        {
            "source": "shop", "file": "2011-12-03.csv.gz", "content": "f" * 64, "as_of": AS_OF, "status": "unreadable",
            "error": "truncated archive: compressed file ended before the end marker", "rows_in": 0, "accepted": 0,
            "excluded": 0, "charges": 0, "superseded": 0, "duplicates": 0, "quarantined": 0, "dated_ahead": 0,
            "loaded_at": dt.datetime(2011, 12, 10, 1, 0),
        }
    )  # fmt: skip
    return frame("row_accounting", rows)


def _checks() -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for table in SCHEMAS:
        for check, severity, words in (
            ("keys_are_unique", "error", "One row per key."),
            ("row_count", "error", "The table is not empty where it must not be."),
            ("values_in_range", "warn", "Every value lies in its declared range."),
        ):
            rows.append(
                {
                    "table": table, "check": check, "severity": severity,
                    "passed": not (table == "churn_scores" and check == "values_in_range"), "description": words,
                    "observed": '{"rows": 2304}',
                }
            )  # fmt: skip
    return frame("checks", rows)


def _surveys(chance: random.Random, kind: str) -> dict[str, pl.DataFrame]:
    csat: list[dict[str, Any]] = []
    nps: list[dict[str, Any]] = []

    def add(grain: str, start: dt.date, n: int, level: float, promoters: float, is_complete: bool) -> None:
        satisfied = round(n * level)
        share = proportion(satisfied, n)
        key = {"grain": grain, "period_start": start, "scope": "all", "scope_value": "all", "as_of": AS_OF, "n": n}
        csat.append(
            {
                **key, "question": "overall", "satisfied": satisfied, "csat": satisfied / n, "low": share.low,
                "high": share.high, "mean": 1 + 4 * level, "is_complete": is_complete,
            }
        )  # fmt: skip
        if kind == "months":
            top, low = round(n * promoters), round(n * (0.62 - promoters))
            score = net_promoter_score(top, n - top - low, low)
            nps.append(
                {
                    **key, "question": "recommend", "promoters": top, "passives": n - top - low, "detractors": low,
                    "nps": score.estimate, "low": score.low, "high": score.high, "is_complete": is_complete,
                }
            )  # fmt: skip

    if kind == "years":
        for year, n, level in ((2006, 3694, 0.75393), (2007, 3348, 0.78793), (2008, 3334, 0.79274), (2009, 2677, 0.78857),
                               (2010, 2810, 0.8), (2011, 2919, 0.80987)):  # fmt: skip
            add("year", dt.date(year, 1, 1), n, level, 0.4, year < 2011)
        add("total", dt.date(2006, 5, 1), 18782, 0.785, 0.4, True)
    elif kind == "months":
        for i in range(12):
            month = _month(AS_OF) - 11 + i
            add("month", _start(month), 180 + chance.randrange(120), 0.8 + 0.006 * i, 0.36 + 0.01 * i, i < 11)
        add("year", dt.date(2011, 1, 1), 2700, 0.84, 0.43, False)
        add("total", dt.date(2011, 1, 5), 2700, 0.84, 0.43, True)
    return {"csat": frame("csat", csat), "nps": frame("nps", nps)}


def _scorecard(
    people: list[dict[str, Any]], orders: dict[str, list[tuple[dt.date, Decimal]]], months: int,
    frames: dict[str, pl.DataFrame],
) -> pl.DataFrame:  # fmt: skip
    rows: list[dict[str, Any]] = []
    last = _month(AS_OF)
    window_start = AS_OF - dt.timedelta(days=364)

    def add(kpi: str, grain: str, start: dt.date | None, value: float | None, n: int, **more: Any) -> None:
        rows.append(
            {
                "kpi": kpi, "scope": "all", "scope_value": "all", "grain": grain, "period_start": start, "as_of": AS_OF,
                "value": value, "n": n, "unit": CARDS[kpi].unit, "definition_version": CARDS[kpi].version, **more,
            }
        )  # fmt: skip

    own = [(name, d, v) for name, days in orders.items() for d, v in days]
    before: float | None = None
    for month in range(last - months + 1, last + 1):
        at = [(name, v) for name, d, v in own if _month(d) == month]
        sales = float(sum((v for _, v in at), Decimal(0)))
        add("net_sales", "month", _start(month), sales, len(at), previous_value=before)
        add("orders", "month", _start(month), float(len(at)), len(at))
        active = len({name for name, _ in at})
        add("active_customers", "month", _start(month), float(active), active)
        add("aov", "month", _start(month), sales / len(at) if at else None, len(at))
        earlier = {name for name, d, _ in own if _month(d) == month - 1}
        kept = len(earlier & {name for name, _ in at})
        if earlier and month < last:
            share = proportion(kept, len(earlier))
            add("retention_rate", "month", _start(month), kept / len(earlier), len(earlier), low=share.low, high=share.high)
        before = sales
    inside = [(name, v) for name, d, v in own if d >= window_start]
    active = {name for name, _ in inside}
    again = sum(n >= 2 for n in Counter(name for name, _ in inside).values())
    share = proportion(again, len(active))
    total = float(sum((v for _, v in inside), Decimal(0)))
    add("net_sales", "total", window_start, total, len(inside), previous_value=total / 1.08)
    add("orders", "total", window_start, float(len(inside)), len(inside))
    add("active_customers", "total", window_start, float(len(active)), len(active))
    add("aov", "total", window_start, total / len(inside), len(inside), low=total / len(inside) - 9, high=total / len(inside) + 9)
    add("repurchase_rate", "total", window_start, again / len(active), len(active), low=share.low, high=share.high,
        target=0.70, status="missed", previous_value=again / len(active) - 0.021)  # fmt: skip
    add("refund_rate", "total", window_start, 0.0312, len(inside), target=0.05, status="met")
    for kpi in ("cac", "campaign_return", "response_rate", "mean_clv"):
        add(kpi, "total", None, None, 0, status="input_absent")
    for row in frames["csat"].iter_rows(named=True):
        status = "met_not_distinguishable" if row["csat"] >= 0.78 else "missed"
        add("csat", row["grain"], row["period_start"], row["csat"], row["n"], low=row["low"], high=row["high"],
            question=row["question"], target=0.785, status=status if row["is_complete"] else "incomplete_period")  # fmt: skip
    for row in frames["nps"].iter_rows(named=True):
        add("nps", row["grain"], row["period_start"], row["nps"], row["n"], low=row["low"], high=row["high"],
            question=row["question"], target=20.0, status="met" if row["is_complete"] else "incomplete_period")  # fmt: skip
    if not frames["nps"].height:
        add("nps", "total", None, None, 0, status="input_absent", target=50.0)
    return frame("kpi_scorecard", rows)


def main(folder: Path) -> None:
    """Write the pages a developer wants to look at."""
    folder.mkdir(parents=True, exist_ok=True)
    year = shop(
        freshness_note="The newest order is 3 days old; the report describes 9 December 2011.",
        notes=("One file could not be read and was set aside.",),
    )
    grown = shop(customers=5200, months=36, surveys="months")
    pages = {
        "shop_en": year,
        "shop_zh": replace(year, language="zh", currency="CNY", business_name="示例礼品店", freshness_note=None),
        "years_en": grown,
        "years_zh": replace(grown, language="zh"),
        "empty_en": empty(),
        "empty_zh": empty(language="zh"),
        "one_en": shop(customers=1, seed=3, surveys="none"),
    }
    for name, data in pages.items():
        (folder / f"{name}.html").write_text(render(data), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

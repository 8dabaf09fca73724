"""A believable shop as finished tables, for the tests of the page and for looking at it.

``python tests/reports/sample_data.py FOLDER`` writes the page in English and Chinese, with and without data.
"""

from __future__ import annotations

import datetime as dt
import math
import random
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from sample_frames import AS_OF, MARK, SCHEMAS, frame, interval_of, month_number, month_start
from sample_kpis import scorecard
from sample_kpis import surveys as surveys_of

from models import rfm, value_tiers
from reports.page import render
from reports.report_data import ReportData


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


def shop(
    *, customers: int = 2400, months: int = 13, seed: int = 7, surveys: str = "years", **changes: Any
) -> ReportData:
    """A gift shop that grows towards Christmas; ``surveys`` is ``years`` (CSAT alone) or ``months`` (CSAT and NPS)."""
    chance = random.Random(seed)
    days = _order_days(chance, customers, months)
    people = _people(chance, days)
    frames = {
        "rfm_segments": _rfm(people),
        "lifecycle_stages": _stages(chance, people),
        "value_tiers": _tiers(people),
        "churn_scores": _scores(chance, people),
        "model_evaluation": _evaluation(chance),
        "churn_calibration": _calibration(chance),
        "retention_cohorts": _cohorts(days, months),
        "segment_moves": _moves(chance),
        "move_causes": _move_causes(),
        "restatements": _restatements(),
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
        **surveys_of(chance, surveys),
    }
    frames["band_values"] = band_values(frames["churn_scores"], frames["rfm_segments"])
    frames["kpi_scorecard"] = scorecard(days, months, frames)
    ready = {"previous_as_of": AS_OF - dt.timedelta(days=7), **frames, **changes}
    return empty(**ready)


def _order_days(chance: random.Random, customers: int, months: int) -> dict[str, list[tuple[dt.date, Decimal]]]:
    """Orders with their value per customer; nobody orders after the night, and some never order."""
    first = month_start(month_number(AS_OF) - months + 1)
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
                "last_order_on": max(days, default=None), "orders": len(own), "valued_orders": len(own),
                "gross_value": gross,
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


def _stages(chance: random.Random, people: list[dict[str, Any]]) -> pl.DataFrame:
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


def band_values(scores: pl.DataFrame, rfm_segments: pl.DataFrame) -> pl.DataFrame:
    """What the customers of each band were worth in W, NULL where nobody has any money."""
    held = scores.join(rfm_segments.select("customer_id", "monetary"), on="customer_id")
    value = pl.when(pl.col("monetary").count() > 0).then(pl.col("monetary").sum()).alias("value")
    return held.group_by("risk_band").agg(value.cast(SCHEMAS["band_values"]["value"])).sort("risk_band")


def _evaluation(chance: random.Random) -> pl.DataFrame:
    typical = {
        "roc_auc": (0.762, 0.731), "pr_auc_churn": (0.741, 0.702), "pr_auc_buy": (0.712, 0.684),
        "precision": (0.694, 0.671), "recall": (0.731, 0.702), "f1": (0.712, 0.686), "accuracy": (0.699, 0.672),
        "brier": (0.197, 0.213), "log_loss": (0.578, 0.613), "calibration_slope": (0.96, 0.88),
        "calibration_intercept": (0.03, 0.11), "lift_top_decile": (1.74, 1.62), "precision_top_decile": (0.88, 0.82),
        "recall_top_decile": (0.17, 0.16), "f1_top_decile": (0.28, 0.27),
    }  # fmt: skip
    rows: list[dict[str, Any]] = []
    for i, origin in enumerate((dt.date(2011, 7, 13), dt.date(2011, 8, 11), dt.date(2011, 9, 10))):
        for metric, (value, baseline) in typical.items():
            shift = chance.gauss(0, 0.006)
            both = (("logistic", value), ("recency_rule", baseline))
            rows += [
                {
                    "model": model, "origin": origin, "metric": metric, "scope": "all", "scope_value": "all",
                    "as_of": AS_OF, "value": figure + shift,
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
        low, high = interval_of(churned, n)
        rows += [
            {
                "model": model, "bin": i + 1, "n": n, "mean_risk": predicted, "churned": churned,
                "observed": churned / n, "low": low, "high": high, "is_published": model == "logistic",
            }
            for model in ("logistic", "recency_rule")
        ]  # fmt: skip
    return frame("churn_calibration", rows)


def _cohorts(orders: dict[str, list[tuple[dt.date, Decimal]]], months: int) -> pl.DataFrame:
    last = month_number(AS_OF)
    first = last - months + 1
    seen: dict[int, list[set[int]]] = {m: [] for m in range(first, last + 1)}
    for own in orders.values():
        if own:
            active = {month_number(d) for d, _ in own}
            seen[min(active)].append(active)
    rows: list[dict[str, Any]] = []
    for month, members in seen.items():
        for period in range(last - month + 1):
            at = month + period
            count = sum(at in active for active in members)
            later = sum(max(active) >= at for active in members)
            over = at < last
            low, high = interval_of(count, len(members)) if over and period and members else (None, None)
            rows.append(
                {
                    "cohort_month": month_start(month), "period": period, "as_of": AS_OF, "cohort_size": len(members),
                    "active": count, "retention": count / len(members) if over and members else None,
                    "retention_low": low, "retention_high": high,
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


def _move_causes() -> pl.DataFrame:
    rows = [
        {"kind": kind, "cause": cause, "customers": n}
        for kind, cause, n in (
            ("rfm", "time_passing", 90), ("rfm", "new_order", 75), ("rfm", "population_cut", 61), ("rfm", "refund", 4),
            ("stage", "time_passing", 167), ("stage", "new_order", 200), ("tier", "population_cut", 20),
            ("tier", "new_order", 140), ("tier", "time_passing", 21),
        )
    ]  # fmt: skip
    return frame("move_causes", rows)


def _restatements() -> pl.DataFrame:
    rows = [
        {
            "subject": subject, "period_start": dt.date(2011, month, 1), "cause": cause, "as_of": AS_OF,
            "previous_as_of": AS_OF - dt.timedelta(days=7), "rows_added": added, "rows_removed": removed,
            "orders": added + removed if subject == "sales" else 0, "responses": added if subject == "answers" else 0,
            "customers": 1, "gross_change": net, "net_change": net,
        }
        for subject, month, cause, added, removed, net in (
            ("sales", 11, "late_row", 12, 0, Decimal("331.40")), ("sales", 11, "refund", 2, 0, Decimal("-45.00")),
            ("sales", 10, "correction", 3, 3, Decimal("-1.25")), ("answers", 11, "late_row", 5, 0, None),
        )
    ]  # fmt: skip
    return frame("restatements", rows)


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
    rows: list[dict[str, Any]] = [
        {
            "table": table, "check": check, "severity": "error", "passed": True, "description": words,
            "observed": '{"broken": 0}', "sample": "[]",
        }
        for table in SCHEMAS
        for check, words in (
            ("key_unique", "One row per key: they do not repeat."),
            ("values_as_declared", "Values lie in their sets and ranges."),
        )
    ]  # fmt: skip
    rows += [
        {
            "table": "raw_transactions", "check": "sizes_in_range", "severity": "warn", "passed": False,
            "description": "No sold line has more than 20 times the quantity that one line in a thousand exceeds.",
            "observed": '{"quantity": 0.0000037, "unit_price": 0.0, "at_most": 0}',
            "sample": '[{"source": "shop", "file": "2011-12-09.csv", "line_number": 541}]',
        },
        {
            "table": "source_values", "check": "no_value_vanished", "severity": "warn", "passed": False,
            "description": "No channel that came all the time has stopped coming.",
            "observed": '{"broken": 1}',
            "sample": '[{"source": "shop", "dimension": "channel", "value": "phone", "window_days": 3, "events": 0, '
            '"events_before": 160, "expected": 41.2, "first_on": "2010-12-01"}]',
        },
        {
            "table": "customer_summary", "check": "known_by_first_order", "severity": "warn", "passed": False,
            "description": "Nobody ordered before becoming a customer.",
            "observed": '{"broken": 2}',
            "sample": f'[{{"customer_id": "{MARK}17850"}}, {{"customer_id": "{MARK}13047"}}]',
        },
    ]  # fmt: skip
    return frame("checks", rows)


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

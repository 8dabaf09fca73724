"""Surveys and the scorecard of the sample shop."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import polars as pl
from sample_frames import AS_OF, frame, interval_of, month_number, month_start

from models.kpi_cards import CARDS
from models.net_promoter import adjusted_wald_bounds

YEARS = (
    (2006, 3694, 0.75393), (2007, 3348, 0.78793), (2008, 3334, 0.79274), (2009, 2677, 0.78857), (2010, 2810, 0.8),
    (2011, 2919, 0.80987),
)  # fmt: skip


def surveys(chance: random.Random, kind: str) -> dict[str, pl.DataFrame]:
    csat: list[dict[str, Any]] = []
    nps: list[dict[str, Any]] = []

    def add(grain: str, start: dt.date, n: int, level: float, promoters: float, is_complete: bool) -> None:
        satisfied = round(n * level)
        low, high = interval_of(satisfied, n)
        key = {"grain": grain, "period_start": start, "scope": "all", "scope_value": "all", "as_of": AS_OF, "n": n}
        csat.append(
            {
                **key, "question": "overall", "satisfied": satisfied, "csat": satisfied / n, "low": low,
                "high": high, "mean": 1 + 4 * level, "is_complete": is_complete,
            }
        )  # fmt: skip
        if kind == "months":
            top, worst = round(n * promoters), round(n * (0.62 - promoters))
            ends = adjusted_wald_bounds(*(pl.lit(count) for count in (top, n - top - worst, worst)))
            low, high = pl.select(low=ends[0], high=ends[1]).row(0)
            nps.append(
                {
                    **key, "question": "recommend", "promoters": top, "passives": n - top - worst, "detractors": worst,
                    "nps": 100 * (top - worst) / n, "low": low, "high": high, "is_complete": is_complete,
                }
            )  # fmt: skip

    if kind == "years":
        for year, n, level in YEARS:
            add("year", dt.date(year, 1, 1), n, level, 0.4, year < 2011)
        add("total", dt.date(2006, 5, 1), 18782, 0.785, 0.4, True)
    elif kind == "months":
        for i in range(12):
            month = month_number(AS_OF) - 11 + i
            add("month", month_start(month), 180 + chance.randrange(120), 0.8 + 0.006 * i, 0.36 + 0.01 * i, i < 11)
        add("year", dt.date(2011, 1, 1), 2700, 0.84, 0.43, False)
        add("total", dt.date(2011, 1, 5), 2700, 0.84, 0.43, True)
    return {"csat": frame("csat", csat), "nps": frame("nps", nps)}


def scorecard(
    orders: dict[str, list[tuple[dt.date, Decimal]]], months: int, frames: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    last = month_number(AS_OF)
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
        at = [(name, v) for name, d, v in own if month_number(d) == month]
        sales = float(sum((v for _, v in at), Decimal(0)))
        add("net_sales", "month", month_start(month), sales, len(at), previous_value=before)
        add("orders", "month", month_start(month), float(len(at)), len(at))
        active = len({name for name, _ in at})
        add("active_customers", "month", month_start(month), float(active), active)
        add("aov", "month", month_start(month), sales / len(at) if at else None, len(at))
        earlier = {name for name, d, _ in own if month_number(d) == month - 1}
        kept = len(earlier & {name for name, _ in at})
        if earlier and month < last:
            low, high = interval_of(kept, len(earlier))
            add(
                "retention_rate",
                "month",
                month_start(month),
                kept / len(earlier),
                len(earlier),
                low=low,
                high=high,
            )
        before = sales
    inside = [(name, v) for name, d, v in own if d >= window_start]
    active = {name for name, _ in inside}
    again = sum(n >= 2 for n in Counter(name for name, _ in inside).values())
    low, high = interval_of(again, len(active))
    total = float(sum((v for _, v in inside), Decimal(0)))
    add("net_sales", "total", window_start, total, len(inside), previous_value=total / 1.08)
    add("orders", "total", window_start, float(len(inside)), len(inside))
    add("active_customers", "total", window_start, float(len(active)), len(active))
    add(
        "aov",
        "total",
        window_start,
        total / len(inside),
        len(inside),
        low=total / len(inside) - 9,
        high=total / len(inside) + 9,
    )
    add("repurchase_rate", "total", window_start, again / len(active), len(active), low=low, high=high,
        target=0.70, status="missed", previous_value=again / len(active) - 0.021)  # fmt: skip
    add("refund_rate", "total", window_start, 0.0312, len(inside), target=0.05, status="met")
    for kpi in ("cac", "campaign_return", "response_rate", "mean_clv"):
        add(kpi, "total", None, None, 0, status="input_absent")
    for row in frames["csat"].iter_rows(named=True):
        status = "met_not_distinguishable" if row["csat"] >= 0.78 else "missed"
        add(
            "csat",
            row["grain"],
            row["period_start"],
            row["csat"],
            row["n"],
            low=row["low"],
            high=row["high"],
            question=row["question"],
            target=0.785,
            status=status if row["is_complete"] else "incomplete_period",
        )
    for row in frames["nps"].iter_rows(named=True):
        add(
            "nps",
            row["grain"],
            row["period_start"],
            row["nps"],
            row["n"],
            low=row["low"],
            high=row["high"],
            question=row["question"],
            target=20.0,
            status="met" if row["is_complete"] else "incomplete_period",
        )
    if not frames["nps"].height:
        add("nps", "total", None, None, 0, status="input_absent", target=50.0)
    return frame("kpi_scorecard", rows)

"""What stands behind the satisfaction of the sample shop: scores, drivers and the value of attitudes."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from reports.report_data import ReportData, SurveyWork

SCALES = {"overall": (1, 5), "recommend": (0, 10)}


def attitudes(*, has_money: bool = True) -> pl.DataFrame:
    """Of a hundred customers with 1,000 of net value."""
    rows = [
        ("promoter", 50, 700, 5, 70),
        ("passive", 20, 300, 2, 20),
        ("detractor", 5, -50, 4, -20),
        ("no_answer", 25, 50, 3, 9),
    ]
    return pl.DataFrame(
        [
            {
                "question": "recommend", "attitude": name, "customers": n, "customer_share": n / 100,
                "net_value": Decimal(value) if has_money else None, "value_share": value / 1000 if has_money else None,
                "high_risk_customers": at_risk, "high_risk_value": Decimal(risk) if has_money else None,
            }
            for name, n, value, at_risk, risk in rows
        ],
        schema_overrides={
            "net_value": pl.Decimal(18, 2), "high_risk_value": pl.Decimal(18, 2), "value_share": pl.Float64,
        },
    )  # fmt: skip


def explained(withheld: str | None = None) -> pl.DataFrame:
    """Four drivers of ``overall`` that explain two fifths of it, or the reason why not, and one that was not asked."""
    rows = [("staff", 0.2, 0.91), ("<queues>", 0.15, 0.55), ("price", 0.04, 0.7), ("parking", 0.01, 0.72)]
    told = [
        {
            "question": "overall", "driver": name, "answers": 500, "n": 420, "r_squared": 0.4, "importance": share,
            "low": share * 0.8, "high": share * 1.2, "rank": rank, "mean": 1 + 4 * does, "performance": does,
            "withheld": None,
        }
        for rank, (name, share, does) in enumerate(rows, start=1)
    ]  # fmt: skip
    unasked = dict.fromkeys(told[0], None) | {"question": "overall", "driver": "wifi", "withheld": "not_asked"}
    frame = pl.DataFrame([*told, unasked], infer_schema_length=None, schema_overrides={"withheld": pl.String})
    if withheld is None:
        return frame
    return frame.with_columns(pl.lit(None, pl.Float64).alias("importance"), withheld=pl.lit(withheld))


def work_of(data: ReportData) -> SurveyWork:
    """Every answer of a period in two scores: the satisfied ones or promoters 5 or 10, all others 1."""
    satisfied = data.csat.select("question", "grain", "period_start", "n", good="satisfied", best=5)
    promoters = data.nps.select("question", "grain", "period_start", "n", good="promoters", best=10)
    both = pl.concat((satisfied, promoters), how="vertical_relaxed")
    key = ("question", "grain", "period_start")
    good = both.select(*key, score="best", responses="good", satisfied="good")
    others = both.select(*key, score=pl.lit(1), responses=pl.col("n") - pl.col("good"), satisfied=pl.lit(0))
    return SurveyWork(pl.concat((good, others), how="vertical_relaxed"), explained(), attitudes(), SCALES)

"""Rows as the published tables: the columns and types are those of the tables' contracts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from assets.contracts import EXACT_MONEY, MONEY
from assets.tables import TABLES
from models.proportions import wilson_bounds

AS_OF = dt.date(2011, 12, 9)
MARK = "C-secret-"  # every customer id starts with it: it must never reach the page

FRAMES = (
    "kpi_scorecard", "rfm_segments", "rfm_cuts", "lifecycle_stages", "value_tiers", "churn_scores",
    "model_evaluation", "churn_calibration", "nps", "csat", "retention_cohorts", "segment_moves", "restatements",
    "row_accounting",
)  # fmt: skip
_TYPES = {
    "VARCHAR": pl.String, "DATE": pl.Date, "BIGINT": pl.Int64, "INTEGER": pl.Int32, "TINYINT": pl.Int8,
    "DOUBLE": pl.Float64, "BOOLEAN": pl.Boolean, "TIMESTAMP": pl.Datetime("us"), MONEY: pl.Decimal(18, 2),
    EXACT_MONEY: pl.Decimal(38, 8),
}  # fmt: skip
SCHEMAS: dict[str, dict[str, Any]] = {
    **{name: {c.name: _TYPES[c.type] for c in TABLES[name].columns} for name in FRAMES},
    "band_values": {"risk_band": pl.String, "value": pl.Decimal(38, 2)},
    "move_causes": {"kind": pl.String, "cause": pl.String, "customers": pl.Int64},
    "quarantine_reasons": {"source": pl.String, "reason": pl.String, "rows": pl.Int64},
    "checks": {
        "table": pl.String, "check": pl.String, "severity": pl.String, "passed": pl.Boolean, "description": pl.String,
        "observed": pl.String, "sample": pl.String,
    },
}  # fmt: skip


def frame(name: str, rows: list[dict[str, Any]] | None = None) -> pl.DataFrame:
    """Rows as the published table of that name, missing columns NULL."""
    schema = SCHEMAS[name]
    return pl.DataFrame([{c: row.get(c) for c in schema} for row in rows or []], schema=schema, orient="row")


def interval_of(successes: int, n: int) -> tuple[float, float]:
    """Wilson's, of a share."""
    low, high = wilson_bounds(pl.lit(successes), pl.lit(n))
    return pl.select(low=low, high=high).row(0)


def month_number(date: dt.date) -> int:
    return date.year * 12 + date.month - 1


def month_start(month: int) -> dt.date:
    return dt.date(month // 12, month % 12 + 1, 1)

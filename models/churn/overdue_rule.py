"""The personal overdue rule: risk by how long the silence is against the customer's own mean gap.

The second naive rival: the same monotone frequencies as the recency rule's, over recency / own gap. A customer without
a gap is measured by the typical one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from models.churn import recency_rule
from models.churn.features import GAP_DAYS
from models.churn.recency_rule import RecencyRule
from models.fitted_parameters import version_of
from models.logistic_regression import FloatArray

STEPS: Final = 100  # per gap: the ratio is counted in hundredths


@dataclass(frozen=True)
class OverdueRule:
    """The curve over hundredths of a gap, and the gap of who has none."""

    curve: RecencyRule
    typical_gap: float

    @property
    def name(self) -> str:
        """Its id."""
        return "overdue_rule"

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits of the hash of the curve."""
        return version_of(self)

    def risk(self, rows: pl.DataFrame) -> FloatArray:
        """The curve at each row's overdue ratio, shape (n,)."""
        return self.curve.risk(_in_gaps(rows, self.typical_gap))


def learn(past: pl.DataFrame) -> OverdueRule:
    """The rule of the past rows, any number of them."""
    middle = past.select(GAP_DAYS.median()).item() if past.height else None
    typical_gap = 1.0 if middle is None else max(round(float(middle), 4), 1.0)
    return OverdueRule(recency_rule.learn(_in_gaps(past, typical_gap)), typical_gap)


def _in_gaps(rows: pl.DataFrame, typical_gap: float) -> pl.DataFrame:
    """The rows with their silence counted in hundredths of the customer's own mean gap."""
    ratio = STEPS * pl.col("recency_days") / GAP_DAYS.fill_null(typical_gap).clip(lower_bound=1.0)
    return rows.with_columns(recency_days=ratio.floor().cast(pl.Int64))

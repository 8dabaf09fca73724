"""The recency rule: how often customers silent for that long placed no order in the horizon.

Frequencies of up to twenty groups of equally many past rows, drawn towards the overall rate where a group is small and
never certain, made monotone (isotonic regression: Barlow et al. 1972, pool adjacent violators), and joined by straight
lines between the groups' mean recencies. Longer silence never lowers the risk. Calibrated by construction, it is what
any model has to beat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.churn.lesson import RISK_DECIMALS, RULE
from models.classification import logit
from models.fitted_parameters import version_of
from models.logistic_regression import FloatArray

GROUPS = 20
GROUP_ROWS = 25  # fewer rows than this are no frequency: smaller pasts have fewer groups
PRIOR_ROWS = 20  # rows at the overall rate added to each group
PRIOR_RATE = 0.5  # without any past: nothing is known, and the rule says so


@dataclass(frozen=True)
class RecencyRule:
    """The fitted curve: risk at ascending recencies, straight lines between, level outside.

    Attributes:
        days: mean recency of each group, ascending; empty where there is no past.
        risks: risk at these recencies, ascending, each within 0..1.
        rate: overall share of churn, one half observation added to each outcome.
        typical_days: median recency of the past rows; None where there are none.
        rows: past rows it was learned from.
    """

    days: tuple[float, ...]
    risks: tuple[float, ...]
    rate: float
    typical_days: float | None
    rows: int

    @property
    def name(self) -> str:
        """Its id."""
        return RULE

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits of the hash of the curve."""
        return version_of(self)

    def risk(self, rows: pl.DataFrame) -> FloatArray:
        """The curve at each row's ``recency_days``, shape (n,)."""
        if not self.days:
            return np.full(rows.height, self.rate)
        recency = rows["recency_days"].cast(pl.Float64).to_numpy()
        return np.round(np.interp(recency, self.days, self.risks), RISK_DECIMALS)

    def reasons(self, rows: pl.DataFrame, *, window_days: int) -> pl.DataFrame:
        """The one reason there is, the recency; its contribution is the logit above that of the overall rate."""
        overall = float(logit(np.array([self.rate]))[0])
        contribution = pl.Series("contribution_1", np.round(logit(self.risk(rows)) - overall, RISK_DECIMALS))
        if self.typical_days is None:
            reason = pl.lit("too little history to learn from: even odds are assumed")
            reason_zh = pl.lit("历史太短，无从学习：按一半概率计")
        else:
            raises = contribution >= 0
            direction = pl.when(raises).then(pl.lit("raises")).otherwise(pl.lit("lowers"))
            direction_zh = pl.when(raises).then(pl.lit("提高")).otherwise(pl.lit("降低"))
            words = f"last order {{}} days ago, typical {self.typical_days:.0f} ({{}} risk)"
            words_zh = f"上次下单在 {{}} 天前，一般 {self.typical_days:.0f} 天（{{}}风险）"
            reason = pl.format(words, pl.col("recency_days"), direction)
            reason_zh = pl.format(words_zh, pl.col("recency_days"), direction_zh)
        nothing, no_words = pl.lit(None, pl.Float64), pl.lit(None, pl.String)
        return rows.select(
            reason_1=reason,
            reason_1_zh=reason_zh,
            contribution_1=contribution,
            reason_2=no_words,
            reason_2_zh=no_words,
            contribution_2=nothing,
            reason_3=no_words,
            reason_3_zh=no_words,
            contribution_3=nothing,
        )


def learn(past: pl.DataFrame) -> RecencyRule:
    """The rule of the past rows: ``recency_days`` and the outcome ``churned``; any number of rows, none included."""
    from scipy.optimize import isotonic_regression

    if past.is_empty():
        return RecencyRule((), (), PRIOR_RATE, None, 0)
    # Jeffreys' prior for a share, Beta(1/2, 1/2): never 0 or 1, one half where nothing is known.
    rate = (int(past["churned"].sum()) + 0.5) / (past.height + 1)
    counted = past.group_by("recency_days").agg(n=pl.len(), churned=pl.col("churned").sum()).sort("recency_days")
    groups = max(1, min(GROUPS, past.height // GROUP_ROWS))
    before = pl.col("n").cum_sum() - pl.col("n")
    grouped = (
        counted.with_columns(group=before * groups // past.height)
        .group_by("group")
        .agg(
            days=(pl.col("recency_days") * pl.col("n")).sum() / pl.col("n").sum(),
            churned=pl.col("churned").sum(),
            n=pl.col("n").sum(),
        )
        .sort("group")
    )
    n = grouped["n"].cast(pl.Float64).to_numpy()
    days = grouped["days"].to_numpy()
    # And half a row to each outcome of a group, too: where one was never seen, the overall rate says so already, and a
    # group would be surer than its own rows allow (Jeffreys 1946; Brown, Cai & DasGupta 2001, section 3.2).
    prior = PRIOR_ROWS * rate + 0.5
    smoothed = (grouped["churned"].cast(pl.Float64).to_numpy() + prior) / (n + PRIOR_ROWS + 1)
    monotone = isotonic_regression(smoothed, weights=n)
    # A pooled block is one point at its mean recency: between blocks the curve still tells longer from shorter silence.
    blocks = [slice(int(a), int(b)) for a, b in zip(monotone.blocks[:-1], monotone.blocks[1:], strict=True)]
    return RecencyRule(
        days=tuple(round(float(np.average(days[block], weights=n[block])), 6) for block in blocks),
        risks=tuple(round(float(monotone.x[block][0]), 10) for block in blocks),
        rate=round(rate, 10),
        typical_days=float(past["recency_days"].cast(pl.Float64).sort().to_numpy()[(past.height - 1) // 2]),
        rows=past.height,
    )

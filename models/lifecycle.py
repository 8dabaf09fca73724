"""The stage of a customer's life with the shop: exactly one of seven, from the days of the valid orders.

Symbols: T1 and T2 are the gaps, in days, after which a customer is warned of and given up as lost: the 80th and 95th
percentile of the shop's own gaps between consecutive order days, unless set. The gap is the days since the latest
valid order. "Lost" is a name, not a fact: some come back.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from models.discrete_quantiles import discrete_quantiles

STAGES = ("potential", "first_purchase", "repeat", "loyal", "churn_warning", "lost", "reactivated")

NEXT_STAGES: dict[str, tuple[str, ...]] = {
    "potential": ("first_purchase", "repeat", "loyal"),
    "first_purchase": ("repeat", "loyal", "churn_warning"),
    "repeat": ("loyal", "churn_warning"),
    "loyal": ("churn_warning",),
    "churn_warning": ("lost", "repeat", "loyal", "reactivated"),
    "lost": ("reactivated",),
    "reactivated": ("repeat", "loyal", "churn_warning"),
}
"""Where time and orders lead from one night to the next under the same cuts; a day may hold several orders.

From a warning an order leads back to reactivated where the return that ended a long gap is not worn off yet.
"""

_T1_SHARE, _T2_SHARE = Fraction(80, 100), Fraction(95, 100)


@dataclass(frozen=True)
class LifecycleCuts:
    """Where the stages change.

    Attributes:
        t1_days: longest gap, in days, of an active customer.
        t2_days: longest gap of a customer who is not lost; at least ``t1_days``.
        loyal_orders: valid orders, all time, of a loyal customer; at least 2.
        reactivated_days: days a returned customer is called reactivated, the day of the returning order included.
    """

    t1_days: int
    t2_days: int
    loyal_orders: int = 4
    reactivated_days: int = 90

    def __post_init__(self) -> None:
        if not 0 <= self.t1_days <= self.t2_days:
            raise ValueError(
                f"lifecycle cuts: t1_days = {self.t1_days} and t2_days = {self.t2_days}; "
                f"0 <= t1_days <= t2_days expected: a customer is warned of before being called lost"
            )
        if self.loyal_orders < 2 or self.reactivated_days < 1:
            raise ValueError(
                f"lifecycle cuts: loyal_orders = {self.loyal_orders} and reactivated_days = {self.reactivated_days}; "
                f"at least 2 orders and 1 day expected"
            )


def cuts_from_gaps(
    gap_counts: pl.DataFrame,
    *,
    t1_days: int | None,
    t2_days: int | None,
    t1_without_gaps: int,
    t2_without_gaps: int,
    loyal_orders: int,
    reactivated_days: int,
) -> LifecycleCuts:
    """The cuts of a shop: what is set holds, the rest are the discrete P80 and P95 of its gaps.

    A derived cut gives way to a set one where they would cross (T1 set beyond P95 lifts T2 to it, T2 set below P80
    lowers T1 to it); two set ones that cross are an error.

    Args:
        gap_counts: columns ``value`` (gap in days between consecutive distinct order days of one customer) and
            ``count``; empty in a shop where nobody came back.
        t1_days: T1 where the configuration sets it.
        t2_days: T2 where the configuration sets it.
        t1_without_gaps: T1 in days where it is neither set nor derivable.
        t2_without_gaps: T2 likewise.
        loyal_orders: valid orders of a loyal customer.
        reactivated_days: days a returned customer is called reactivated.
    """
    percentiles = discrete_quantiles(gap_counts, [_T1_SHARE, _T2_SHARE])
    p80, p95 = percentiles or (t1_without_gaps, max(t1_without_gaps, t2_without_gaps))
    t1 = t1_days if t1_days is not None else (p80 if t2_days is None else min(p80, t2_days))
    t2 = t2_days if t2_days is not None else max(p95, t1)
    return LifecycleCuts(int(t1), int(t2), loyal_orders, reactivated_days)


def reachable(consecutive: bool) -> dict[str, tuple[str, ...]]:
    """From each stage those that time and orders lead to: in one night, or in any number of nights.

    >>> "lost" in reachable(True)["loyal"], "lost" in reachable(False)["loyal"]
    (False, True)
    """
    if consecutive:
        return NEXT_STAGES
    found = {stage: set(following) for stage, following in NEXT_STAGES.items()}
    for _ in STAGES:
        found = {stage: following.union(*(found[one] for one in following)) for stage, following in found.items()}
    return {stage: tuple(one for one in STAGES if one in following) for stage, following in found.items()}


def stages(
    histories: pl.DataFrame,
    cuts: LifecycleCuts,
    as_of: dt.date,
    *,
    churn_risk: pl.DataFrame | None = None,
    warning_risk: float | None = None,
) -> pl.DataFrame:
    """Stage, gap and the day the stage was entered, one row per known customer.

    The stage is the first that holds: potential, lost, churn_warning, reactivated, first_purchase, loyal, repeat.
    ``stage_since`` is the first day of the unbroken run of days, up to ``as_of``, on which these same cuts and the
    orders valid tonight give this stage. A warning by risk alone is dated ``as_of``: a risk is known for one day only.

    Args:
        histories: one row per known customer: ``customer_id``, ``known_since``, ``orders`` (valid, all time; 0 without)
            and, NULL without an order, ``first_order_on``, ``last_order_on``, ``active_since`` (latest order day after
            no order or after a day of silence longer than T1), ``returned_on`` (latest order day that ended a gap
            > T2), ``returning_since`` (latest such day before which the customer was not reactivated already),
            ``repeat_since`` and ``loyal_since`` (order day of the second order, and of the one that makes loyal).
        cuts: where the stages change.
        as_of: date of the snapshot.
        churn_risk: ``customer_id`` and ``churn_risk`` (0..1); needed with ``warning_risk``.
        warning_risk: churn risk from which on a customer is warned of, whatever the gap; None: the gap alone decides.
    """
    staged = with_stage(histories, cuts, as_of, churn_risk=churn_risk, warning_risk=warning_risk)
    return staged.select(
        "customer_id", "stage", "gap_days", stage_since=_stage_since(cuts, as_of), orders=pl.col("orders")
    )


def with_stage(
    histories: pl.DataFrame,
    cuts: LifecycleCuts,
    as_of: dt.date,
    *,
    churn_risk: pl.DataFrame | None = None,
    warning_risk: float | None = None,
) -> pl.DataFrame:
    """The rows of ``histories`` with ``gap_days``, ``reactivated_until`` and ``stage``.

    Args:
        histories: ``customer_id``, ``orders``, ``last_order_on`` and ``returned_on``; others are passed through.
        cuts: where the stages change.
        as_of: date of the snapshot.
        churn_risk: as for :func:`stages`.
        warning_risk: as for :func:`stages`.
    """
    if warning_risk is not None and churn_risk is None:
        raise ValueError("stages by warning_risk need the churn risks; none were given")
    dated = histories.with_columns(
        gap_days=(pl.lit(as_of) - pl.col("last_order_on")).dt.total_days().cast(pl.Int32),
        reactivated_until=pl.col("returned_on").dt.offset_by(f"{cuts.reactivated_days}d"),
    )
    at_risk = pl.lit(False)
    if warning_risk is not None and churn_risk is not None:
        dated = dated.join(churn_risk.select("customer_id", "churn_risk"), on="customer_id", how="left")
        at_risk = (pl.col("churn_risk") >= warning_risk).fill_null(False)
    return dated.with_columns(stage=_stage(cuts, as_of, at_risk))


def _stage(cuts: LifecycleCuts, as_of: dt.date, at_risk: pl.Expr) -> pl.Expr:
    gap, orders = pl.col("gap_days"), pl.col("orders")
    return (
        pl.when(orders == 0)
        .then(pl.lit("potential"))
        .when(gap > cuts.t2_days)
        .then(pl.lit("lost"))
        .when((gap > cuts.t1_days) | at_risk)
        .then(pl.lit("churn_warning"))
        .when(pl.col("reactivated_until") > as_of)
        .then(pl.lit("reactivated"))
        .when(orders == 1)
        .then(pl.lit("first_purchase"))
        .when(orders >= cuts.loyal_orders)
        .then(pl.lit("loyal"))
        .otherwise(pl.lit("repeat"))
    )


def _stage_since(cuts: LifecycleCuts, as_of: dt.date) -> pl.Expr:
    """Each stage of an active customer begins at the latest of the days that could have ended another stage."""
    stage, last, active = pl.col("stage"), pl.col("last_order_on"), pl.col("active_since")
    warned_on = last.dt.offset_by(f"{cuts.t1_days + 1}d")
    return (
        pl.when(stage == "potential")
        .then(pl.col("known_since"))
        .when(stage == "lost")
        .then(last.dt.offset_by(f"{cuts.t2_days + 1}d"))
        .when(stage == "churn_warning")
        .then(pl.when(pl.col("gap_days") > cuts.t1_days).then(warned_on).otherwise(pl.lit(as_of)))
        .when(stage == "reactivated")
        .then(pl.max_horizontal(active, "returning_since"))
        .when(stage == "first_purchase")
        .then(pl.col("first_order_on"))
        .when(stage == "loyal")
        .then(pl.max_horizontal(active, "reactivated_until", "loyal_since"))
        .otherwise(pl.max_horizontal(active, "reactivated_until", "repeat_since"))
    )

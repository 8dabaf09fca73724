"""Segments: the RFM segment, the lifecycle stage and the value tier of each customer.

SQL groups orders and flows by customer, ``models`` decides where the cuts lie and who falls where. Money stays exact
until the table's contract rounds it.
"""

from __future__ import annotations

import polars as pl

from assets.amended.customer_orders import count_lifecycle_histories
from assets.night import Night, table
from assets.rfm_cuts import cuts_in, measure_customers
from assets.tables import (
    CHURN_SCORES,
    CUSTOMER_DAYS,
    CUSTOMER_VALUE,
    CUSTOMERS,
    LIFECYCLE_STAGES,
    ORDER_STEPS,
    ORDERS,
    RFM_CUTS,
    RFM_SEGMENTS,
    VALUE_TIERS,
)
from models import lifecycle, rfm
from models import value_tiers as pyramid
from models.lifecycle import LifecycleCuts


@table(RFM_SEGMENTS, reads=(ORDERS, CUSTOMER_DAYS, RFM_CUTS), kinds=("duckdb", "polars"))
def rfm_segments(night: Night) -> pl.DataFrame:
    """Recency, frequency and value scored by tonight's cuts; one row per customer who ever ordered."""
    measure_customers(night)
    measures = night.warehouse.frame("select * from rfm_measures")
    cuts = cuts_in(night.warehouse.frame(f"select measure, cut, value from {RFM_CUTS.name}"))
    return rfm.segments(measures, cuts).with_columns(as_of=pl.lit(night.as_of))


def lifecycle_cuts(night: Night) -> LifecycleCuts:
    """Tonight's T1 and T2 and the other cuts of the stages: what is configured, else from the shop's own gaps."""
    return cuts_from(night, night.frame("lifecycle_gaps.sql"))


def cuts_from(night: Night, gap_counts: pl.DataFrame) -> LifecycleCuts:
    """The night's cuts where the days between two order days of a customer are so often so many.

    In a shop where no customer has come back yet, T1 is the horizon and T2 the window: the lengths the shop itself
    looks ahead and back.

    Args:
        night: for what is configured.
        gap_counts: ``value`` in days and ``count``.
    """
    measures = night.configuration.measures
    return lifecycle.cuts_from_gaps(
        gap_counts,
        t1_days=measures.lifecycle.t1_days,
        t2_days=measures.lifecycle.t2_days,
        t1_without_gaps=measures.horizon_days,
        t2_without_gaps=measures.window_days,
        loyal_orders=measures.lifecycle.loyal_orders,
        reactivated_days=measures.lifecycle.reactivated_days,
    )


# The churn scores are read only where a warning risk is configured; they are listed so that they come first.
@table(LIFECYCLE_STAGES, reads=(CUSTOMERS, ORDERS, ORDER_STEPS, CHURN_SCORES), kinds=("duckdb", "polars"))
def lifecycle_stages(night: Night) -> pl.DataFrame:
    """Lifecycle stage under tonight's cuts and since when; one row per known customer."""
    cuts = lifecycle_cuts(night)
    count_lifecycle_histories(night, cuts)
    histories = night.frame("stages_to_give.sql")
    warning_risk = night.configuration.measures.lifecycle.warning_risk
    churn_risk = None if warning_risk is None else night.frame("churn_risk.sql")
    staged = lifecycle.stages(histories, cuts, night.as_of, churn_risk=churn_risk, warning_risk=warning_risk)
    return staged.with_columns(as_of=pl.lit(night.as_of), t1_days=pl.lit(cuts.t1_days), t2_days=pl.lit(cuts.t2_days))


# The predicted values are read only where the tiers are by them; they are listed so that they come first.
@table(VALUE_TIERS, reads=(ORDERS, CUSTOMER_DAYS, CUSTOMER_VALUE), kinds=("duckdb", "polars"))
def value_tiers(night: Night) -> pl.DataFrame:
    """Tier of the customer pyramid by net value in the window, or by predicted value; one row per customer."""
    tiers = night.configuration.measures.tiers
    values = "select customer_id, clv as value from customer_value"
    if tiers.basis != "predicted":
        measure_customers(night)
        values = "select customer_id, monetary as value from rfm_measures"
    valued = night.warehouse.frame(values)
    cuts = pyramid.tier_cuts(valued["value"], high=tiers.high, mid=tiers.mid)
    return pyramid.tiers(valued, cuts).with_columns(as_of=pl.lit(night.as_of), basis=pl.lit(tiers.basis))

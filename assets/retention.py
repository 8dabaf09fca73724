"""Retention cohorts: the customers of each first month, followed month by month."""

from __future__ import annotations

import polars as pl

from assets.amended import order_sums
from assets.amended.kept_sums import kept
from assets.calendar import order_log
from assets.night import Night, table
from assets.segments import lifecycle_cuts
from assets.tables import CUSTOMER_DAYS, CUSTOMERS, EVENT_FRESHNESS, ORDER_STEPS, ORDERS, RETENTION_COHORTS
from models import cohorts


@table(
    RETENTION_COHORTS,
    reads=(ORDERS, ORDER_STEPS, CUSTOMERS, CUSTOMER_DAYS, EVENT_FRESHNESS),
    kinds=("duckdb", "polars"),
)
def retention_cohorts(night: Night) -> pl.DataFrame:
    """Every cohort and period up to the month of ``as_of``, empty cells included; orders valid tonight only."""
    log = order_log(night)
    order_sums.bring_up_to_date(night)
    cells = kept(night.warehouse, order_sums.COHORT_CELLS)
    followed = cohorts.triangle(
        cells,
        as_of=night.as_of,
        delivered_until=log.delivered_until,
        log_starts_on=log.starts_on or night.as_of,
        t2_days=lifecycle_cuts(night).t2_days,
    )
    return followed.with_columns(as_of=pl.lit(night.as_of))

"""What hangs on churn risk: value at risk by tier, segment and band."""

from __future__ import annotations

import polars as pl

from assets.night import Night, table
from assets.statements import Query
from assets.tables import CHURN_SCORES, CUSTOMER_VALUE, CUSTOMERS, RFM_SEGMENTS, VALUE_AT_RISK, VALUE_TIERS
from models import retention_list

SCOPES = ("tier", "segment", "risk_band")


@table(
    VALUE_AT_RISK,
    reads=(CHURN_SCORES, CUSTOMER_VALUE, VALUE_TIERS, RFM_SEGMENTS, CUSTOMERS),
    kinds=("duckdb", "polars"),
)
def value_at_risk(night: Night) -> pl.DataFrame:
    """Churn risk x value at stake, for all and by tier, segment and band; one row per scope value."""
    horizon_days = night.configuration.measures.horizon_days
    sums = retention_list.by_scope(valued(night, "churn_risk is not null"), SCOPES)
    return sums.with_columns(as_of=pl.lit(night.as_of), horizon_days=pl.lit(horizon_days))


def valued(night: Night, which: str, **parameters: str) -> pl.DataFrame:
    """The customers with value at stake and at risk, tier, segment and whether they may be called, in no order.

    Args:
        night: the night.
        which: SQL condition on the rows of ``customers_with_value.sql``.
        parameters: the values it names.
    """
    measures = night.configuration.measures
    every = night.query("customers_with_value.sql")
    asked = Query(f"select * from ({every.sql}) where {which}", {**every.parameters, **parameters})
    return retention_list.value_at_risk(
        night.warehouse.frame(asked), window_days=measures.window_days, horizon_days=measures.horizon_days
    )

"""What to do about churn risk: the value that hangs on it, and whom to call first."""

from __future__ import annotations

import datetime as dt

import polars as pl

from assets.night import Night, table
from assets.release_manifest import Release
from assets.release_store import ReleaseStore
from assets.tables import (
    ACTION_LIST,
    CHURN_SCORES,
    CUSTOMER_VALUE,
    CUSTOMERS,
    RFM_SEGMENTS,
    VALUE_AT_RISK,
    VALUE_TIERS,
)
from assets.warehouse import Query
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
    sums = retention_list.by_scope(_valued(night), SCOPES)
    return sums.with_columns(as_of=pl.lit(night.as_of), horizon_days=pl.lit(horizon_days))


@table(
    ACTION_LIST,
    reads=(CHURN_SCORES, CUSTOMER_VALUE, VALUE_TIERS, RFM_SEGMENTS, CUSTOMERS),
    kinds=("duckdb", "polars"),
)
def action_list(night: Night) -> pl.DataFrame:
    """Whom to call: newly at high risk and still listed ones, by value at risk; one row per customer and action.

    A customer comes on the list on entering the band, leaves it on leaving the band or when the entry expires, and
    comes back only after leaving the band: nobody is called twice about one silence. Who is passed over for want of
    capacity waits behind: the entry has no date yet, and begins on the night it comes within capacity.
    """
    settings = night.configuration.measures.retention
    store = ReleaseStore(night.home / "published")
    predecessor = store.predecessor(night.as_of)
    expiry = dt.timedelta(days=settings.list_days)
    listed = _listed_before(store, predecessor)
    waiting = listed.filter(pl.col("listed_on").is_null())
    begun = listed.filter(pl.col("listed_on").is_not_null())
    standing = _high_before(store, predecessor).join(waiting, on="customer_id", how="anti")
    high = _valued(night, "risk_band = 'high' and may_be_called")
    entries = (
        high.join(begun, on="customer_id", how="left")
        .with_columns(is_standing=pl.col("customer_id").is_in(standing["customer_id"].implode()))
        .filter(~pl.col("is_standing") | (pl.col("expires_on") >= night.as_of))
        .with_columns(pl.when(pl.col("is_standing")).then(pl.col("listed_on", "expires_on")))
    )
    chosen = retention_list.chosen(
        entries, capacity=settings.capacity, hold_out=settings.hold_out, saved_share=settings.saved_share
    )
    begins = pl.col("listed_on").is_null() & pl.col("is_within_capacity")
    told = night.warehouse.frame(
        Query("select customer_id, reason_1, reason_1_zh from churn_scores where risk_band = 'high'", {})
    )
    return chosen.join(told, on="customer_id", how="left", maintain_order="left").with_columns(
        listed_on=pl.when(begins).then(pl.lit(night.as_of)).otherwise(pl.col("listed_on")),
        expires_on=pl.when(begins).then(pl.lit(night.as_of + expiry)).otherwise(pl.col("expires_on")),
        action=pl.lit(retention_list.ACTION),
        as_of=pl.lit(night.as_of),
        reason=pl.col("reason_1").fill_null("high churn risk"),
        reason_zh=pl.col("reason_1_zh").fill_null("流失风险高"),
        previous_as_of=pl.lit(predecessor.as_of if predecessor else None, pl.Date),
    )


def _valued(night: Night, which: str = "true") -> pl.DataFrame:
    """The scores with value at stake and at risk, tier, segment and whether the customer may be called, in no order.

    Args:
        night: the night.
        which: SQL condition on the rows of ``scores_with_value.sql``.
    """
    measures = night.configuration.measures
    scored = night.query("scores_with_value.sql")
    scores = night.warehouse.frame(Query(f"select * from ({scored.sql}) where {which}", scored.parameters))
    return retention_list.value_at_risk(scores, window_days=measures.window_days, horizon_days=measures.horizon_days)


def _high_before(store: ReleaseStore, predecessor: Release | None) -> pl.DataFrame:
    """Who stood in the band high in the predecessor."""
    if predecessor is None or CHURN_SCORES.name not in predecessor.tables:
        return pl.DataFrame(schema={"customer_id": pl.String})
    scores = store.read_table(predecessor, CHURN_SCORES.name)
    return scores.filter(pl.col("risk_band") == "high").select("customer_id").collect()


def _listed_before(store: ReleaseStore, predecessor: Release | None) -> pl.DataFrame:
    """The predecessor's entries: since when, until when; no dates for who waited."""
    schema = {"customer_id": pl.String, "listed_on": pl.Date, "expires_on": pl.Date}
    if predecessor is None or ACTION_LIST.name not in predecessor.tables:
        return pl.DataFrame(schema=schema)
    entries = store.read_table(predecessor, ACTION_LIST.name).filter(pl.col("action") == retention_list.ACTION)
    return entries.select(pl.col(name).cast(dtype) for name, dtype in schema.items()).collect()

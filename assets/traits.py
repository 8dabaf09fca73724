"""Traits of customers beside their segments, and what segments of all kinds have in common."""

from __future__ import annotations

import polars as pl

from assets.amended.customer_orders import count_trait_histories
from assets.configuration.settings import maps_discounts
from assets.facts import money_is_known
from assets.night import Night, table
from assets.rfm_cuts import measure_customers
from assets.tables import (
    CHURN_FEATURES,
    CHURN_SCORES,
    CUSTOMER_DAYS,
    CUSTOMER_TRAITS,
    CUSTOMERS,
    LIFECYCLE_STAGES,
    ORDERS,
    RFM_SEGMENTS,
    SEGMENT_OVERLAP,
    VALUE_TIERS,
)
from models import customer_traits as model
from models import segment_overlap as overlap


@table(CUSTOMER_TRAITS, reads=(CUSTOMERS, ORDERS, RFM_SEGMENTS, CHURN_FEATURES), kinds=("duckdb", "polars"))
def customer_traits(night: Night) -> pl.DataFrame:
    """Age band and traits under tonight's cuts, with what they rest on; one row per known customer."""
    count_trait_histories(night, model.STEADY_ORDERS)
    figures = night.frame("trait_figures.sql")
    cuts = model.trait_cuts(figures, night.as_of)
    told = model.traits(figures, cuts, has_discounts=_has_discounts(night))
    return told.with_columns(as_of=pl.lit(night.as_of))


def _has_discounts(night: Night) -> bool:
    """Whether money is known and a source maps discounts, or an order has one, as the scorecard's rate asks."""
    if not money_is_known(night):
        return False
    has_some = night.warehouse.scalar("select count(*) filter (where discount_value > 0) > 0 from orders")
    return bool(has_some) or maps_discounts(night.configuration.sources)


@table(
    SEGMENT_OVERLAP,
    reads=(CUSTOMER_TRAITS, LIFECYCLE_STAGES, RFM_SEGMENTS, VALUE_TIERS, CHURN_SCORES, ORDERS, CUSTOMER_DAYS),
    kinds=("duckdb", "polars"),
)
def segment_overlap(night: Night) -> pl.DataFrame:
    """What each two segments have in common; one row per ordered pair that somebody is in."""
    measure_customers(night)
    return overlap.overlaps(night.frame("trait_cells.sql")).with_columns(as_of=pl.lit(night.as_of))

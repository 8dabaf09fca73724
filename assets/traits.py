"""Traits of customers beside their segments, and what segments of all kinds have in common."""

from __future__ import annotations

import polars as pl

from assets.amended.customer_orders import count_trait_histories
from assets.configuration.settings import maps_discounts
from assets.facts import money_is_known
from assets.night import Night, table
from assets.rfm_cuts import measure_customers
from assets.statements import Amendment
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

CHUNK = 250_000  # customers told apart together


@table(CUSTOMER_TRAITS, reads=(CUSTOMERS, ORDERS, RFM_SEGMENTS, CHURN_FEATURES), kinds=("duckdb", "polars"))
def customer_traits(night: Night) -> Amendment:
    """Age band and traits under tonight's cuts, with what they rest on; one row per known customer.

    Customers are told apart some at a time, so that not all are in memory.
    """
    count_trait_histories(night, model.STEADY_ORDERS)
    cuts = _cuts(night)
    [(has_categories, has_money)] = night.warehouse.rows(
        """select
            exists (from churn_features where origin = $as_of and category_lines_window is not null),
            exists (from trait_histories where first_order_value is not null)""",
        {"as_of": night.as_of},
    )
    known = {"has_categories": has_categories, "has_money": has_money, "has_discounts": _has_discounts(night)}
    told = (
        model.traits(figures, cuts, **known).with_columns(as_of=pl.lit(night.as_of))
        for figures in night.warehouse.in_parts(night.query("trait_figures.sql"), CHUNK)
    )
    return night.warehouse.gathered(CUSTOMER_TRAITS, told)


def _cuts(night: Night) -> model.TraitCuts:
    frequencies = """select frequency as value, count(*) as count
        from rfm_segments where frequency > 0 group by frequency"""
    first_values = """select first_order_value as value, count(*) as count
        from trait_histories
        where first_order_value is not null and first_order_on > date_add(cast($as_of as date), cast($days as integer))
        group by first_order_value"""
    of_the_year = {"as_of": night.as_of, "days": -model.YEAR_DAYS}
    return model.trait_cuts(night.warehouse.frame(frequencies), night.warehouse.frame(first_values, of_the_year))


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

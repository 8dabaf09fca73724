"""What the actions brought, by the customers held out of them."""

from __future__ import annotations

import polars as pl

from assets.facts import money_is_known
from assets.night import Night, table
from assets.tables import ACTION_EFFECTS, ACTION_LOG, CUSTOMER_DAYS, CUSTOMER_IDENTITIES, ORDERS
from models import action_effects as model


@table(
    ACTION_EFFECTS,
    reads=(ACTION_LOG, CUSTOMER_IDENTITIES, ORDERS, CUSTOMER_DAYS),
    kinds=("duckdb", "polars"),
)
def action_effects(night: Night) -> pl.DataFrame:
    """Orders and value after being listed, contacted against held out; one row per action, share and outcome."""
    outcomes = night.frame("action_outcomes.sql")
    minimum_n = night.configuration.limits.minimum_n
    found = model.effects(outcomes, has_money=money_is_known(night), minimum_n=minimum_n)
    horizon_days = night.configuration.measures.horizon_days
    return found.with_columns(as_of=pl.lit(night.as_of), horizon_days=pl.lit(horizon_days))

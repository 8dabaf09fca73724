"""The facts behind a move, as they were known at each step of the walk: temporary tables of the moving customers.

order_flows, order_lines_before -> moves_flows -> moves_order_days -> standings
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from assets.moves.predecessors_view import expect_predecessors_view, identities_of
from assets.night import Night
from assets.releases.manifest import Release
from assets.tables import CUSTOMER_IDENTITIES
from models.lifecycle import LifecycleCuts


def lay_out(night: Night, predecessor: Release, moving: pl.DataFrame, *, everybody: bool) -> bool:
    """Make ``moves_flows`` and ``moves_order_days`` of the moving customers; answers whether then was other than now.

    Where the days up to the predecessor's date are known tonight as they were known then, and ``everybody`` is not
    asked for, they are laid out once, as ``known``; else as the predecessor knew them too (``before``, ``attached``).

    Side effect: the temporary tables ``moving_customers`` and ``reassigned_accounts``, which the SQL reads.

    Args:
        night: tonight, its clean tables already computed.
        predecessor: the release to compare with.
        moving: ``customer_id`` of who moved.
        everybody: lay out what the predecessor knew of everybody, not of the moving alone.
    """
    dates = {"previous_as_of": predecessor.as_of}
    night.warehouse.keep("moving_customers", moving)
    is_reassigned = _keep_reassigned_accounts(night, predecessor)
    is_restated = expect_predecessors_view(night, predecessor)
    is_other = everybody or is_reassigned or is_restated
    night.warehouse.keep("moves_flows", night.query("moves_flows.sql", **dates))
    if is_other:
        then = night.query("moves_flows_then.sql", **dates, everybody=everybody)
        night.warehouse.rows(f"insert into moves_flows {then.sql}", dict(then.parameters))
    minimum = night.configuration.measures.minimum_order_value
    night.warehouse.keep("moves_order_days", night.query("moves_order_days.sql", minimum_order_value=minimum))
    return is_other


def standings(night: Night, previous_as_of: dt.date, held: LifecycleCuts, tonight: LifecycleCuts) -> pl.DataFrame:
    """What places are made of, one row per facts and customer with a flow; as of ``moves_standings.sql``."""
    return night.frame(
        "moves_standings.sql",
        previous_as_of=previous_as_of,
        lost_days=held.t2_days,
        lost_days_tonight=tonight.t2_days,
    )


def _keep_reassigned_accounts(night: Night, predecessor: Release) -> bool:
    """Make ``reassigned_accounts``: accounts that are another customer's since; answers whether there are any."""
    previous = identities_of(night, predecessor)
    now = night.warehouse.frame(f"select account_id, customer_id from {CUSTOMER_IDENTITIES.name}")
    itself = pl.col("account_id")
    reassigned = (
        previous.rename({"customer_id": "previous_customer_id"})
        .join(now, on="account_id", how="full", coalesce=True)
        .with_columns(pl.col("previous_customer_id").fill_null(itself), pl.col("customer_id").fill_null(itself))
        .filter(pl.col("previous_customer_id") != pl.col("customer_id"))
    )
    night.warehouse.keep("reassigned_accounts", reassigned)
    return reassigned.height > 0

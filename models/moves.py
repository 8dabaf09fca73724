"""Moves between two snapshots of one segmentation: who went from where to where, and the value they hold.

Nobody is lost between the two: whoever appears on one side only comes from ``(new)`` or goes to ``(gone)``.
"""

from __future__ import annotations

import polars as pl

NEW = "(new)"
GONE = "(gone)"


def moves(
    previous: pl.DataFrame, current: pl.DataFrame, values: pl.DataFrame, *, money_is_known: bool = True
) -> pl.DataFrame:
    """Customers and value per move, stayers included: ``from_segment``, ``to_segment``, ``customers``, ``value_moved``.

    The customers sum to the union of both populations.

    Args:
        previous: ``customer_id`` and ``segment``, one row per customer of the predecessor.
        current: the same of tonight.
        values: ``customer_id`` and tonight's exact ``net_value``, one row per customer at most; a customer without one
            holds nothing.
        money_is_known: False where no source has money; ``value_moved`` is NULL then, not nothing.
    """
    pairs = previous.select("customer_id", from_segment="segment").join(
        current.select("customer_id", to_segment="segment"), on="customer_id", how="full", coalesce=True
    )
    valued = pairs.join(values.select("customer_id", "net_value"), on="customer_id", how="left").with_columns(
        pl.col("from_segment").fill_null(NEW), pl.col("to_segment").fill_null(GONE)
    )
    value_moved = pl.col("net_value").sum() if money_is_known else pl.lit(None, values.schema["net_value"])
    return (
        valued.group_by("from_segment", "to_segment")
        .agg(customers=pl.len().cast(pl.Int64), value_moved=value_moved)
        .sort("from_segment", "to_segment")
    )

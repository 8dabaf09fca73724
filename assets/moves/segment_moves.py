"""Moves: who changed segment, stage or tier since the predecessor release."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl

from assets.facts import money_is_known
from assets.night import Night, table
from assets.tables import CUSTOMER_DAYS, LIFECYCLE_STAGES, ORDERS, RFM_SEGMENTS, SEGMENT_MOVES, VALUE_TIERS
from models.moves import moves

# Kind of move: the table and the column that say where a customer is.
SEGMENTATIONS = {
    "rfm": (RFM_SEGMENTS.name, "segment"),
    "stage": (LIFECYCLE_STAGES.name, "stage"),
    "tier": (VALUE_TIERS.name, "tier"),
}

_NO_MOVES = {
    "kind": pl.String,
    "from_segment": pl.String,
    "to_segment": pl.String,
    "as_of": pl.Date,
    "customers": pl.Int64,
    "value_moved": pl.Decimal(38, 8),
    "previous_as_of": pl.Date,
}


@table(
    SEGMENT_MOVES,
    reads=(RFM_SEGMENTS, LIFECYCLE_STAGES, VALUE_TIERS, ORDERS, CUSTOMER_DAYS),
    kinds=("duckdb", "polars"),
)
def segment_moves(night: Night) -> pl.DataFrame:
    """Customers and value per move since the newest release with an earlier ``as_of``; empty where there is none."""
    predecessor = night.predecessor()
    if predecessor is None:
        return pl.DataFrame(schema=_NO_MOVES)
    previous = {
        kind: night.store.read_table(predecessor, name).select("customer_id", segment=column).collect()
        for kind, (name, column) in SEGMENTATIONS.items()
        if name in predecessor.tables
    }
    return moves_since(night, previous, predecessor.as_of)


def moves_since(night: Night, previous: Mapping[str, pl.DataFrame], previous_as_of: dt.date) -> pl.DataFrame:
    """The moves of each kind that the predecessor holds; a kind it does not hold has no moves.

    Args:
        night: tonight, its segments already computed.
        previous: kind to ``customer_id`` and ``segment`` of the predecessor.
        previous_as_of: the predecessor's date.
    """
    values = night.frame("window_values.sql")
    has_money = money_is_known(night)
    moved = [pl.DataFrame(schema=_NO_MOVES)]
    for kind, segments in previous.items():
        name, column = SEGMENTATIONS[kind]
        current = night.warehouse.frame(f"select customer_id, {column} as segment from {name}")
        of_kind = moves(segments, current, values, money_is_known=has_money)
        moved.append(
            of_kind.select(
                "from_segment",
                "to_segment",
                "customers",
                "value_moved",
                kind=pl.lit(kind),
                as_of=pl.lit(night.as_of),
                previous_as_of=pl.lit(previous_as_of),
            ).select(list(_NO_MOVES))
        )
    return pl.concat(moved)

"""Order steps: which order day followed which, counted over customers; what retention and win-back are counted from."""

from __future__ import annotations

from assets.night import Night, table
from assets.segments import lifecycle_cuts
from assets.tables import ORDER_STEPS, ORDERS
from assets.warehouse import Query


@table(ORDER_STEPS, reads=(ORDERS,))
def order_steps(night: Night) -> Query:
    """Pairs of consecutive order days under tonight's T2; one row per pair, kind and scope value."""
    return night.query("order_steps.sql", lost_days=lifecycle_cuts(night, "order_gaps.sql").t2_days)

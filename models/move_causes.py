"""Why a customer changed place: the walk from the predecessor's place to tonight's, one thing changed at a time.

The places after every step are given; the cause is the step that brought the customer to where she is. What leads away
from there later in the walk, and back again, cancels out. Whoever moved has one cause: the walk begins at one of two
different places and ends at the other.
"""

from __future__ import annotations

import polars as pl

WALK = (
    "configuration", "identity_merge", "late_row", "time_passing", "new_order", "refund", "model", "population_cut",
)  # fmt: skip
"""What is changed, step by step; docs/segments.md says what each step holds and why they stand in this order."""

START = "start"


def causes(places: pl.DataFrame) -> pl.DataFrame:
    """The rows of ``places`` that moved, with their ``cause``: the first step after which they are where they end.

    Args:
        places: ``start`` and one column for each step of WALK: where the customer is after it, NULL outside the table.

    Examples:
        >>> warned = dict.fromkeys(WALK[:4], ["churn_warning"]) | dict.fromkeys(WALK[4:], ["loyal"])
        >>> causes(pl.DataFrame({"start": ["repeat"], **warned}))["cause"].to_list()
        ['new_order']
    """
    end = pl.col(WALK[-1])
    arrived = [pl.when(pl.col(step).eq_missing(end)).then(pl.lit(step)) for step in WALK]
    return places.filter(pl.col(START).ne_missing(end)).with_columns(cause=pl.coalesce(arrived))

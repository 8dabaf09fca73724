"""Why a customer changed place: the walk from the predecessor's place to tonight's, one thing changed at a time.

The places after every step are given; the cause is the last step that changed the place. Whoever moved has one: the
walk begins at one of two different places and ends at the other.
"""

from __future__ import annotations

import polars as pl

WALK = (
    "configuration", "identity_merge", "late_row", "time_passing", "new_order", "refund", "model", "population_cut",
)  # fmt: skip
"""What is changed, step by step; docs/segments.md says what each step holds and why they stand in this order."""

START = "start"


def causes(places: pl.DataFrame) -> pl.DataFrame:
    """The rows of ``places`` that moved, with their ``cause``.

    Args:
        places: ``start`` and one column for each step of WALK: where the customer is after it, NULL outside the table.

    Examples:
        >>> stays = dict.fromkeys(WALK[:4], ["repeat"]) | dict.fromkeys(WALK[4:], ["loyal"])
        >>> causes(pl.DataFrame({"start": ["repeat"], **stays}))["cause"].to_list()
        ['new_order']
    """
    before = (START, *WALK[:-1])
    changed = [
        pl.when(pl.col(after).ne_missing(pl.col(earlier))).then(pl.lit(after))
        for earlier, after in zip(before, WALK, strict=True)
    ]
    moved = places.filter(pl.col(START).ne_missing(pl.col(WALK[-1])))
    return moved.with_columns(cause=pl.coalesce(reversed(changed)))

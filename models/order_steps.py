"""Order steps: which order day of a customer followed which, counted over customers.

There are no customers in the result: its size is bounded by pairs of days. A scope value (a channel, a region) is a
shop of its own, in which only its orders are seen.

Scope, customer and day are sorted and counted as the digits of one whole number: a sort of one column of numbers takes
a tenth of the time of a sort of three columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

import polars as pl

from models.packed_numbers import Digits


def steps(order_days: pl.DataFrame, scope_no: str | None) -> pl.DataFrame:
    """Every order day beside the customer's one before it, in the scope value.

    Args:
        order_days: ``customer_no``, ``ordered_on`` and the scope's number; several rows of a day are one step.
        scope_no: column of the scope value's number; None for the whole.

    Returns:
        ``scope_no`` (0 for the whole), ``customer_no``, ``ordered_on``, ``previous_on`` (NULL at the first) and
        ``is_latest``, sorted by scope, customer and day.

    Raises:
        OverflowError: scope values x customers x days are 2^63 and more.
    """
    value = pl.lit(0, pl.Int32) if scope_no is None else pl.col(scope_no)
    days = order_days.select(value.alias("scope_no"), "customer_no", "ordered_on")
    digits = Digits.of(days)
    sorted_days = digits.packed(days).sort()
    is_new = (sorted_days != sorted_days.shift()).fill_null(value=True)
    return _with_the_one_before(digits.unpacked(sorted_days.filter(is_new))).with_columns(
        is_latest=pl.col("previous_on").is_null().shift(-1, fill_value=True)
    )


def returns(steps_of_days: pl.DataFrame, lost_days: int) -> pl.DataFrame:
    """Of these days only the ones that ended a gap longer than ``lost_days``, beside each other."""
    gap = (pl.col("ordered_on") - pl.col("previous_on")).dt.total_days()
    ended = steps_of_days.filter(gap > lost_days).select("scope_no", "customer_no", "ordered_on")
    return _with_the_one_before(ended).with_columns(is_latest=pl.lit(False))


def counted(steps_of_days: pl.DataFrame) -> pl.DataFrame:
    """How often the one day followed the other, and after how many of these nothing has come yet.

    Returns:
        ``scope_no``, ``ordered_on``, ``previous_on``, ``steps`` and ``latest``, in no order.
    """
    # The day before a first one is that day itself: no other step has such a pair.
    pairs = steps_of_days.select("scope_no", "ordered_on", pl.col("previous_on").fill_null(pl.col("ordered_on")))
    digits = Digits.of(pairs)
    counts = (
        pl.DataFrame({"pair": digits.packed(pairs), "is_latest": steps_of_days["is_latest"]})
        .group_by("pair")
        .agg(steps=pl.len().cast(pl.Int64), latest=pl.col("is_latest").sum().cast(pl.Int64))
    )
    is_first = pl.col("previous_on") == pl.col("ordered_on")
    return (
        digits.unpacked(counts["pair"])
        .with_columns(counts["steps"], counts["latest"])
        .with_columns(previous_on=pl.when(is_first.not_()).then("previous_on"))
    )


def together(counts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The counts of several groups of customers as those of all, taken in one by one."""
    return reduce(_added, counts)


def _added(counts: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    both = pl.concat((counts, more))
    return both.group_by("scope_no", "ordered_on", "previous_on").agg(pl.col("steps", "latest").sum())


def gap_counts(counts: pl.DataFrame) -> pl.DataFrame:
    """How many of the whole's steps lead over ``value`` days: ``value`` and ``count``."""
    gap = (pl.col("ordered_on") - pl.col("previous_on")).dt.total_days().cast(pl.Int32)
    return counts.group_by(value=gap).agg(count=pl.col("steps").sum()).filter(pl.col("value") > 0).sort("value")


def _with_the_one_before(sorted_days: pl.DataFrame) -> pl.DataFrame:
    is_same = (pl.col("customer_no") == pl.col("customer_no").shift()) & (
        pl.col("scope_no") == pl.col("scope_no").shift()
    )
    return sorted_days.with_columns(previous_on=pl.when(is_same).then(pl.col("ordered_on").shift()))

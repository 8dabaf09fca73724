"""What customers who order more than once in a period add to the sums of squares of its orders.

The orders of one customer are alike, so orders are no independent witnesses of their average: customers are. What a
customer's totals squared are more than the squares of the orders they are totals of is summed here, per period and
scope; who orders once adds nothing. With the squares of orders, which need no customer, that makes the squares of
customers' totals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from models import periods
from models.packed_numbers import Digits

KEY: Final = ("grain", "period_start", "scope", "scope_value")
VALUES: Final = ("paired_orders", "paired_products", "paired_values")

_ALIKE: Final = ("customer_no", "scope_no", "period_start")
_LARGEST = 2**62


def repeats(orders: pl.DataFrame) -> pl.DataFrame:
    """Squares of customers' totals less the squares of their orders; days and weeks for the scope ``all`` only.

    Args:
        orders: of known customers, all of a customer: ``customer_no``, ``ordered_on``, ``channel``, ``region`` and the
            value in whole ``cents``; sorted by the first two.

    Returns:
        One row per grain, period and scope value in which a customer ordered more than once. Of a customer with n
        orders of v cents together, whose squares are s, ``paired_orders`` sums n^2 - n, ``paired_products`` n v - v,
        ``paired_values`` v^2 - s: whole numbers of cents.
    """
    whole = orders.with_columns(scope_no=pl.lit(0, pl.Int64))
    in_a_year = _again(whole, "year")  # who orders once in a year orders once in each channel and region
    everything = pl.Series(["all"])
    found = [
        *_of_scope(in_a_year, ("year", "quarter", "month", "day"), "all", everything),
        *_of_scope(whole, ("week",), "all", everything),
    ]
    for scope in ("channel", "region"):
        names = in_a_year[scope].unique().sort()
        found += _of_scope(_by_value(in_a_year, scope, names), ("year", "quarter", "month"), scope, names)
    return pl.concat(found)


def _by_value(orders: pl.DataFrame, scope: str, names: pl.Series) -> pl.DataFrame:
    """The orders by customer, scope value and day; ``scope_no`` is the value's place among the names."""
    scope_no = pl.col(scope).cast(pl.Enum(names)).to_physical().cast(pl.Int64)
    numbered = orders.select("customer_no", scope_no.alias("scope_no"), "ordered_on")
    digits = Digits.of(numbered)
    placed = pl.DataFrame({"packed": digits.packed(numbered), "cents": orders["cents"]}).sort("packed")
    return digits.unpacked(placed["packed"]).with_columns(placed["cents"])


def _of_scope(orders: pl.DataFrame, grains: Sequence[str], scope: str, names: pl.Series) -> Iterator[pl.DataFrame]:
    """The rows of one scope and grains of which each holds the next: who orders once in one orders once in that."""
    for grain in grains:
        orders = _again(orders, grain)
        rows = _of_grain(orders, grain)
        yield rows.with_columns(scope=pl.lit(scope), scope_value=names.gather(rows["scope_no"])).select(*KEY, *VALUES)


def _again(orders: pl.DataFrame, grain: str) -> pl.DataFrame:
    """The orders of customers with more than one in the period, and whether each is the last of them in it."""
    dated = orders.with_columns(period_start=periods.start_of(pl.col("ordered_on"), grain))
    is_last = pl.any_horizontal(pl.col(name) != pl.col(name).shift(-1) for name in _ALIKE)
    marked = dated.with_columns(is_last=is_last.fill_null(value=True))
    return marked.filter(~(pl.col("is_last") & pl.col("is_last").shift(fill_value=True)))


def _of_grain(orders: pl.DataFrame, grain: str) -> pl.DataFrame:
    """Totals of a customer in a period are the running ones at its end less those at the end before."""
    furthest = orders["cents"].abs().max() or 0
    is_narrow = isinstance(furthest, int) and furthest**2 * orders.height < _LARGEST  # a third of the time
    cents = pl.col("cents").cast(pl.Int64 if is_narrow else pl.Int128)
    running = orders.select(
        "scope_no", "period_start", "is_last",
        orders=pl.int_range(1, pl.len() + 1), value=cents.cum_sum(), squares=(cents * cents).cum_sum(),
    )  # fmt: skip
    totals = pl.col("orders", "value", "squares")
    n, v, s = (pl.col(name).cast(pl.Int128) for name in ("orders", "value", "squares"))
    return (
        running.filter("is_last")
        .select("scope_no", "period_start", totals - totals.shift().fill_null(0))
        .group_by("scope_no", "period_start")
        .agg(paired_orders=(n * n - n).sum(), paired_products=(n * v - v).sum(), paired_values=(v * v - s).sum())
        .with_columns(pl.col(VALUES).cast(pl.Decimal(38, 0)), grain=pl.lit(grain))
    )

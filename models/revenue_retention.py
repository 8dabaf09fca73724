"""Net revenue retention: what the customers who ordered in one period brought then, and in the period after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from models import customer_periods

KEY: Final = ("grain", "period_start")
VALUES: Final = ("customers", "value_before", "value_after", "squares_before", "squares_after", "products")


def retained_value(periods: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Net flows, in a period and in the one before it, of the customers who ordered in the one before.

    Args:
        periods: of customers, as of :func:`models.customer_periods.by_grain`.

    Returns:
        One row per ``grain`` (month, quarter, year) and ``period_start`` whose period before had such a customer: how
        many ``customers``, their exact ``value_before`` and ``value_after``, and of every customer's cents the sums of
        ``squares_before``, ``squares_after`` and ``products`` of the two. The last period of a grain may begin after
        every flow.
    """
    return pl.concat(
        _of_grain(rows, grain).select(pl.lit(grain).alias("grain"), pl.all()) for grain, rows in periods.items()
    )


def _of_grain(periods: pl.DataFrame, grain: str) -> pl.DataFrame:
    net_after, cents_after = (pl.col(name).shift(-1) for name in ("net_value", "net_cents"))
    before, after = pl.col("net_cents"), pl.col("cents_after")
    return (
        periods.with_columns(is_followed=customer_periods.is_followed())
        .with_columns(
            after=pl.when("is_followed").then(net_after), cents_after=pl.when("is_followed").then(cents_after)
        )
        .filter(pl.col("orders") > 0)
        .group_by(pl.col("period_no") + 1)
        .agg(
            customers=pl.len().cast(pl.Int64),
            value_before=pl.col("net_value").sum(),
            value_after=pl.col("after").sum(),
            squares_before=(before * before).sum().cast(pl.Decimal(38, 0)),
            squares_after=(after * after).sum().cast(pl.Decimal(38, 0)),
            products=(before * after).sum().cast(pl.Decimal(38, 0)),
        )
        .select(customer_periods.first_day(pl.col("period_no"), grain).alias("period_start"), *VALUES)
    )

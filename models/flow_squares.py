"""Squares, over customers, of what they bought, were granted and gave back: behind the intervals of rates of money.

A customer's discounts are granted on that customer's purchases, and what is refunded was bought before: what is drawn
are customers, with all that they brought in a period (``models.means.ratio_bounds``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from models import customer_periods

KEY: Final = ("grain", "period_start")
SQUARES: Final = (
    "gross_squares", "discount_squares", "gross_discounts", "sold_squares", "refund_squares", "sold_refunds",
    "net_squares",
)  # fmt: skip
VALUES: Final = ("units", "units_again", *SQUARES, "net_products")


def squares(periods: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Of every customer's cents in a period the sums of squares and products.

    Args:
        periods: of customers, as of :func:`models.customer_periods.by_grain`.

    Returns:
        One row per ``grain`` (month, quarter, year) and ``period_start`` in which a customer had a flow: ``units``,
        the customers who had; ``units_again``, those of them who had one in the period before too, and
        ``net_products``, of their net cents in the two. Of gross, discount, refund and what they leave, sold (gross
        less discount) and net, the squares, and the products ``gross_discounts`` and ``sold_refunds``.
    """
    return pl.concat(_of_grain(rows, grain) for grain, rows in periods.items())


def _of_grain(periods: pl.DataFrame, grain: str) -> pl.DataFrame:
    net, discount, refund = (pl.col(name) for name in ("net_cents", "discount_cents", "refund_cents"))
    sold, gross = pl.col("sold"), pl.col("gross")
    sums = (
        periods.with_columns(sold=net + refund, gross=net + refund + discount)
        .group_by("period_no")
        .agg(
            units=pl.len().cast(pl.Int64),
            gross_squares=(gross * gross).sum(),
            discount_squares=(discount * discount).sum(),
            gross_discounts=(gross * discount).sum(),
            sold_squares=(sold * sold).sum(),
            refund_squares=(refund * refund).sum(),
            sold_refunds=(sold * refund).sum(),
            net_squares=(net * net).sum(),
        )
    )
    again = (
        periods.select(
            "net_cents",
            period_no=pl.col("period_no") + 1,
            after=pl.when(customer_periods.is_followed()).then(pl.col("net_cents").shift(-1)),
        )
        .drop_nulls("after")
        .group_by("period_no")
        .agg(units_again=pl.len().cast(pl.Int64), net_products=(net * pl.col("after")).sum())
    )
    whole = pl.col(*SQUARES, "net_products").cast(pl.Decimal(38, 0))
    return (
        sums.join(again, on="period_no", how="left")
        .select(
            pl.lit(grain).alias("grain"),
            customer_periods.first_day(pl.col("period_no"), grain).alias("period_start"),
            *(pl.col(name).fill_null(0) for name in VALUES),
        )
        .with_columns(whole)
    )

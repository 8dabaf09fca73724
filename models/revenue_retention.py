"""Net revenue retention: what the customers who ordered in one period brought then, and in the period after it."""

from __future__ import annotations

from typing import Final

import polars as pl

from models.packed_numbers import Digits

KEY: Final = ("grain", "period_start")
VALUES: Final = ("customers", "value_before", "value_after", "squares_before", "squares_after", "products")

_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
GRAINS: Final = tuple(_MONTHS)


def retained_value(flows: pl.DataFrame) -> pl.DataFrame:
    """Net flows, in a period and in the one before it, of the customers who ordered in the one before.

    Args:
        flows: what customers' days brought, in any order: ``customer_no``, ``month_no`` (months since January of the
            year 0), exact ``net_value`` (null without money) and ``orders`` that are valid. A month's orders may be in
            several rows, some of which take from what others count.

    Returns:
        One row per ``grain`` (month, quarter, year) and ``period_start`` whose period before had such a customer: how
        many ``customers``, their exact ``value_before`` and ``value_after``, and of every customer's cents the sums of
        ``squares_before``, ``squares_after`` and ``products`` of the two. The last period of a grain may begin after
        every flow.
    """
    months = _by_place(flows)
    return pl.concat(
        _of_grain(_periods(months, length), length).select(pl.lit(grain).alias("grain"), pl.all())
        for grain, length in _MONTHS.items()
    )


def _by_place(flows: pl.DataFrame) -> pl.DataFrame:
    """The flows sorted by customer and month: one column of numbers is, then the others are fetched in its order."""
    numbered = flows.select("customer_no", "month_no").with_row_index("row").select("customer_no", "month_no", "row")
    digits = Digits.of(numbered)
    placed = digits.unpacked(digits.packed(numbered).sort())
    rows = placed["row"]
    return placed.select(
        "customer_no",
        "month_no",
        net_value=flows["net_value"].gather(rows).fill_null(0),
        orders=flows["orders"].gather(rows).cast(pl.Int64),
    )


def _periods(months: pl.DataFrame, length: int) -> pl.DataFrame:
    """One row per customer and period of so many months: running totals at its end less those at the end before."""
    period_no = pl.col("month_no") // length
    customer_no = pl.col("customer_no")
    is_last = (customer_no != customer_no.shift(-1)) | (period_no != period_no.shift(-1))
    totals = pl.col("net_value", "orders")
    running = months.select(
        "customer_no", totals.cum_sum(), period_no=period_no, is_last=is_last.fill_null(value=True)
    ).filter("is_last")
    return running.select("customer_no", "period_no", totals - totals.shift(1).fill_null(0))


def _of_grain(periods: pl.DataFrame, length: int) -> pl.DataFrame:
    follows = (pl.col("customer_no").shift(-1) == pl.col("customer_no")) & (
        pl.col("period_no").shift(-1) == pl.col("period_no") + 1
    )
    first_month = pl.col("period_no") * length
    before, after = (_cents(pl.col(name)) for name in ("net_value", "after"))
    return (
        periods.with_columns(after=pl.when(follows).then(pl.col("net_value").shift(-1)))
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
        .select(
            pl.date(first_month // 12, first_month % 12 + 1, 1).alias("period_start"),
            *VALUES,
        )
    )


def _cents(money: pl.Expr) -> pl.Expr:
    return (money.round(2, mode="half_away_from_zero") * 100).cast(pl.Int128)

"""What customers' days brought, by customer and calendar period: for all that is summed over them."""

from __future__ import annotations

from typing import Final

import polars as pl

from models.money import to_the_cent

MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
GRAINS: Final = tuple(MONTHS)

_CENTS: Final = ("net_cents", "discount_cents", "refund_cents")
_LARGEST: Final = 2**62
_TOTALS: Final = ("net_value", "discount_cents", "refund_cents", "orders")


def by_grain(flows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """One row per customer and period with a flow, for each grain; by customer, then by period.

    Args:
        flows: what customers' days brought, sorted by ``customer_no`` and ``month_no`` (months since January of the
            year 0): exact ``net_value`` (null without money), ``discount_cents`` and ``refund_cents``, and ``orders``
            that are valid. A month's orders may be in several rows, some of which take from what others count.

    Returns:
        Per grain (month, quarter, year) ``customer_no``, ``period_no`` (periods since the year 0) and sums of the
        others: ``net_value``, the whole ``net_cents``, ``discount_cents``, ``refund_cents``, ``orders``. Cents are of a
        type that holds what their squares add up to.
    """
    found: dict[str, pl.DataFrame] = {}
    rows = flows.select("customer_no", pl.col(_TOTALS).fill_null(0), period_no="month_no")
    rows, reached = rows.with_columns(pl.col("orders").cast(pl.Int64)), 1
    for grain, length in MONTHS.items():  # a quarter is of whole months, a year of whole quarters
        rows, reached = _periods(rows, length // reached), length
        found[grain] = _with_cents(rows)
    return found


def is_followed() -> pl.Expr:
    """Whether the next row of :func:`by_grain` is the same customer's in the period after."""
    return (pl.col("customer_no").shift(-1) == pl.col("customer_no")) & (
        pl.col("period_no").shift(-1) == pl.col("period_no") + 1
    )


def first_day(period_no: pl.Expr, grain: str) -> pl.Expr:
    """The day on which the period begins."""
    month_no = period_no * MONTHS[grain]
    return pl.date(month_no // 12, month_no % 12 + 1, 1)


def _periods(rows: pl.DataFrame, length: int) -> pl.DataFrame:
    """Of so many periods one: running totals at a customer's last row of it, less those at the last row before."""
    period_no = pl.col("period_no") // length
    customer_no = pl.col("customer_no")
    is_last = (customer_no != customer_no.shift(-1)) | (period_no != period_no.shift(-1))
    totals = pl.col(_TOTALS)
    running = rows.select(
        "customer_no", totals.cum_sum(), period_no=period_no, is_last=is_last.fill_null(value=True)
    ).filter("is_last")
    return running.select("customer_no", "period_no", totals - totals.shift(1).fill_null(0))


def _with_cents(rows: pl.DataFrame) -> pl.DataFrame:
    """63 bits, where they hold the squares of gross values, take a third of the time that 127 do."""
    cents = (to_the_cent(pl.col("net_value")) * 100).cast(pl.Int128)
    with_cents = rows.with_columns(net_cents=cents)
    furthest = sum(int(with_cents.select(pl.col(name).abs().max().fill_null(0)).item()) for name in _CENTS)
    is_narrow = furthest**2 * max(rows.height, 1) < _LARGEST
    return with_cents.with_columns(pl.col(_CENTS).cast(pl.Int64 if is_narrow else pl.Int128))

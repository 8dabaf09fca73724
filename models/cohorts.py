"""Retention of cohorts: the whole triangle of cohort x period from the counts of its non-empty cells."""

from __future__ import annotations

import datetime as dt

import polars as pl

from models import periods, proportions


def triangle(
    cells: pl.DataFrame, *, as_of: dt.date, delivered_until: dt.date | None, log_starts_on: dt.date, t2_days: int
) -> pl.DataFrame:
    """Every (cohort, period) cell up to the month of ``as_of``, those without an active customer included.

    Retention is the N-period rate: active in just that month / cohort size. The unbounded rate counts everyone seen in
    that month or later, as far as is known tonight, so it never rises along a cohort. Both are null while the month is
    not over or its data are not in; ``active`` then counts so far.

    Of the customers of a cohort, who ordered in a month is a share like others, with Wilson's interval: how far apart
    cohorts of that size come out by chance. Month 0 has none, it is everybody by definition, and neither has the
    unbounded rate: it grows with everyone who is yet to come back, so that of tonight estimates no lasting share.

    Args:
        cells: columns cohort_month, active_month (first days), active, last_seen (customers whose latest active month
            this is); one row per cell with an active customer.
        as_of: date of the snapshot.
        delivered_until: newest loaded event plus the source's cadence; None where nothing was loaded.
        log_starts_on: first day of the log.
        t2_days: a cohort whose month starts no more than T2 days after the log's first day may hold customers whose
            first order is older than the log: it is flagged.

    Returns:
        Columns cohort_month, period (months since), cohort_size, active, retention, retention_low, retention_high,
        unbounded_retention, is_complete, is_left_truncated; sorted by cohort and period.
    """
    sizes = cells.filter(pl.col("active_month") == pl.col("cohort_month")).select(
        "cohort_month", cohort_size=pl.col("active")
    )
    months = pl.date_ranges(pl.col("cohort_month"), pl.lit(as_of.replace(day=1)), "1mo").alias("active_month")
    every_cell = sizes.with_columns(months).explode("active_month")
    filled = every_cell.join(cells, on=["cohort_month", "active_month"], how="left").with_columns(
        pl.col("active", "last_seen").fill_null(0)
    )
    seen_later = pl.col("last_seen").cum_sum(reverse=True).over("cohort_month", order_by="active_month")
    month_end = periods.end_of(pl.col("active_month"), "month")
    counted = filled.with_columns(
        period=_months_between(pl.col("cohort_month"), pl.col("active_month")),
        seen_later=seen_later,
        is_complete=periods.is_complete(month_end, pl.lit(delivered_until, dtype=pl.Date), as_of),
        is_left_truncated=(pl.col("cohort_month") - pl.lit(log_starts_on)).dt.total_days() <= t2_days,
    )
    size = pl.col("cohort_size")
    low, high = proportions.wilson_bounds(pl.col("active"), size)
    is_estimate = pl.col("is_complete") & (pl.col("period") > 0)
    return counted.select(
        "cohort_month",
        "period",
        "cohort_size",
        "active",
        retention=pl.when("is_complete").then(proportions.share(pl.col("active"), size)),
        retention_low=pl.when(is_estimate).then(low),
        retention_high=pl.when(is_estimate).then(high),
        unbounded_retention=pl.when("is_complete").then(proportions.share(pl.col("seen_later"), size)),
        is_complete="is_complete",
        is_left_truncated="is_left_truncated",
    ).sort("cohort_month", "period")


def cells(orders: pl.DataFrame) -> pl.DataFrame:
    """The non-empty cells of the triangle.

    Args:
        orders: ``customer_no`` and ``ordered_on`` of valid orders, sorted by both.

    Returns:
        cohort_month, active_month, active and last_seen, as :func:`triangle` reads them; counts over customers.
    """
    customer, month = pl.col("customer_no"), pl.col("month_no")
    is_other = customer != customer.shift()
    months = (
        orders.select("customer_no", month_no=_month_no(pl.col("ordered_on")))
        .with_columns(is_first=is_other.fill_null(value=True))
        .filter(pl.col("is_first") | (month != month.shift()))
    )
    counts = (
        months.with_columns(
            cohort_no=pl.when("is_first").then("month_no").forward_fill(),
            is_last=pl.col("is_first").shift(-1, fill_value=True),
        )
        .group_by("cohort_no", "month_no")
        .agg(active=pl.len().cast(pl.Int64), last_seen=pl.col("is_last").sum().cast(pl.Int64))
    )
    return counts.select(
        _first_day(pl.col("cohort_no")).alias("cohort_month"),
        _first_day(pl.col("month_no")).alias("active_month"),
        "active",
        "last_seen",
    )


def _month_no(day: pl.Expr) -> pl.Expr:
    return 12 * day.dt.year() + day.dt.month().cast(pl.Int32) - 1


def _first_day(month_no: pl.Expr) -> pl.Expr:
    return pl.date(month_no // 12, month_no % 12 + 1, 1)


def _months_between(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    return _month_no(second) - _month_no(first)

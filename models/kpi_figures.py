"""The figures of the scorecard from counts and sums: one long row per KPI, question, scope and period.

Every function takes a frame of counts and answers rows of the same shape, ``COLUMNS``: value, interval, n, numerator,
denominator. A share has Wilson's interval, money and orders that of a ratio over customers, a mean of answers that of
its scale, a count or a sum none: it is not an estimate. Where the interval is over customers, ``n`` counts them.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from models import means, periods, proportions
from models.money import to_the_cent

KEY: Final = ("question", "scope", "scope_value", "grain", "period_start")
COLUMNS: Final = (
    "kpi", *KEY, "period_end", "value", "low", "high", "n", "numerator", "denominator", "previous_value", "is_complete",
)  # fmt: skip

_COUNTS: Final = ("active_customers", "new_customers", "reactivated_customers", "orders")


def figure(
    frame: pl.DataFrame,
    kpi: str,
    *,
    value: pl.Expr,
    n: pl.Expr,
    numerator: pl.Expr | None = None,
    denominator: pl.Expr | None = None,
    bounds: tuple[pl.Expr, pl.Expr] | None = None,
) -> pl.DataFrame:
    """The rows of one KPI: the frame's key columns with these expressions, in the shape ``COLUMNS``."""
    nothing = pl.lit(None, dtype=pl.Float64)
    low, high = bounds or (nothing, nothing)
    has_value = value.is_not_null()
    question = pl.col("question") if "question" in frame.columns else pl.lit(None, dtype=pl.String)
    return frame.select(
        kpi=pl.lit(kpi),
        question=question,
        scope="scope",
        scope_value="scope_value",
        grain="grain",
        period_start="period_start",
        period_end="period_end",
        value=value.cast(pl.Float64),
        low=pl.when(has_value).then(low.cast(pl.Float64)),
        high=pl.when(has_value).then(high.cast(pl.Float64)),
        n=n.cast(pl.Int64).fill_null(0),
        numerator=(nothing if numerator is None else numerator.cast(pl.Float64)),
        denominator=(nothing if denominator is None else denominator.cast(pl.Float64)),
        previous_value=pl.col("previous_value") if "previous_value" in frame.columns else nothing,
        is_complete="is_complete",
    )


def _share(frame: pl.DataFrame, kpi: str, successes: pl.Expr, n: pl.Expr) -> pl.DataFrame:
    bounds = proportions.wilson_bounds(successes, n)
    return figure(
        frame, kpi, value=proportions.share(successes, n), n=n, numerator=successes, denominator=n, bounds=bounds
    )


def _whole(expression: pl.Expr) -> pl.Expr:
    """The expression where the period is over: a rate of coming back is not told before everyone had the time."""
    return pl.when("is_complete").then(expression)


def survey_figures(csat: pl.DataFrame, nps: pl.DataFrame, ces: pl.DataFrame) -> pl.DataFrame:
    """CSAT, NPS and CES rows from the published tables ``csat`` and ``nps`` and from the counts of ces answers.

    Args:
        csat: the table, with ``period_end``.
        nps: the table, with ``period_end``.
        ces: as of ``assets.satisfaction.survey_counts``, with the ``lowest`` and ``highest`` answer of the scale.
    """
    nothing = pl.lit(None, dtype=pl.Float64)
    bounds = (pl.col("low"), pl.col("high"))
    n, promoters, detractors = pl.col("n"), pl.col("promoters"), pl.col("detractors")
    total = pl.col("score_sum")
    tables = (
        figure(csat, "csat", value=pl.col("csat"), n=n, numerator=pl.col("satisfied"), denominator=n, bounds=bounds),
        figure(nps, "nps", value=pl.col("nps"), n=n, numerator=promoters - detractors, denominator=n, bounds=bounds),
        figure(
            ces, "ces", value=means.mean(total, n), n=n, numerator=total, denominator=n,
            bounds=means.scale_mean_bounds(
                total, pl.col("score_squares"), n, pl.col("lowest").cast(pl.Float64), pl.col("highest").cast(pl.Float64)
            ),
        ),
    )  # fmt: skip
    rows = pl.concat(tables).with_columns(previous_value=nothing)
    return with_previous(rows, pl.lit(True))


def sales_figures(sales: pl.DataFrame) -> pl.DataFrame:
    """Net sales, growth, discount and refund rates; money columns are exact sums rounded to the cent.

    Args:
        sales: key columns, period_end, is_complete, lines, orders, customer_orders, active_customers, gross_value,
            discount_value, refund_value, net_value and ``net_value_before``, null where the period before is not fully
            in the log; and, null where it is not known what each unit brought, ``units`` with their squares as of
            ``models.flow_squares``, in the square of the currency; of those of the period before ``units_before`` and
            ``net_squares_before``, and of those of both ``units_again`` and ``net_products``.
    """
    gross_squares, sold_squares, net_squares = (pl.col(f"{name}_squares") for name in ("gross", "sold", "net"))
    units, lines, net, before = (pl.col(name) for name in ("units", "lines", "net_value", "net_value_before"))
    gross, discount, refund = pl.col("gross_value"), pl.col("discount_value"), pl.col("refund_value")
    growth = _whole(means.mean(net.cast(pl.Float64) - before.cast(pl.Float64), before))
    sold = gross - discount
    rate, given_back = means.mean(discount, gross), means.mean(refund, sold)
    of_discounts = means.ratio_bounds(
        discount, gross, pl.col("discount_squares"), pl.col("gross_discounts"), gross_squares, units
    )
    of_refunds = means.ratio_bounds(refund, sold, pl.col("refund_squares"), pl.col("sold_refunds"), sold_squares, units)
    ordering = _ordering_units()
    of_either = units + pl.col("units_before").fill_null(0) - pl.col("units_again")
    of_growth = means.ratio_bounds(
        net, before, net_squares, pl.col("net_products"), pl.col("net_squares_before"), of_either
    )
    return pl.concat(
        (
            figure(sales, "net_sales", value=net, n=lines, numerator=net),
            figure(sales, "sales_growth", value=growth, n=pl.coalesce(of_either, ordering),
                   numerator=_whole(net - before), denominator=before, bounds=_less_one(of_growth)),
            figure(sales, "discount_rate", value=rate, n=pl.coalesce(units, ordering),
                   numerator=discount, denominator=gross, bounds=means.bounds_above(0, rate, of_discounts, units)),
            figure(sales, "refund_rate", value=given_back, n=pl.coalesce(units, ordering),
                   numerator=refund, denominator=sold, bounds=means.bounds_above(0, given_back, of_refunds, units)),
        )
    )  # fmt: skip


def _ordering_units() -> pl.Expr:
    """Customers with a valid order, and each order of nobody known."""
    return pl.col("active_customers") + pl.col("orders") - pl.col("customer_orders")


def _less_one(bounds: tuple[pl.Expr, pl.Expr]) -> tuple[pl.Expr, pl.Expr]:
    return bounds[0] - 1, bounds[1] - 1


def order_figures(ordering: pl.DataFrame) -> pl.DataFrame:
    """Customers, orders, average order value and purchase frequency of each period.

    Args:
        ordering: key columns, period_end, is_complete, orders, customer_orders, active_customers, new_customers,
            reactivated_customers and, null without money, the order_value of the valued_orders and, of each of them
            rounded to the cent, the sum order_cents and order_value_squares; and as of ``models.order_repeats``
            paired_orders, paired_products and paired_values.
    """
    orders, active, customer_orders = pl.col("orders"), pl.col("active_customers"), pl.col("customer_orders")
    counts = (figure(ordering, kpi, value=pl.col(kpi), n=pl.col(kpi), numerator=pl.col(kpi)) for kpi in _COUNTS)
    value, valued = pl.col("order_value"), pl.col("valued_orders")
    frequency = means.mean(customer_orders, active)
    # Customers are the units, and so is each order of nobody known: its squares are its own.
    paired_orders, cents = pl.col("paired_orders").cast(pl.Float64), pl.col("paired_products").cast(pl.Float64)
    square_cents = pl.col("paired_values").cast(pl.Float64)
    units, in_cents = _ordering_units(), pl.col("order_cents")
    bounds = means.ratio_bounds(
        in_cents,
        orders,
        squares=pl.col("order_value_squares").cast(pl.Float64) + square_cents / 10_000,
        products=in_cents.cast(pl.Float64) + cents / 100,
        base_squares=orders.cast(pl.Float64) + paired_orders,
        n=units,
    )
    low_value, high_value = means.bounds_above(0, means.mean(in_cents, orders), bounds, units)
    rounded = (in_cents - value).cast(pl.Float64) / orders
    low_value, high_value = (low_value - rounded).clip(lower_bound=0.0), high_value - rounded
    # Whose orders lack a value is not counted: the average of those that have one is without an interval then.
    low_value, high_value = (pl.when(valued == orders).then(end) for end in (low_value, high_value))
    of_frequency = means.mean_bounds(customer_orders, customer_orders.cast(pl.Float64) + paired_orders, active)
    return pl.concat(
        (
            *counts,
            figure(ordering, "aov", value=means.mean(value, valued), n=units, numerator=value, denominator=valued,
                   bounds=(low_value, high_value)),
            figure(ordering, "purchase_frequency", value=frequency, n=active, numerator=customer_orders,
                   denominator=active, bounds=means.bounds_above(1, frequency, of_frequency, active)),
        )
    )  # fmt: skip


def retention_figures(retention: pl.DataFrame) -> pl.DataFrame:
    """Retention, churn and win-back; the values are null while the period is not over.

    Args:
        retention: key columns, period_end, is_complete, customers_before (active in the period before),
            customers_kept, customers_lost (on the eve) and customers_won_back.
    """
    base, kept = pl.col("customers_before"), pl.col("customers_kept")
    shares = (
        _share(retention, "retention_rate", kept, base),
        _share(retention, "churn_rate", _whole(base - kept), base),
        _share(retention, "winback_rate", pl.col("customers_won_back"), pl.col("customers_lost")),
    )
    return pl.concat(shares).with_columns(_whole(pl.col(name)).alias(name) for name in ("value", "low", "high"))


def revenue_retention_figures(retention: pl.DataFrame) -> pl.DataFrame:
    """Net revenue retention; the value is null while the period is not over.

    Args:
        retention: key columns, period_end, is_complete, customers_before and, of these customers, value_before,
            value_after and, of their cents, squares_before, squares_after and products.
    """
    before, after = pl.col("value_before"), pl.col("value_after")
    squares_before, squares_after, products = (
        pl.col(name).cast(pl.Float64) / 10_000 for name in ("squares_before", "squares_after", "products")
    )
    bounds = means.ratio_bounds(after, before, squares_after, products, squares_before, pl.col("customers_before"))
    return figure(
        retention, "net_revenue_retention", value=_whole(means.mean(after, before)), n=pl.col("customers_before"),
        numerator=after, denominator=before, bounds=bounds,
    )  # fmt: skip


def window_figures(window: pl.DataFrame, tiers: pl.DataFrame) -> pl.DataFrame:
    """Repurchase rate, second-order rate and value share of the high tier over one window, one row each.

    Args:
        window: one row: key columns, period_end, is_complete, buyers, repeat_buyers, mature_customers, second_orderers.
        tiers: one row per value tier: the same key columns, tier, customers, exact value (null without money), and of
            the customers' values in cents the sum ``value_cents``, that of squares ``value_squares`` and the smallest
            ``value_from``.
    """
    in_a_tier = tiers.filter(pl.col("tier") != "none")
    is_high = pl.col("tier") == "high"
    key = [name for name in (*KEY, "period_end", "is_complete") if name in tiers.columns]
    held = in_a_tier.group_by(key).agg(
        customers=pl.col("customers").sum(),
        value=to_the_cent(pl.col("value").sum()),
        value_cents=pl.col("value_cents").sum(),
        value_squares=pl.col("value_squares").sum(),
        high_customers=pl.col("customers").filter(is_high).sum(),
        high_value=to_the_cent(pl.col("value").filter(is_high).sum()),
        high_cents=pl.col("value_cents").filter(is_high).sum(),
        high_squares=pl.col("value_squares").filter(is_high).sum(),
        high_from=pl.col("value_from").filter(is_high).min(),
    )
    value, high_value = pl.col("value"), pl.col("high_value")
    bounds = means.top_share_bounds(
        pl.col("high_cents"),
        pl.col("value_cents"),
        pl.col("high_squares"),
        pl.col("value_squares"),
        pl.col("high_from"),
        pl.col("high_customers"),
        pl.col("customers"),
    )
    return pl.concat(
        (
            _share(window, "repurchase_rate", pl.col("repeat_buyers"), pl.col("buyers")),
            _share(window, "second_order_rate", pl.col("second_orderers"), pl.col("mature_customers")),
            figure(held, "high_tier_value_share", value=means.mean(high_value, value), n=pl.col("customers"),
                   numerator=high_value, denominator=value, bounds=bounds),
        )
    )  # fmt: skip


def risk_figures(bands: pl.DataFrame) -> pl.DataFrame:
    """Net value of the window held by the customers at high risk of churn, beside that of all scored customers.

    Args:
        bands: one row per risk band: key columns, period_end, is_complete, risk_band, customers, exact net_value.
    """
    key = [name for name in (*KEY, "period_end", "is_complete") if name in bands.columns]
    scored = bands.group_by(key).agg(
        customers=pl.col("customers").sum(),
        net_value=to_the_cent(pl.col("net_value").sum()),
        at_risk=to_the_cent(pl.col("net_value").filter(pl.col("risk_band") == "high").sum()),
    )
    at_risk = pl.col("at_risk")
    return figure(
        scored,
        "value_at_risk",
        value=at_risk,
        n=pl.col("customers"),
        numerator=at_risk,
        denominator=pl.col("net_value"),
    )


def lifetime_value_figures(predicted: pl.DataFrame) -> pl.DataFrame:
    """Mean of what the customers are expected to be worth over the horizon.

    Its interval is that of other customers like them under the same model: how far the model may be off, and how the
    customers' own luck turns out, is not in it.

    Args:
        predicted: key columns, period_end, is_complete, customers, clv and the sum of its squares, clv_squares.
    """
    total, customers = pl.col("clv"), pl.col("customers")
    value = means.mean(total, customers)
    plain = means.mean_bounds(total, pl.col("clv_squares"), customers)
    bounds = means.bounds_above(0, value, plain, customers)
    return figure(
        predicted, "mean_clv", value=value, n=customers, numerator=total, denominator=customers, bounds=bounds
    )


def absent(kpis: list[str]) -> pl.DataFrame:
    """One row without a value for each KPI whose input is absent, in the shape ``COLUMNS`` and ``is_absent``."""
    rows = pl.DataFrame({"kpi": kpis}, schema={"kpi": pl.String})
    nothing = pl.lit(None, dtype=pl.Float64)
    no_day = pl.lit(None, dtype=pl.Date)
    return rows.with_columns(
        question=pl.lit(None, dtype=pl.String),
        scope=pl.lit("all"),
        scope_value=pl.lit("all"),
        grain=pl.lit("total"),
        period_start=no_day,
        period_end=no_day,
        value=nothing,
        low=nothing,
        high=nothing,
        n=pl.lit(0, dtype=pl.Int64),
        numerator=nothing,
        denominator=nothing,
        previous_value=nothing,
        is_complete=pl.lit(False),
        is_absent=pl.lit(True),
    )


def with_previous(rows: pl.DataFrame, is_comparable: pl.Expr) -> pl.DataFrame:
    """The rows with ``previous_value``: the same figure one period earlier, where the two may be compared.

    A finished period is compared with a finished one only, so an unfinished row has none, and so has ``total``.

    Args:
        rows: figures in the shape ``COLUMNS``; the periods before are among them.
        is_comparable: over the row's ``previous_start``: whether the log covers that period.
    """
    key = ["kpi", "question", "scope", "scope_value", "grain"]
    earlier = rows.select(*key, previous_start="period_start", earlier_value="value")
    dated = rows.with_columns(
        previous_start=periods.by_grain(pl.col("grain"), pl.col("period_start"), periods.previous_start)
    )
    found = dated.join(earlier, on=[*key, "previous_start"], how="left", nulls_equal=True, maintain_order="left")
    may_compare = pl.col("is_complete") & pl.col("previous_start").is_not_null() & is_comparable
    return found.with_columns(previous_value=pl.when(may_compare).then("earlier_value")).select(COLUMNS)


def with_customers_lost(grid: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """The grid's rows with ``customers_lost``: customers lost on the eve of the period.

    Those lost on a day are the absences that began by then less those that ended by then: one pass over the days,
    whatever the number of periods.

    Args:
        grid: scope, scope_value, grain, period_start and others.
        changes: scope, scope_value, day, customers: how many more are lost at the end of the day than the day before.
    """
    scope = ["scope", "scope_value"]
    levels = (
        changes.sort(*scope, "day")
        .select(*scope, "day", customers_lost=pl.col("customers").cum_sum().over(scope))
        .sort("day")
    )
    eves = grid.with_columns(eve=pl.col("period_start").dt.offset_by("-1d")).sort("eve")
    on_the_eve = eves.join_asof(levels, left_on="eve", right_on="day", by=scope, check_sortedness=False)
    return on_the_eve.select(*grid.columns, pl.col("customers_lost").fill_null(0))


def period_grid(scopes: pl.DataFrame, calendar: pl.DataFrame) -> pl.DataFrame:
    """Every period of the calendar for every scope value; days and weeks for the scope ``all`` only.

    Args:
        scopes: scope, scope_value.
        calendar: as :func:`models.periods.calendar`.

    Returns:
        Columns scope, scope_value, grain, period_start, period_end.
    """
    spans = calendar.select("grain", "period_start", "period_end").unique()
    fits = (pl.col("scope") == "all") | pl.col("grain").is_in(["month", "quarter", "year"])
    return scopes.join(spans, how="cross").filter(fits)

"""What a churn model knows of a customer at an origin: measures, on which scale, and the words for them.

One row per origin and customer, columns as of ``assets/sql/churn_features.sql``: counts and days as integers, money
as DECIMAL (NULL where no source maps any). A measure that does not exist for a customer (no gap between orders yet,
no money) stays NULL here; a model replaces it by its average and learns from ``is_one_time`` and ``has_refund``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Feature:
    """One number a model reads.

    Attributes:
        name: snake_case name, part of the model's version.
        theme: which theme's words explain it.
        expression: its value on the model's scale, a double; skewed measures as logarithms.
    """

    name: str
    theme: str
    expression: pl.Expr


def _log(column: str) -> pl.Expr:
    """log(1 + x), mirrored for negative x: net value can be below zero."""
    x = pl.col(column).cast(pl.Float64)
    return x.sign() * x.abs().log1p()


def _ratio(above: str, below: str) -> pl.Expr:
    """Above / below; NULL where below is not positive."""
    denominator = pl.col(below).cast(pl.Float64)
    return pl.when(denominator > 0).then(pl.col(above).cast(pl.Float64) / denominator)


GAP_DAYS = _ratio("gap_sum", "gaps")
_GAP_VARIANCE = (_ratio("gap_sum_of_squares", "gaps") - GAP_DAYS**2).clip(lower_bound=0.0)
ORDER_VALUE = _ratio("net_value_window", "orders_window")
LINES_PER_ORDER = _ratio("lines_window", "orders_window")
REFUND_SHARE = _ratio("refund_value_window", "gross_value_window").clip(0.0, 1.0)
DISCOUNT_SHARE = _ratio("discount_value_window", "gross_value_window").clip(0.0, 1.0)
OVERDUE = (pl.col("recency_days") + 1) / (GAP_DAYS + 1)

FEATURES: tuple[Feature, ...] = (
    Feature("recency", "recency", _log("recency_days")),
    Feature("overdue", "rhythm", OVERDUE.log()),
    Feature("mean_gap", "rhythm", GAP_DAYS.log1p()),
    Feature("gap_variation", "rhythm", _GAP_VARIANCE.sqrt() / GAP_DAYS),
    Feature("orders_window", "orders", _log("orders_window")),
    Feature("orders_180", "orders", _log("orders_180")),
    Feature("orders_90", "orders", _log("orders_90")),
    Feature("orders_30", "orders", _log("orders_30")),
    Feature("is_one_time", "orders", (pl.col("order_days") == 1).cast(pl.Float64)),
    # Thirty days of grace: the rate of a customer who came yesterday is not one order a day.
    Feature("order_rate", "orders", (pl.col("orders_all") / (pl.col("tenure_days") + 30)).log()),
    Feature("tenure", "tenure", _log("tenure_days")),
    Feature("net_value_window", "value", _log("net_value_window")),
    Feature("net_value_180", "value", _log("net_value_180")),
    Feature("net_value_90", "value", _log("net_value_90")),
    Feature("net_value_30", "value", _log("net_value_30")),
    Feature("order_value", "value", ORDER_VALUE.sign() * ORDER_VALUE.abs().log1p()),
    Feature("lines_per_order", "basket", LINES_PER_ORDER.log1p()),
    Feature("refund_share", "refunds", REFUND_SHARE),
    Feature("has_refund", "refunds", (pl.col("refund_value_window") > 0).cast(pl.Float64)),
    Feature("discount_share", "discounts", DISCOUNT_SHARE),
)


def matrix(rows: pl.DataFrame) -> pl.DataFrame:
    """The features of each row as doubles, one column per feature in their order; NULL where one does not exist."""
    values = rows.select(feature.expression.cast(pl.Float64).alias(feature.name) for feature in FEATURES)
    return values.select(pl.when(pl.col(name).is_finite()).then(pl.col(name)) for name in values.columns)


@dataclass(frozen=True)
class Theme:
    """What a reason is about: the features whose contributions it adds up, and its words.

    Attributes:
        name: as named by the features.
        words: the customer's own figures, given the window in days.
        typical: the measure whose median over the past stands beside it, as a double.
        typical_words: how that figure is written; ``{}`` is its place.
    """

    name: str
    words: Callable[[int], pl.Expr]
    typical: pl.Expr
    typical_words: str


def _number(value: pl.Expr, decimals: int = 0) -> pl.Expr:
    rounded = value.cast(pl.Float64).round(decimals)
    return (rounded if decimals else rounded.cast(pl.Int64)).cast(pl.String)


def _share(value: pl.Expr) -> pl.Expr:
    return pl.format("{} %", _number(100 * value))


THEMES: tuple[Theme, ...] = (
    Theme(
        "recency",
        lambda window: pl.format("last order {} days ago", pl.col("recency_days")),
        pl.col("recency_days").cast(pl.Float64),
        "typical {:.0f}",
    ),
    Theme(
        "rhythm",
        lambda window: (
            pl.when(pl.col("gaps") > 0)
            .then(pl.format("silent {} days with a mean gap of {}", pl.col("recency_days"), _number(GAP_DAYS)))
            .otherwise(pl.lit("no gap between orders known yet"))
        ),
        GAP_DAYS,
        "typical gap {:.0f}",
    ),
    Theme(
        "orders",
        lambda window: pl.format(
            "orders: {} in {} days, {} of them in the last 90",
            pl.col("orders_window"),
            pl.lit(window),
            pl.col("orders_90"),
        ),
        pl.col("orders_window").cast(pl.Float64),
        "typical {:.0f}",
    ),
    Theme(
        "tenure",
        lambda window: pl.format("first order {} days ago", pl.col("tenure_days")),
        pl.col("tenure_days").cast(pl.Float64),
        "typical {:.0f}",
    ),
    Theme(
        "value",
        lambda window: pl.format("net value {} in {} days", _number(pl.col("net_value_window")), pl.lit(window)),
        pl.col("net_value_window").cast(pl.Float64),
        "typical {:.0f}",
    ),
    Theme(
        "basket",
        lambda window: pl.format("lines per order: {}", _number(LINES_PER_ORDER, 1)),
        LINES_PER_ORDER,
        "typical {:.1f}",
    ),
    Theme(
        "refunds",
        lambda window: pl.format("{} of the value refunded", _share(REFUND_SHARE)),
        100 * REFUND_SHARE,
        "typical {:.0f} %",
    ),
    Theme(
        "discounts",
        lambda window: pl.format("{} of the value discounted", _share(DISCOUNT_SHARE)),
        100 * DISCOUNT_SHARE,
        "typical {:.0f} %",
    ),
)

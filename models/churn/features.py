"""What a churn model knows of a customer at an origin: the feature dictionary, the scales, and the words for them.

One row per origin and customer, columns as of ``assets/sql/churn_features.sql``: counts and days as integers, money
as DECIMAL (NULL where no source maps any). A measure that does not exist for a customer (no gap between orders yet,
no money, no answer) stays NULL here; a linear model replaces it by its average and learns from ``is_one_time`` and
``has_answer``, trees learn where to send it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

WINDOWS = ("window", "180", "90", "30", "7")
"""The windows of the counts and sums, by the end of their column's name: W, then days."""


@dataclass(frozen=True)
class Feature:
    """One number a model reads.

    Attributes:
        name: snake_case name, part of the model's version.
        theme: which theme's words explain it.
        definition: what it is, for the feature dictionary; "log" is log(1 + x), mirrored below zero.
        expression: its value on the model's scale, a double; skewed measures as logarithms.
    """

    name: str
    theme: str
    definition: str
    expression: pl.Expr


def _number_of(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64)


def _log(x: pl.Expr) -> pl.Expr:
    """log(1 + x), mirrored for negative x: net value can be below zero."""
    return x.sign() * x.abs().log1p()


def _ratio(above: str, below: str) -> pl.Expr:
    """Above / below; NULL where below is not positive."""
    denominator = _number_of(below)
    return pl.when(denominator > 0).then(_number_of(above) / denominator)


GAP_DAYS = _ratio("gap_sum", "gaps")
_GAP_VARIANCE = (_ratio("gap_sum_of_squares", "gaps") - GAP_DAYS**2).clip(lower_bound=0.0)
ORDER_VALUE = _ratio("net_value_window", "orders_window")
PRICE_LEVEL = _ratio("gross_value_window", "units_window")
LINES_PER_ORDER = _ratio("lines_window", "orders_window")
PRODUCTS_PER_ORDER = _ratio("products_window", "orders_window")
REFUND_SHARE = _ratio("refund_value_window", "gross_value_window").clip(0.0, 1.0)
DISCOUNT_SHARE = _ratio("discount_value_window", "gross_value_window").clip(0.0, 1.0)
TOP_CATEGORY_SHARE = _ratio("top_category_lines_window", "category_lines_window")
MAIN_CHANNEL_SHARE = _ratio("main_channel_orders_window", "channel_orders_window")
OVERDUE = (_number_of("recency_days") + 1) / (GAP_DAYS + 1)
# Half an order of grace on either side: nothing after nothing is no trend.
_TREND = (_number_of("orders_90") + 0.5) / (_number_of("orders_180") - _number_of("orders_90") + 0.5)


def _windowed(name: str, theme: str, what: str, column: str) -> tuple[Feature, ...]:
    return tuple(
        Feature(
            f"{name}_{window}",
            theme,
            f"log of {what} in {'W' if window == 'window' else f'the last {window} days'}",
            _log(_number_of(f"{column}_{window}")),
        )
        for window in WINDOWS
    )


FEATURES: tuple[Feature, ...] = (
    Feature("recency", "recency", "log of days since the last valid order", _log(_number_of("recency_days"))),
    Feature("overdue", "rhythm", "log of (recency + 1) / (mean gap between order days + 1)", OVERDUE.log()),
    Feature("mean_gap", "rhythm", "log of the mean gap between order days", GAP_DAYS.log1p()),
    Feature("gap_variation", "rhythm", "deviation of the gaps / their mean", _GAP_VARIANCE.sqrt() / GAP_DAYS),
    Feature(
        "last_gap",
        "rhythm",
        "log of (last gap + 1) / (mean gap + 1)",
        ((_number_of("last_gap_days") + 1) / (GAP_DAYS + 1)).log(),
    ),
    Feature(
        "purchase_logit",
        "rhythm",
        "logit of the MBG/NBD's P(no order in H), from the number, newest and first of the order days",
        pl.col("purchase_logit"),
    ),
    *_windowed("orders", "orders", "valid orders", "orders"),
    Feature("is_one_time", "orders", "1 with one order day so far, else 0", (pl.col("order_days") == 1).cast(float)),
    # Thirty days of grace: the rate of a customer who came yesterday is not one order a day.
    Feature(
        "order_rate",
        "orders",
        "log of orders of all time / (tenure + 30 days)",
        (_number_of("orders_all") / (_number_of("tenure_days") + 30)).log(),
    ),
    Feature("trend", "orders", "log of orders in 90 days against the 90 before, half an order added", _TREND.log()),
    Feature(
        "year_ago", "season", "log of orders in the horizon's days a year ago", _log(_number_of("orders_year_ago"))
    ),
    Feature("tenure", "tenure", "log of days since the first valid order", _log(_number_of("tenure_days"))),
    *_windowed("net_value", "value", "net value", "net_value"),
    Feature("order_value", "value", "log of net value / orders in W", _log(ORDER_VALUE)),
    Feature("price_level", "value", "log of gross value / units in W", PRICE_LEVEL.log1p()),
    *_windowed("lines", "basket", "order lines", "lines"),
    Feature("lines_per_order", "basket", "log of lines / orders in W", LINES_PER_ORDER.log1p()),
    Feature("products_per_order", "basket", "log of distinct products / orders in W", PRODUCTS_PER_ORDER.log1p()),
    Feature("categories", "breadth", "log of categories bought in W", _log(_number_of("categories_window"))),
    Feature("top_category_share", "breadth", "share of the customer's most bought category", TOP_CATEGORY_SHARE),
    Feature("channels", "channel", "channels ordered through in W", _number_of("channels_window")),
    Feature("main_channel_share", "channel", "share of orders through the shop's largest channel", MAIN_CHANNEL_SHARE),
    Feature("refund_share", "refunds", "refunds / gross value in W", REFUND_SHARE),
    Feature("has_refund", "refunds", "1 with a refund in W, else 0", (pl.col("refund_value_window") > 0).cast(float)),
    Feature("refund_value_90", "refunds", "log of refunds in the last 90 days", _log(_number_of("refund_value_90"))),
    Feature("discount_share", "discounts", "discounts / gross value in W", DISCOUNT_SHARE),
    Feature(
        "discount_share_90",
        "discounts",
        "discounts / gross value in the last 90 days",
        _ratio("discount_value_90", "gross_value_90").clip(0.0, 1.0),
    ),
    Feature(
        "has_answer",
        "satisfaction",
        "1 with an answer to a csat or nps question by then, else 0",
        pl.any_horizontal(pl.col("latest_nps_score", "latest_csat_satisfied").is_not_null()).cast(float),
    ),
    Feature("latest_nps", "satisfaction", "latest answer to an nps question, 0..10", _number_of("latest_nps_score")),
    Feature(
        "latest_csat",
        "satisfaction",
        "1 with a satisfied latest csat answer, else 0",
        _number_of("latest_csat_satisfied"),
    ),
)


def matrix(rows: pl.DataFrame) -> pl.DataFrame:
    """The features of each row as doubles, one column per feature in their order; NULL where one does not exist.

    What a purchase model says of the row is a feature, too, where the model added it as ``purchase_logit``.
    """
    told = rows if "purchase_logit" in rows.columns else rows.with_columns(purchase_logit=pl.lit(None, pl.Float64))
    values = told.select(feature.expression.cast(pl.Float64).alias(feature.name) for feature in FEATURES)
    return values.select(pl.when(pl.col(name).is_finite()).then(pl.col(name)) for name in values.columns)


def dictionary_hash() -> str:
    """SHA-256 of the dictionary: names, definitions and formulas, so a model is never read with other features."""
    told = [f"{feature.name}|{feature.definition}|{feature.expression}" for feature in FEATURES]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


@dataclass(frozen=True)
class Theme:
    """What a reason is about: the features whose contributions it adds up, and its words in both languages.

    Attributes:
        name: as named by the features.
        words: the customer's own figures in English, given the window in days.
        words_zh: the same in Chinese.
        typical: the measure whose median over the past stands beside it, as a double.
        typical_words: how that figure is written; ``{}`` is its place.
        typical_words_zh: the same in Chinese.
        unknown: what stands for the words where a customer has no such figures; empty where everybody has.
        unknown_zh: the same in Chinese.
    """

    name: str
    words: Callable[[int], pl.Expr]
    words_zh: Callable[[int], pl.Expr]
    typical: pl.Expr
    typical_words: str
    typical_words_zh: str
    unknown: str = ""
    unknown_zh: str = ""


def _number(value: pl.Expr, decimals: int = 0) -> pl.Expr:
    rounded = value.cast(pl.Float64).round(decimals)
    return (rounded if decimals else rounded.cast(pl.Int64)).cast(pl.String)


def _share(value: pl.Expr) -> pl.Expr:
    return pl.format("{} %", _number(100 * value))


def _answer(yes: str, no: str, score: str, none: str) -> pl.Expr:
    """The latest answers in words: satisfied or not, then the recommendation, else that there is none."""
    csat, nps = pl.col("latest_csat_satisfied"), pl.col("latest_nps_score")
    recommended = pl.format(score, _number(nps))
    return (
        pl.when(csat.is_not_null())
        .then(pl.when(csat == 1).then(pl.lit(yes)).otherwise(pl.lit(no)))
        .when(nps.is_not_null())
        .then(recommended)
        .otherwise(pl.lit(none))
    )


def _rhythm(known: str, unknown: str) -> pl.Expr:
    told = pl.format(known, pl.col("recency_days"), _number(GAP_DAYS))
    return pl.when(pl.col("gaps") > 0).then(told).otherwise(pl.format(unknown, pl.col("recency_days")))


THEMES: tuple[Theme, ...] = (
    Theme(
        "recency",
        lambda window: pl.format("last order {} days ago", pl.col("recency_days")),
        lambda window: pl.format("上次下单在 {} 天前", pl.col("recency_days")),
        _number_of("recency_days"),
        "typical {:.0f}",
        "一般 {:.0f} 天",
    ),
    Theme(
        "rhythm",
        lambda window: _rhythm("silent {} days with a mean gap of {}", "one order day so far, {} days ago"),
        lambda window: _rhythm("已 {} 天未下单，平均间隔 {} 天", "至今仅一个下单日，在 {} 天前"),
        GAP_DAYS,
        "typical gap {:.0f}",
        "一般间隔 {:.0f} 天",
    ),
    Theme(
        "orders",
        lambda window: pl.format(
            "orders: {} in {} days, {} of them in the last 90",
            pl.col("orders_window"),
            pl.lit(window),
            pl.col("orders_90"),
        ),
        lambda window: pl.format(
            "{} 天内下单 {} 次，其中近 90 天 {} 次", pl.lit(window), pl.col("orders_window"), pl.col("orders_90")
        ),
        _number_of("orders_window"),
        "typical {:.0f}",
        "一般 {:.0f} 次",
    ),
    Theme(
        "season",
        lambda window: pl.format(
            "orders in these days of last year: {}", pl.col("orders_year_ago").cast(pl.String).fill_null("unknown")
        ),
        lambda window: pl.format("去年同期下单次数：{}", pl.col("orders_year_ago").cast(pl.String).fill_null("未知")),
        _number_of("orders_year_ago"),
        "typical {:.0f}",
        "一般 {:.0f} 次",
    ),
    Theme(
        "tenure",
        lambda window: pl.format("first order {} days ago", pl.col("tenure_days")),
        lambda window: pl.format("首次下单在 {} 天前", pl.col("tenure_days")),
        _number_of("tenure_days"),
        "typical {:.0f}",
        "一般 {:.0f} 天",
    ),
    Theme(
        "value",
        lambda window: pl.format("net value {} in {} days", _number(pl.col("net_value_window")), pl.lit(window)),
        lambda window: pl.format("{} 天内净消费 {}", pl.lit(window), _number(pl.col("net_value_window"))),
        _number_of("net_value_window"),
        "typical {:.0f}",
        "一般 {:.0f}",
        "orders of unknown value",
        "订单金额未知",
    ),
    Theme(
        "basket",
        lambda window: pl.format("lines per order: {}", _number(LINES_PER_ORDER, 1)),
        lambda window: pl.format("每单行数 {}", _number(LINES_PER_ORDER, 1)),
        LINES_PER_ORDER,
        "typical {:.1f}",
        "一般 {:.1f}",
        "lines per order unknown",
        "每单行数未知",
    ),
    Theme(
        "breadth",
        lambda window: pl.format("categories bought in {} days: {}", pl.lit(window), pl.col("categories_window")),
        lambda window: pl.format("{} 天内购买品类 {} 个", pl.lit(window), pl.col("categories_window")),
        _number_of("categories_window"),
        "typical {:.0f}",
        "一般 {:.0f} 个",
        "nothing bought whose category is known",
        "所购品类未知",
    ),
    Theme(
        "channel",
        lambda window: pl.format("{} of the orders through the main channel", _share(MAIN_CHANNEL_SHARE)),
        lambda window: pl.format("主渠道下单占 {}", _share(MAIN_CHANNEL_SHARE)),
        100 * MAIN_CHANNEL_SHARE,
        "typical {:.0f} %",
        "一般 {:.0f} %",
        "no order whose channel is known",
        "下单渠道未知",
    ),
    Theme(
        "refunds",
        lambda window: pl.format("{} of the value refunded", _share(REFUND_SHARE)),
        lambda window: pl.format("退款占消费额 {}", _share(REFUND_SHARE)),
        100 * REFUND_SHARE,
        "typical {:.0f} %",
        "一般 {:.0f} %",
        "no value that could be refunded",
        "无可退款的消费额",
    ),
    Theme(
        "discounts",
        lambda window: pl.format("{} of the value discounted", _share(DISCOUNT_SHARE)),
        lambda window: pl.format("折扣占消费额 {}", _share(DISCOUNT_SHARE)),
        100 * DISCOUNT_SHARE,
        "typical {:.0f} %",
        "一般 {:.0f} %",
        "no value that could be discounted",
        "无可打折的消费额",
    ),
    Theme(
        "satisfaction",
        lambda window: _answer(
            "latest survey answer: satisfied",
            "latest survey answer: not satisfied",
            "latest recommendation: {} of 10",
            "no survey answer yet",
        ),
        lambda window: _answer(
            "最近一次调查：满意", "最近一次调查：不满意", "最近一次推荐分：{}（满分 10）", "尚无调查答复"
        ),
        100 * _number_of("latest_csat_satisfied"),
        "typical satisfaction {:.0f} %",
        "一般满意度 {:.0f} %",
    ),
)

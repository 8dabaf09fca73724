"""What readers see for the features of the churn model, in English and Chinese."""

from __future__ import annotations

Names = dict[str, tuple[str, str]]

_WHEN: Names = {
    "window": ("in the window", "窗口内"),
    **{days: (f"in {days} days", f"{days} 天内") for days in ("180", "90", "30", "7")},
}


def _windowed(feature: str, english: str, chinese: str) -> Names:
    return {f"{feature}_{window}": (f"{english} {when}", f"{zh}{chinese}") for window, (when, zh) in _WHEN.items()}


CHURN_FEATURES: Names = {
    "recency": ("Days since the last order", "距上次下单天数"),
    "overdue": ("Silence against own gaps", "沉默时长与自身间隔之比"),
    "mean_gap": ("Mean gap between orders", "平均下单间隔"),
    "gap_variation": ("Unevenness of the gaps", "间隔的不均匀度"),
    "last_gap": ("Last gap against the mean", "最近间隔与平均之比"),
    "purchase_logit": ("Chance by the purchase model", "购买模型给出的概率"),
    **_windowed("orders", "Orders", "订单数"),
    "is_one_time": ("Ordered only once", "仅下单一次"),
    "order_rate": ("Orders per day as a customer", "成为客户以来日均订单"),
    "trend": ("Orders of late against before", "近期订单与此前之比"),
    "year_ago": ("Orders in this season last year", "去年同期订单数"),
    "tenure": ("Days since the first order", "距首次下单天数"),
    **_windowed("net_value", "Net value", "净额"),
    "order_value": ("Net value per order", "每单净额"),
    "price_level": ("Price per unit", "单件价格"),
    **_windowed("lines", "Order lines", "订单行数"),
    "lines_per_order": ("Lines per order", "每单行数"),
    "products_per_order": ("Products per order", "每单商品种数"),
    "categories": ("Categories bought", "购买品类数"),
    "top_category_share": ("Share of the main category", "主要品类占比"),
    "channels": ("Channels used", "使用渠道数"),
    "main_channel_share": ("Share through the main channel", "主渠道订单占比"),
    "refund_share": ("Share refunded", "退款占比"),
    "has_refund": ("Had a refund", "有过退款"),
    "refund_value_90": ("Refunds in 90 days", "90 天内退款额"),
    "discount_share": ("Share of discounts", "折扣占比"),
    "discount_share_90": ("Share of discounts in 90 days", "90 天内折扣占比"),
    "has_answer": ("Answered a survey", "答过问卷"),
    "latest_nps": ("Latest recommendation score", "最近一次推荐分"),
    "latest_csat": ("Satisfied in the latest answer", "最近一次回答为满意"),
}

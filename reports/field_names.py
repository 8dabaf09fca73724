"""What readers see for the fields of a source whose values can be missing or unreadable, in English and Chinese."""

from __future__ import annotations

FIELD_NAMES: dict[str, tuple[str, str]] = {
    "order_id": ("order number", "订单号"),
    "ordered_at": ("time of the order", "下单时间"),
    "customer_id": ("customer id", "客户编号"),
    "quantity": ("quantity", "数量"),
    "unit_price": ("unit price", "单价"),
    "amount": ("amount", "金额"),
    "discount": ("discount", "折扣"),
    "refunded": ("amount paid back", "退款额"),
    "refunded_at": ("time of the refund", "退款时间"),
    "updated_at": ("time of the last change", "更新时间"),
    "response_id": ("number of the answer", "回答编号"),
    "responded_at": ("time of the answer", "回答时间"),
    "birth_date": ("date of birth", "出生日期"),
    "age": ("age", "年龄"),
    "acquired_at": ("date as a customer since", "成为客户时间"),
    "consent": ("consent", "同意状态"),
    "rated_on": ("date of the rate", "汇率日期"),
    "currency": ("currency", "币种"),
    "rate": ("exchange rate", "汇率"),
}

"""What the simulated shop is drawn from; every figure is an assumption and can be replaced."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ShopParameters:
    """Laws of the simulated shop. Rates are per day, shares 0..1, money in the shop's currency.

    Attributes:
        r, alpha: purchase rate of a customer ~ Gamma(r, rate alpha), in orders per day.
        a, b: dropout probability after each repeat order ~ Beta(a, b).
        dropout: False lets every customer live for ever, which leaves the NBD.
        p, q, gamma: order value ~ Gamma(p, rate nu), nu ~ Gamma(q, rate gamma): mean order value p gamma / (q - 1).
        seasonality: 1 the shop's own year and week, 0 every day alike.
        early_share: share of customers who arrive with the opening, the others arrive steadily.
        early_days: mean wait of those early customers, in days after `start`.
        never_order_share: share of customers who register and never order.
        guest_share: orders without a customer id, as a share of the orders with one.
        lines_beyond_first: mean number of lines of an order beyond its first.
        discount_share: share of orders bought with a voucher.
        churn_by_satisfaction: correlation of the dropout probability with dissatisfaction, in normal scores.
        satisfaction_in_experience: correlation of one order's experience with the customer's satisfaction.
        refund_share: mean share of orders that are returned, wholly or in part.
        refund_concentration: how alike customers are in returning (the sum of the Beta's parameters).
        unlinked_refund_share: share of returns booked under an id of their own, without the order's.
        survey_share: share of orders whose buyer answers the survey.
    """

    r: float = 0.7
    alpha: float = 55.0
    a: float = 0.8
    b: float = 3.2
    dropout: bool = True
    p: float = 4.0
    q: float = 4.0
    gamma: float = 36.0
    seasonality: float = 1.0
    early_share: float = 0.25
    early_days: float = 45.0
    never_order_share: float = 0.05
    guest_share: float = 0.04
    lines_beyond_first: float = 2.0
    discount_share: float = 0.18
    churn_by_satisfaction: float = 0.75
    satisfaction_in_experience: float = 0.75
    refund_share: float = 0.05
    refund_concentration: float = 12.0
    unlinked_refund_share: float = 0.06
    survey_share: float = 0.15


SHOP = ShopParameters()

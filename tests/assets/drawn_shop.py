"""A shop drawn at random whose customers drop out, for the tests of churn."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np

FIRST = dt.date(2023, 1, 1)


def drawn_shop(customers: int = 150, *, until: dt.date = dt.date(2024, 8, 31)) -> tuple[list[Any], list[Any]]:
    """Customers who buy at their own pace until they drop out; every eighth order is refunded, half of them wholly."""
    rng = np.random.default_rng(1)
    sales: list[Any] = []
    refunds: list[Any] = []
    for number in range(customers):
        day = FIRST + dt.timedelta(days=int(rng.integers(0, 400)))
        pace, stay = rng.gamma(2.0, 20.0), rng.exponential(300)
        last = day + dt.timedelta(days=int(stay))
        while day <= min(last, until):
            value = Decimal(int(rng.integers(5, 200)))
            sales.append((f"c{number:03}", day, value))
            if rng.random() < 1 / 8:
                back = value if rng.random() < 1 / 2 else value / 2
                refunds.append(
                    (f"c{number:03}", day + dt.timedelta(days=int(rng.integers(1, 90))), back, len(sales) - 1)
                )
            day += dt.timedelta(days=1 + int(rng.exponential(pace)))
    return sales, refunds

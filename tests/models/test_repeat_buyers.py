"""Buyers of every window from the days on which their number changes, against counting customer by customer."""

from __future__ import annotations

import datetime as dt
import random

import polars as pl
import pytest

from models import repeat_buyers

FIRST = dt.date(2024, 1, 1)
Orders = dict[int, list[dt.date]]


def shop(seed: int) -> Orders:
    """Customers and their order days in order; some come twice a day, some come once and never again."""
    at_random = random.Random(seed)
    numbers = [at_random.randint(1, 8) for _ in range(at_random.randint(0, 60))]
    orders: Orders = {}
    for customer in sorted(numbers):
        orders.setdefault(customer, []).append(FIRST + dt.timedelta(days=at_random.randint(0, 60)))
    return {customer: sorted(days) for customer, days in orders.items()}


def counted(orders: Orders, at: dt.date, window_days: int, second_order_days: int) -> dict[str, int]:
    known = [past for days in orders.values() if (past := [day for day in days if day <= at])]
    recent = [sum((at - day).days < window_days for day in days) for days in known]
    mature = [days for days in known if (at - days[0]).days >= second_order_days]
    return {
        "buyers": sum(orders >= 1 for orders in recent),
        "repeat_buyers": sum(orders >= 2 for orders in recent),
        "mature_customers": len(mature),
        "second_orderers": sum((days[1:2] or [dt.date.max])[0] <= days[0] + dt.timedelta(days=second_order_days)
                               for days in mature),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_the_counts_of_any_day_are_those_of_counting_its_window(seed: int) -> None:
    orders = shop(seed)
    window_days, second_order_days = seed * 3 + 1, 20 - seed
    rows = [(customer, day) for customer, days in orders.items() for day in days]
    frame = pl.DataFrame(rows, schema={"customer_no": pl.Int32, "ordered_on": pl.Date}, orient="row")
    changes = repeat_buyers.changes(frame, window_days=window_days, second_order_days=second_order_days)
    for place in range(-2, 110, 3):
        at = FIRST + dt.timedelta(days=place)
        assert repeat_buyers.on(at, changes) == counted(orders, at, window_days, second_order_days)

"""Squares of customers' flows by period, and the retained value beside them, against adding them up by hand."""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import Decimal

import polars as pl
import pytest

from models import customer_periods, flow_squares, revenue_retention

LENGTHS = {"month": 1, "quarter": 3, "year": 12}
JANUARY = 2023 * 12
SCHEMA = {
    "customer_no": pl.Int32, "month_no": pl.Int32, "net_value": pl.Decimal(38, 8), "discount_cents": pl.Int64,
    "refund_cents": pl.Int64, "orders": pl.Int32,
}  # fmt: skip


def drawn(seed: int, largest: int) -> list[tuple[int, int, Decimal | None, int, int, int]]:
    at_random = random.Random(seed)
    rows = []
    for _ in range(400):
        discount = at_random.choice((0, 0, at_random.randint(1, 500)))
        refund = at_random.choice((0, 0, 0, at_random.randint(1, largest)))
        net = Decimal(at_random.randint(500, largest) - discount - refund) / 100
        rows.append((at_random.randint(1, 40), JANUARY + at_random.randint(0, 29), net, discount, refund, 1))
    return [*rows, (3, JANUARY + 4, None, None, None, -1)]  # an order that is void counts no longer


@pytest.mark.parametrize(("seed", "largest"), [(1, 9_000), (2, 90_000_000_000)])
def test_it_is_what_adding_up_customer_by_customer_gives(seed: int, largest: int) -> None:
    rows = drawn(seed, largest)
    by_grain = customer_periods.by_grain(
        pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("customer_no", "month_no")
    )
    found = {(row["grain"], row["period_start"]): row for row in flow_squares.squares(by_grain).to_dicts()}
    assert len(found) == 30 + 10 + 3
    for (grain, start), row in found.items():
        number = (start.year * 12 + start.month - 1) // LENGTHS[grain]
        now, before = (_of_period(rows, LENGTHS[grain], period) for period in (number, number - 1))
        again = now.keys() & before.keys()
        assert (row["units"], row["units_again"]) == (len(now), len(again))
        gross = {who: net + discount + refund for who, (net, discount, refund) in now.items()}
        sold = {who: net + refund for who, (net, _, refund) in now.items()}
        assert {name: int(row[name]) for name in (*flow_squares.SQUARES, "net_products")} == {
            "gross_squares": sum(value**2 for value in gross.values()),
            "discount_squares": sum(discount**2 for _, discount, _ in now.values()),
            "gross_discounts": sum(gross[who] * now[who][1] for who in now),
            "sold_squares": sum(value**2 for value in sold.values()),
            "refund_squares": sum(refund**2 for *_, refund in now.values()),
            "sold_refunds": sum(sold[who] * now[who][2] for who in now),
            "net_squares": sum(net**2 for net, *_ in now.values()),
            "net_products": sum(now[who][0] * before[who][0] for who in again),
        }


def _of_period(rows: list, length: int, number: int) -> dict[int, tuple[int, int, int]]:
    whose: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for customer, month, net, discount, refund, _ in rows:
        if month // length == number:
            for place, cents in enumerate((int((net or 0) * 100), discount or 0, refund or 0)):
                whose[customer][place] += cents
    return {who: (net, discount, refund) for who, (net, discount, refund) in whose.items()}


def test_of_nobody_there_is_nothing() -> None:
    by_grain = customer_periods.by_grain(pl.DataFrame(schema=SCHEMA))
    assert flow_squares.squares(by_grain).is_empty()
    assert revenue_retention.retained_value(by_grain).is_empty()

"""Retention cohorts of a small shop: who of each first month came back, and when that can be said."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from assets.night import Night
from assets.retention import retention_cohorts
from assets.tables import CALENDAR, EVENT_FRESHNESS
from models import periods

TEN = Decimal(10)
AS_OF = dt.date(2024, 4, 30)


@pytest.fixture
def cohorts(open_shop: Callable[..., Night]) -> Callable[..., pl.DataFrame]:
    """A function from sales and refunds to the published table."""

    def compute(
        sales: list[tuple[str | None, dt.date, Decimal]],
        refunds: list[tuple[str, dt.date, Decimal, int]] = (),
        *,
        as_of: dt.date = AS_OF,
        newest: dt.date | None = None,
        t2_days: int = 30,
    ) -> pl.DataFrame:
        night = open_shop(sales, refunds, as_of=as_of, measures={"lifecycle": {"t1_days": 5, "t2_days": t2_days}})
        first = min(sale[1] for sale in sales)
        night.warehouse.replace(CALENDAR, periods.calendar(first.replace(day=1), as_of))
        fresh = [("shop", "transactions", first, newest or as_of, 3)]
        columns = [column.name for column in EVENT_FRESHNESS.columns]
        night.warehouse.replace(EVENT_FRESHNESS, pl.DataFrame(fresh, schema=columns, orient="row"))
        night.compute(retention_cohorts)
        return night.warehouse.connection.sql("select * from retention_cohorts").pl()

    return compute


SALES = [
    ("loyal", dt.date(2024, 1, 5), TEN),
    ("loyal", dt.date(2024, 2, 5), TEN),
    ("loyal", dt.date(2024, 2, 6), TEN),  # twice in a month is one customer
    ("loyal", dt.date(2024, 3, 5), TEN),
    ("lapsed", dt.date(2024, 1, 20), TEN),
    ("lapsed", dt.date(2024, 3, 31), TEN),
    ("once", dt.date(2024, 1, 31), TEN),
    ("late", dt.date(2024, 3, 10), TEN),
    (None, dt.date(2024, 2, 1), TEN),  # no customer, no cohort
]


def test_a_cohort_is_followed_month_by_month_with_its_empty_months(cohorts: Callable[..., pl.DataFrame]) -> None:
    table = cohorts(SALES)
    january = table.filter(pl.col("cohort_month") == dt.date(2024, 1, 1))
    assert january["period"].to_list() == [0, 1, 2, 3]
    assert january["cohort_size"].to_list() == [3, 3, 3, 3]
    assert january["active"].to_list() == [3, 1, 2, 0]
    assert january["retention"].to_list() == pytest.approx([1, 1 / 3, 2 / 3, 0])
    # the lapsed one was not seen in February and yet had not left: seen in that month or later
    assert january["unbounded_retention"].to_list() == pytest.approx([1, 2 / 3, 2 / 3, 0])
    assert table.filter(pl.col("cohort_month") == dt.date(2024, 3, 1))["active"].to_list() == [1, 0]
    assert table["cohort_month"].n_unique() == 2


def test_an_unfinished_month_counts_so_far_and_has_no_rate(cohorts: Callable[..., pl.DataFrame]) -> None:
    table = cohorts(SALES, as_of=dt.date(2024, 3, 30))
    (cell,) = table.filter(pl.col("cohort_month") == dt.date(2024, 1, 1), pl.col("period") == 2).to_dicts()
    assert (cell["active"], cell["retention"], cell["unbounded_retention"]) == (1, None, None)
    assert cell["is_complete"] is False
    before = table.filter(pl.col("cohort_month") == dt.date(2024, 1, 1), pl.col("period") == 1).to_dicts()[0]
    assert (before["is_complete"], before["retention"]) == (True, pytest.approx(1 / 3))
    # on the 30th only the loyal one had been seen again
    assert before["unbounded_retention"] == pytest.approx(1 / 3)


def test_a_month_whose_data_are_not_in_has_no_rate(cohorts: Callable[..., pl.DataFrame]) -> None:
    late = cohorts(SALES, newest=dt.date(2024, 3, 31))
    assert late.filter(pl.col("period") == 3)["retention"].to_list() == [None]
    assert late.filter(pl.col("period") == 2)["is_complete"].all()


def test_an_order_refunded_by_the_night_makes_nobody_active(cohorts: Callable[..., pl.DataFrame]) -> None:
    refund = [("loyal", dt.date(2024, 3, 20), TEN, 3)]  # of the order of 5 March
    march = pl.col("cohort_month") == dt.date(2024, 1, 1), pl.col("period") == 2
    assert cohorts(SALES, refund).filter(*march)["active"].to_list() == [1]
    # the night before the refund knew nothing of it
    assert cohorts(SALES, refund, as_of=dt.date(2024, 3, 19)).filter(*march)["active"].to_list() == [1]
    assert cohorts(SALES, as_of=dt.date(2024, 3, 19)).filter(*march)["active"].to_list() == [1]


def test_a_cohort_of_one_is_a_cohort(cohorts: Callable[..., pl.DataFrame]) -> None:
    table = cohorts([("only", dt.date(2024, 2, 29), TEN)])
    assert table["cohort_size"].to_list() == [1, 1, 1]
    assert table["retention"].to_list() == [1.0, 0.0, 0.0]


def test_cohorts_near_the_logs_beginning_may_hold_older_customers(cohorts: Callable[..., pl.DataFrame]) -> None:
    sales = [("a", dt.date(2024, 1, 5), TEN), ("b", dt.date(2024, 2, 5), TEN), ("c", dt.date(2024, 3, 5), TEN)]
    flagged = cohorts(sales, t2_days=27).group_by("cohort_month").agg(pl.col("is_left_truncated").all())
    assert dict(flagged.rows()) == {
        dt.date(2024, 1, 1): True,
        dt.date(2024, 2, 1): True,  # 27 days after the first
        dt.date(2024, 3, 1): False,
    }
    barely = cohorts(sales, t2_days=26).filter(pl.col("cohort_month") == dt.date(2024, 2, 1))
    assert not barely["is_left_truncated"].any()


def _wilson(active: int, size: int) -> tuple[float, float]:
    """The shares from which so many of them are 1.96 standard errors away, by bisection."""

    def edge(inside: float, outside: float) -> float:
        for _ in range(60):
            middle = (inside + outside) / 2
            is_inside = abs(active / size - middle) <= 1.959964 * math.sqrt(middle * (1 - middle) / size)
            inside, outside = (middle, outside) if is_inside else (inside, middle)
        return inside

    return edge(active / size, 0.0), edge(active / size, 1.0)


def test_a_cell_tells_how_far_chance_could_move_it_once_its_month_is_over(cohorts: Callable[..., pl.DataFrame]) -> None:
    january = pl.col("cohort_month") == dt.date(2024, 1, 1)
    ends = ["retention_low", "retention_high"]
    first, second, third, fourth = cohorts(SALES).filter(january).select(ends).rows()
    assert first == (None, None)  # everybody, by definition
    assert second == pytest.approx(_wilson(1, 3), abs=1e-6)
    assert third == pytest.approx(_wilson(2, 3), abs=1e-6)
    assert fourth == pytest.approx((0.0, _wilson(0, 3)[1]), abs=1e-6)  # nobody of three is no certainty
    the_night_before = cohorts(SALES, as_of=dt.date(2024, 3, 30)).filter(january, pl.col("period") >= 1)
    assert the_night_before.select(ends).rows() == [pytest.approx(_wilson(1, 3), abs=1e-6), (None, None)]
    alone = cohorts([("only", dt.date(2024, 2, 29), TEN)]).select(ends).rows()
    assert alone[1] == pytest.approx((0.0, _wilson(0, 1)[1]), abs=1e-6)


def test_every_rate_of_a_random_shop_is_what_counting_customers_gives(cohorts: Callable[..., pl.DataFrame]) -> None:
    chance = np.random.default_rng(7)
    start = dt.date(2023, 11, 10)
    sales = [(f"c{c}", start + dt.timedelta(days=int(d)), TEN) for c, d in chance.integers(0, [25, 150], (120, 2))]
    table = cohorts(sales)
    months: dict[str, set[int]] = {}
    for customer, day, _ in sales:
        months.setdefault(customer, set()).add(12 * day.year + day.month)
    assert table.height > 10
    for row in table.to_dicts():
        first = 12 * row["cohort_month"].year + row["cohort_month"].month
        members = [seen for seen in months.values() if min(seen) == first]
        active = sum(first + row["period"] in seen for seen in members)
        later = sum(max(seen) >= first + row["period"] for seen in members)
        assert (row["cohort_size"], row["active"]) == (len(members), active)
        assert row["retention"] == pytest.approx(active / len(members))
        assert row["unbounded_retention"] == pytest.approx(later / len(members))
        bounds = _wilson(active, len(members)) if row["period"] else (None, None)
        assert (row["retention_low"], row["retention_high"]) == pytest.approx(bounds)
        assert row["retention"] <= row["unbounded_retention"] <= 1

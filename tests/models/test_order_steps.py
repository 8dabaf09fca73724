"""Order steps against a walk through each customer's days."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter

import polars as pl
import pytest

from models import order_steps

FIRST = dt.date(2024, 1, 1)


def shop(seed: int) -> pl.DataFrame:
    at_random = random.Random(seed)
    rows = {
        (at_random.randint(1, 9), FIRST + dt.timedelta(days=at_random.randint(0, 400)), at_random.randint(1, 3))
        for _ in range(150)
    }
    schema = {"customer_no": pl.Int32, "ordered_on": pl.Date, "channel_no": pl.Int32}
    return pl.DataFrame(sorted(rows, key=lambda _: at_random.random()), schema=schema, orient="row")


def walked(days: pl.DataFrame, scope: str | None, longer_than: int | None) -> Counter[tuple[object, ...]]:
    """(scope, day, day before, is the last) of every step, customer by customer."""
    found: Counter[tuple[object, ...]] = Counter()
    ways: dict[tuple[int, int], set[dt.date]] = {}
    for row in days.iter_rows(named=True):
        ways.setdefault((0 if scope is None else row[scope], row["customer_no"]), set()).add(row["ordered_on"])
    for (value, _), dates in ways.items():
        before: list[dt.date | None] = [None, *sorted(dates)]
        steps = list(zip(sorted(dates), before, strict=False))
        if longer_than is not None:
            ended = [on for on, prior in steps if prior is not None and (on - prior).days > longer_than]
            steps = list(zip(ended, [None, *ended], strict=False))
        for place, (on, prior) in enumerate(steps, start=1):
            found[value, on, prior, longer_than is None and place == len(steps)] += 1
    return found


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("scope", [None, "channel_no"])
@pytest.mark.parametrize("longer_than", [None, 30])
def test_every_step_is_that_of_a_walk_through_the_customers_days(
    seed: int, scope: str | None, longer_than: int | None
) -> None:
    days = shop(seed)
    steps = order_steps.steps(days, scope)
    if longer_than is not None:
        steps = order_steps.returns(steps, longer_than)
    walk = walked(days, scope, longer_than)
    counted = {
        (row["scope_no"], row["ordered_on"], row["previous_on"]): (row["steps"], row["latest"])
        for row in order_steps.counted(steps).iter_rows(named=True)
    }
    expected: dict[tuple[object, ...], tuple[int, int]] = {}
    for (value, on, prior, is_last), times in walk.items():
        all_, last = expected.get((value, on, prior), (0, 0))
        expected[value, on, prior] = (all_ + times, last + times * is_last)
    assert counted == expected


def test_gaps_are_counted_over_days_that_differ() -> None:
    days = pl.DataFrame(
        {"customer_no": [1, 1, 1, 2], "ordered_on": [FIRST, FIRST, FIRST + dt.timedelta(days=5), FIRST]},
        schema={"customer_no": pl.Int32, "ordered_on": pl.Date},
    )
    counts = order_steps.counted(order_steps.steps(days, None))
    assert order_steps.gap_counts(counts).rows() == [(5, 1)]
    nobody = order_steps.counted(order_steps.steps(days.clear(), None))
    assert order_steps.gap_counts(nobody).is_empty()

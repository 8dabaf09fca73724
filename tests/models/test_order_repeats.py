"""What repeated orders add to the sums of squares, held to a count by hand, of small and of very large amounts."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict

import polars as pl
import pytest

from models.order_repeats import KEY, VALUES, repeats

FIRST = dt.date(2023, 12, 20)
SCHEMA = {
    "customer_no": pl.Int32, "ordered_on": pl.Date, "channel": pl.String, "region": pl.String, "cents": pl.Int64
}  # fmt: skip


def start_of(day: dt.date, grain: str) -> dt.date:
    match grain:
        case "week":
            return day - dt.timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return dt.date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        case "year":
            return dt.date(day.year, 1, 1)
    return day


@pytest.mark.parametrize("largest", [5_000, 3 * 10**17])
@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_a_count_by_hand_gives_across_weeks_that_two_years_share(seed: int, largest: int) -> None:
    at_random = random.Random(seed)
    orders = [
        (at_random.randint(1, 40), FIRST + dt.timedelta(days=at_random.randint(0, 130)), at_random.choice("ab"),
         at_random.choice("xy"), at_random.randint(-largest, largest))
        for _ in range(400)
    ]  # fmt: skip
    totals = defaultdict[tuple[str, dt.date, str, str, int], list[int]](list)
    for customer, day, channel, region, cents in orders:
        for grain in ("day", "week", "month", "quarter", "year"):
            scopes = (
                {"all": "all"} if grain in ("day", "week") else {"all": "all", "channel": channel, "region": region}
            )
            for scope, value in scopes.items():
                totals[grain, start_of(day, grain), scope, value, customer].append(cents)
    expected = defaultdict[tuple[str, dt.date, str, str], list[int]](lambda: [0, 0, 0])
    for (*key, _), values in totals.items():
        n, v, s = len(values), sum(values), sum(value * value for value in values)
        for place, more in enumerate((n * n - n, n * v - v, v * v - s)):
            expected[tuple(key)][place] += more  # pyright: ignore[reportArgumentType]
    found = repeats(pl.DataFrame(sorted(orders), schema=SCHEMA, orient="row"))
    told = {row[: len(KEY)]: [int(value) for value in row[len(KEY) :]] for row in found.select(*KEY, *VALUES).rows()}
    assert told == {key: values for key, values in expected.items() if values[0]}


def test_of_customers_who_order_once_nothing_is_said() -> None:
    once = [(number, FIRST, "a", "x", 100) for number in range(5)]
    assert repeats(pl.DataFrame(once, schema=SCHEMA, orient="row")).is_empty()
    assert repeats(pl.DataFrame(schema=SCHEMA)).is_empty()

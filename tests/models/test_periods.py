"""The business calendar against Python's own, at the edges of years and months."""

from __future__ import annotations

import calendar as python_calendar
import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import periods

DAYS = st.dates(dt.date(1970, 1, 1), dt.date(2099, 12, 31))


@settings(max_examples=100)
@given(DAYS)
def test_every_day_lies_in_the_periods_pythons_calendar_says(day: dt.date) -> None:
    spans = {grain: periods.period(day, grain) for grain in periods.PERIODIC}
    month_end = python_calendar.monthrange(day.year, day.month)[1]
    quarter_end = {1: (3, 31), 2: (6, 30), 3: (9, 30), 4: (12, 31)}[(day.month + 2) // 3]
    assert (spans["day"].start, spans["day"].end) == (day, day)
    assert spans["week"].start == dt.date.fromisocalendar(*day.isocalendar()[:2], 1)
    assert spans["week"].end == dt.date.fromisocalendar(*day.isocalendar()[:2], 7)
    assert (spans["month"].start, spans["month"].end) == (day.replace(day=1), day.replace(day=month_end))
    assert spans["quarter"].start == dt.date(day.year, 3 * ((day.month + 2) // 3) - 2, 1)
    assert spans["quarter"].end == dt.date(day.year, *quarter_end)
    assert (spans["year"].start, spans["year"].end) == (dt.date(day.year, 1, 1), dt.date(day.year, 12, 31))


@settings(max_examples=50)
@given(DAYS, st.sampled_from(periods.PERIODIC))
def test_periods_follow_each_other_without_gap_or_overlap(day: dt.date, grain: str) -> None:
    one = periods.period(day, grain)
    after = periods.following(one)
    assert after.start == one.end + dt.timedelta(days=1)
    assert periods.preceding(after) == one


def test_the_week_of_new_year_may_begin_in_the_year_before() -> None:
    # 1 January 2021 was a Friday of ISO week 2020-W53
    assert periods.period(dt.date(2021, 1, 1), "week").start == dt.date(2020, 12, 28)
    assert periods.period(dt.date(2018, 12, 31), "week").end == dt.date(2019, 1, 6)


def test_february_has_a_leap_day_when_the_year_has() -> None:
    assert periods.period(dt.date(2024, 2, 10), "month").end == dt.date(2024, 2, 29)
    assert periods.period(dt.date(2023, 2, 10), "month").end == dt.date(2023, 2, 28)
    assert periods.preceding(periods.period(dt.date(2024, 3, 31), "month")).end == dt.date(2024, 2, 29)


def test_total_has_no_neighbours_and_no_calendar_period() -> None:
    rows = pl.DataFrame({"grain": ["total", "month"], "start": [dt.date(2024, 1, 31), dt.date(2024, 1, 1)]})
    found = rows.select(
        end=periods.by_grain(pl.col("grain"), pl.col("start"), "end"),
        previous=periods.by_grain(pl.col("grain"), pl.col("start"), "previous"),
    )
    assert found.rows() == [(None, None), (dt.date(2024, 1, 31), dt.date(2023, 12, 1))]
    with pytest.raises(ValueError, match="'total' has no calendar periods"):
        periods.period(dt.date(2024, 1, 1), "total")


def test_the_calendar_lists_each_day_once_per_grain() -> None:
    first, last = dt.date(2023, 12, 28), dt.date(2024, 3, 2)
    listed = periods.calendar(first, last)
    assert listed.height == 66 * 5
    assert listed.select("day", "grain").is_duplicated().sum() == 0
    week = listed.filter(pl.col("grain") == "week", pl.col("day") == dt.date(2024, 1, 1)).row(0, named=True)
    assert week["period_start"] == dt.date(2024, 1, 1)
    assert week["previous_start"] == dt.date(2023, 12, 25)
    assert (listed["period_start"] <= listed["day"]).all()
    assert (listed["day"] <= listed["period_end"]).all()
    with pytest.raises(ValueError, match="before it starts"):
        periods.calendar(last, first)


@pytest.mark.parametrize(
    ("as_of", "newest_event", "expected"),
    [
        (dt.date(2024, 1, 31), dt.date(2024, 1, 31), True),
        (dt.date(2024, 1, 31), dt.date(2024, 1, 28), True),  # three days of silence still count as delivered
        (dt.date(2024, 1, 31), dt.date(2024, 1, 27), False),
        (dt.date(2024, 1, 30), dt.date(2024, 1, 31), False),  # not over
        (dt.date(2024, 2, 10), None, False),  # nothing was loaded
    ],
)
def test_a_month_is_complete_when_it_is_over_and_delivered(
    as_of: dt.date, newest_event: dt.date | None, expected: bool
) -> None:
    delivered_until = newest_event and newest_event + dt.timedelta(days=3)
    complete = periods.is_complete(pl.lit(dt.date(2024, 1, 31)), pl.lit(delivered_until, dtype=pl.Date), as_of)
    assert pl.select(complete).item() is expected

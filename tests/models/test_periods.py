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


def span(day: dt.date, grain: str) -> tuple[dt.date, dt.date]:
    """First and last day of the period that the day lies in."""
    start = periods.start_of(pl.lit(day), grain)
    return pl.select(start=start, end=periods.end_of(start, grain)).row(0)


@settings(max_examples=100)
@given(DAYS)
def test_every_day_lies_in_the_periods_pythons_calendar_says(day: dt.date) -> None:
    spans = {grain: span(day, grain) for grain in periods.PERIODIC}
    month_end = python_calendar.monthrange(day.year, day.month)[1]
    quarter_end = {1: (3, 31), 2: (6, 30), 3: (9, 30), 4: (12, 31)}[(day.month + 2) // 3]
    assert spans["day"] == (day, day)
    assert spans["week"] == tuple(dt.date.fromisocalendar(*day.isocalendar()[:2], weekday) for weekday in (1, 7))
    assert spans["month"] == (day.replace(day=1), day.replace(day=month_end))
    assert spans["quarter"] == (dt.date(day.year, quarter_end[0] - 2, 1), dt.date(day.year, *quarter_end))
    assert spans["year"] == (dt.date(day.year, 1, 1), dt.date(day.year, 12, 31))


@settings(max_examples=50)
@given(DAYS, st.sampled_from(periods.PERIODIC))
def test_periods_follow_each_other_without_gap_or_overlap(day: dt.date, grain: str) -> None:
    start, end = span(day, grain)
    after, before = (
        pl.select(step(pl.lit(start), grain)).item() for step in (periods.next_start, periods.previous_start)
    )
    assert after == end + dt.timedelta(days=1)
    assert span(before, grain) == (before, start - dt.timedelta(days=1))


def test_the_week_of_new_year_may_begin_in_the_year_before() -> None:
    # 1 January 2021 was a Friday of ISO week 2020-W53
    assert span(dt.date(2021, 1, 1), "week")[0] == dt.date(2020, 12, 28)
    assert span(dt.date(2018, 12, 31), "week")[1] == dt.date(2019, 1, 6)


def test_february_has_a_leap_day_when_the_year_has() -> None:
    assert span(dt.date(2024, 2, 10), "month")[1] == dt.date(2024, 2, 29)
    assert span(dt.date(2023, 2, 10), "month")[1] == dt.date(2023, 2, 28)


def test_total_has_no_neighbours_and_no_calendar_period() -> None:
    rows = pl.DataFrame({"grain": ["total", "month"], "start": [dt.date(2024, 1, 31), dt.date(2024, 1, 1)]})
    found = rows.select(
        end=periods.by_grain(pl.col("grain"), pl.col("start"), periods.end_of),
        previous=periods.by_grain(pl.col("grain"), pl.col("start"), periods.previous_start),
    )
    assert found.rows() == [(None, None), (dt.date(2024, 1, 31), dt.date(2023, 12, 1))]
    with pytest.raises(ValueError, match="'total' has no calendar periods"):
        periods.start_of(pl.lit(dt.date(2024, 1, 1)), "total")


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

"""Months, quarters and years as the page needs them: their ends, their order and the months between two of them."""

from __future__ import annotations

import datetime as dt

from models.customer_periods import MONTHS


def month_number(date: dt.date) -> int:
    """Months since the year 0: neighbouring months differ by one."""
    return date.year * 12 + date.month - 1


def month_start(number: int) -> dt.date:
    """First day of the month of that number."""
    return dt.date(number // 12, number % 12 + 1, 1)


def last_day(start: dt.date, grain: str) -> dt.date | None:
    """Last day of the period; None for ``total``, which ends with the night.

    >>> last_day(dt.date(2011, 10, 1), "quarter")
    datetime.date(2011, 12, 31)
    """
    if grain == "day":
        return start
    if grain == "week":
        return start + dt.timedelta(days=6)
    if grain in MONTHS:
        return month_start(month_number(start) + MONTHS[grain]) - dt.timedelta(days=1)
    return None


def is_over(start: dt.date | None, grain: str, as_of: dt.date) -> bool:
    """Whether the period ended on or before the night."""
    end = None if start is None else last_day(start, grain)
    return end is None or end <= as_of

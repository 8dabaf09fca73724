"""The business calendar of the night, and how far the order log reaches.

One place says which week, month, quarter and year a day belongs to.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from assets.night import Night, table
from assets.tables import CALENDAR, ORDER_FLOWS, SURVEY_RESPONSES
from models import periods


@table(CALENDAR, reads=(ORDER_FLOWS, SURVEY_RESPONSES), kinds=("polars",))
def calendar(night: Night) -> pl.DataFrame:
    """The periods of every day up to ``as_of``; one row per day and grain.

    It begins with the month of the first order line or survey answer, so that the first day of every month is in it.
    """
    first_day = night.warehouse.scalar(
        "select min(day) from (select min(day) as day from order_flows"
        " union all select min(responded_on) as day from survey_responses) as firsts"
    )
    return periods.calendar((first_day or night.as_of).replace(day=1), night.as_of)


@dataclass(frozen=True)
class OrderLog:
    """How far the loaded transactions reach.

    Attributes:
        starts_on: first day of the log; None where no transaction was loaded.
        delivered_until: newest loaded event plus its source's cadence; None where no transaction was loaded. Of
            several sources the one that reaches furthest counts: an older one may have been closed for good, and a
            live one that is late is the freshness check's to name.
        tolerance_days: longest cadence of the sources: how late after a period's start the log may begin and still
            cover it.
    """

    starts_on: dt.date | None
    delivered_until: dt.date | None
    tolerance_days: int


def order_log(night: Night) -> OrderLog:
    """The reach of tonight's transactions, from ``event_freshness``."""
    rows = night.warehouse.rows(
        "select first_event_on, last_event_on, cadence_days from event_freshness"
        " where kind = 'transactions' and last_event_on is not null"
    )
    if not rows:
        return OrderLog(None, None, 0)
    return OrderLog(
        starts_on=min(first for first, _, _ in rows),
        delivered_until=max(last + dt.timedelta(days=cadence) for _, last, cadence in rows),
        tolerance_days=max(cadence for _, _, cadence in rows),
    )

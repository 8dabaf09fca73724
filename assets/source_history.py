"""What came from each source, day by day, and how tonight compares with what its own history leads one to expect."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass

from assets.expectations.judgements import ENOUGH
from assets.night import Night, table
from assets.statements import Query
from assets.tables import (
    FILE_REGISTER,
    ORDER_FLOWS,
    ORDER_LINES,
    ORDERS,
    ROW_OUTCOMES,
    SOURCE_HISTORY,
    SOURCE_TRENDS,
    SOURCE_VALUES,
    SURVEY_RESPONSES,
)
from assets.warehouse import Warehouse

_IN_FORCE = """
    from {landed} as landed
    join file_register as register on register.content_no = landed.content_no and register.status = 'loaded'
    where landed.reasons is null and cast({moment} as date) <= register.loaded_on"""


@dataclass(frozen=True)
class LateDelivery:
    """A source of which nothing new has landed for longer than its cadence.

    Attributes:
        source: its name.
        last_landed_on: business day on which its newest file came.
        days_ago: days from then to ``known_at``.
        cadence_days: longest silence that still counts as delivered.
    """

    source: str
    last_landed_on: dt.date
    days_ago: int
    cadence_days: int

    def __str__(self) -> str:
        return (
            f"{self.source}: nothing new has landed since {self.last_landed_on}, {self.days_ago:,} days ago "
            f"(cadence_days: {self.cadence_days})"
        )


@table(SOURCE_HISTORY, reads=(FILE_REGISTER, ROW_OUTCOMES, ORDER_FLOWS, ORDERS, SURVEY_RESPONSES))
def source_history(night: Night) -> Query:
    """Rows, orders and money of every source and day."""
    return night.query("landing/source_history.sql")


@table(SOURCE_TRENDS, reads=(SOURCE_HISTORY, FILE_REGISTER))
def source_trends(night: Night) -> Query:
    """Tonight's volume and shares of every source beside the range of the weeks before, and how long it is silent."""
    history, deliveries = night.query("landing/source_trends.sql", enough=ENOUGH), _deliveries(night)
    return Query(
        f"select * from ({history.sql}) union all select * from ({deliveries.sql})",
        {**history.parameters, **deliveries.parameters},
    )


@table(SOURCE_VALUES, reads=(FILE_REGISTER, ORDER_LINES, ORDER_FLOWS, SURVEY_RESPONSES))
def source_values(night: Night) -> Query:
    """How often each channel, region, category, status, currency and question has come lately."""
    recent_from = night.warehouse.scalar(
        """select min(last_on - cast(5 * greatest(configured.cadence_days, 28) as integer))
        from configured_sources as configured
        join (
            select source, max(day) as last_on from order_flows group by source
            union all
            select source, max(responded_on) from survey_responses group by source
        ) as reached on reached.source = configured.source"""
    )
    return night.query("landing/source_values.sql", recent_from=recent_from)


def late_deliveries(night: Night) -> tuple[LateDelivery, ...]:
    """Every source whose silence exceeds its cadence at the night's ``known_at``; needs the night's file register."""
    late = night.warehouse.frame(_deliveries(night)).sort("source").iter_rows(named=True)
    return tuple(
        LateDelivery(row["source"], row["judged_on"], int(row["value"]), int(row["high"]))
        for row in late
        if row["value"] > row["high"]
    )


def _deliveries(night: Night) -> Query:
    zone = zoneinfo.ZoneInfo(night.configuration.business.timezone)
    known_on = night.known_at.replace(tzinfo=dt.UTC).astimezone(zone).date()
    newest_event_on = newest_order_on(night.warehouse) or newest_answer_on(night.warehouse)
    return night.query("landing/deliveries.sql", known_on=known_on, newest_event_on=newest_event_on)


def newest_order_on(warehouse: Warehouse) -> dt.date | None:
    """Day of the newest sold line in force; needs the night's file register.

    A row dated after its load day is a slip of the pen or of a clock, and says nothing about what has landed.
    """
    in_force = _IN_FORCE.format(landed="landed_transactions", moment="landed.ordered_at")
    return warehouse.scalar(f"select cast(max(landed.ordered_at) as date) {in_force} and landed.kind = 'sold'")


def newest_answer_on(warehouse: Warehouse) -> dt.date | None:
    """Day of the newest response in force; see :func:`newest_order_on`."""
    in_force = _IN_FORCE.format(landed="landed_surveys", moment="landed.responded_at")
    return warehouse.scalar(f"select cast(max(landed.responded_at) as date) {in_force}")

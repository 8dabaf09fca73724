"""The night's page: finished tables handed to ``reports``, the page put where people find it."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from pathlib import Path

import polars as pl

from assets.durable_files import write_whole
from assets.night import Night
from assets.night_ledger import checks_of
from assets.release import tonight_id
from assets.release_store import ReleaseStore
from assets.warehouse import Query
from reports.page import render
from reports.report_data import ReportData

PAGE_TABLES = (
    "kpi_scorecard", "customer_summary", "rfm_segments", "lifecycle_stages", "value_tiers", "churn_scores",
    "model_evaluation", "churn_calibration", "nps", "csat", "retention_cohorts", "segment_moves", "row_accounting",
)  # fmt: skip

_QUARANTINE_REASONS = """
select source, reason, count(*) as rows
from (select source, unnest(reasons) as reason from quarantine)
group by source, reason order by rows desc, source, reason
"""


def staged_page(night: Night) -> Path:
    """Where tonight's page waits for the release."""
    return night.home / "reports" / f"_{night.as_of.isoformat()}.html"


def freshness_note(night: Night) -> str | None:
    """What to say where the newest event is older than the source's cadence allows; None where all is fresh."""
    late = night.warehouse.rows(
        """select source, last_event_on, date_diff('day', last_event_on, cast($as_of as date)) as days
        from event_freshness
        where last_event_on is not null and date_diff('day', last_event_on, cast($as_of as date)) > cadence_days
        order by source""",
        {"as_of": night.as_of},
    )
    if not late:
        return None
    return "; ".join(f"{source}: the newest event is of {last}, {days} days before as_of" for source, last, days in late)


def report_data(night: Night) -> ReportData:
    """Everything the page shows, read from tonight's tables."""
    frames = {name: night.warehouse.frame(Query(f"select * from {name}", {})) for name in PAGE_TABLES}
    predecessor = ReleaseStore(night.home / "published").predecessor(night.as_of)
    configuration = night.configuration
    ahead = frames["row_accounting"].select(pl.col("dated_ahead").sum()).item() or 0
    unreadable = frames["row_accounting"].filter(pl.col("status") == "unreadable").height
    notes = []
    if ahead:
        notes.append(f"{ahead} rows are dated after the day they were loaded; they wait for their date.")
    if unreadable:
        notes.append(f"{unreadable} landed files could not be read and were set aside; see row accounting.")
    return ReportData(
        business_name=configuration.business.name,
        currency=configuration.business.currency,
        as_of=night.as_of,
        known_at=night.known_at,
        release_id=tonight_id(night),
        window_days=configuration.measures.window_days,
        horizon_days=configuration.measures.horizon_days,
        **frames,
        quarantine_reasons=night.warehouse.frame(Query(_QUARANTINE_REASONS, {})),
        checks=checks_of(night.warehouse, night.as_of),
        previous_as_of=predecessor.as_of if predecessor else None,
        freshness_note=freshness_note(night),
        churn_choice_reason=night.warehouse.scalar("select min(reason) from churn_choice"),
        notes=tuple(notes),
        language=configuration.report.language,
    )


def write_page(night: Night) -> Path:
    """Render the page and stage it beside the published ones."""
    page = staged_page(night)
    page.parent.mkdir(parents=True, exist_ok=True)
    write_whole(page, render(report_data(night)).encode())
    return page


def publish_page(night: Night, *, is_latest: bool) -> Path:
    """Put the staged page in its place; ``latest.html`` follows the latest release."""
    page = staged_page(night)
    content = page.read_bytes()
    target = page.with_name(f"{night.as_of.isoformat()}.html")
    write_whole(target, content)
    if is_latest:
        write_whole(page.with_name("latest.html"), content)
    page.unlink()
    return target


def business_today(timezone: str, now: dt.datetime) -> dt.date:
    """The business date at a UTC moment."""
    return now.astimezone(zoneinfo.ZoneInfo(timezone)).date()

"""The night's page: finished tables handed to ``reports``, the page put where people find it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import polars as pl

from assets.configuration.settings import Configuration, scales_of
from assets.durable_files import move_into_place, write_whole
from assets.night import Night
from assets.night_ledger import StaleTableError, checks_of, expect_computed, expect_no_block
from assets.release import tonight_id
from assets.releases.manifest import Release
from assets.tables import TABLES
from models.value.metrics import METRICS
from reports.language import Language
from reports.page import render
from reports.reason_of_choice import reason_of
from reports.report_data import ChurnWork, Identity, Outlook, Planned, ReportData, SurveyWork

_SHOWN = (
    "kpi_scorecard", "rfm_segments", "rfm_cuts", "lifecycle_stages", "value_tiers", "churn_scores",
    "model_evaluation", "churn_calibration", "nps", "csat", "retention_cohorts", "segment_moves", "restatements",
    "row_accounting", "segment_overlap",
)  # fmt: skip

_OF_OUTLOOK = ("customer_value", "value_by_tier", "value_evaluation", "value_calibration", "value_tracking")
_OF_CHURN_WORK = (
    "value_at_risk", "action_list", "action_effects", "churn_rules", "churn_importance", "churn_drift",
    "prediction_scorecard", "churn_models", "churn_windows",
)  # fmt: skip
_OF_SURVEY_WORK = ("satisfaction_drivers", "value_by_attitude")

PAGE_TABLES = (*_SHOWN, *_OF_OUTLOOK, *_OF_CHURN_WORK, *_OF_SURVEY_WORK)

_ADDED_UP = {
    "rfm_segments": "r, f, m, segment, monetary",
    "lifecycle_stages": "stage, gap_days, orders",
    "value_tiers": "tier, value, basis",
    "churn_scores": "churn_risk, risk_band, model",
    "customer_value": "expected_orders, clv, model",
    "action_list": "action, is_within_capacity, is_control, churn_risk, value_at_stake, value_at_risk, "
    "expected_saved_value",
}
"""Of the tables with a row per customer, what the page adds up: their ids never leave the warehouse."""

JUDGED_TABLES = ("source_trends", "source_values")
"""Of these the page says only what their checks found."""

COUNTED_TABLES = ("customer_moves", "survey_scores")
"""Of these only counts reach the page."""

_QUARANTINE_REASONS = """
select source, reason, count(*) as rows
from (select source, unnest(reasons) as reason from quarantine)
group by source, reason order by rows desc, source, reason
"""

_BAND_VALUES = """
select risk_band, sum(monetary) as value
from churn_scores join rfm_segments using (customer_id)
group by risk_band order by risk_band
"""

_MOVE_CAUSES = """
select kind, cause, count(*) as customers
from customer_moves
group by kind, cause order by kind, cause
"""

_SCORES = """
select question, grain, period_start, score, responses, satisfied
from survey_scores
where scope = 'all' and grain in ('month', 'quarter', 'year')
order by all
"""


def staged_page(night: Night) -> Path:
    """Where tonight's page waits for the release."""
    return night.home / "reports" / f"_{night.as_of.isoformat()}.html"


def freshness_note(night: Night, words: Language) -> str | None:
    """What to say where the newest event is older than the source's cadence allows; None where all is fresh."""
    late = night.warehouse.rows(
        """select source, last_event_on, date_diff('day', last_event_on, cast($as_of as date)) as days
        from event_freshness
        where kind <> 'customers' and date_diff('day', last_event_on, cast($as_of as date)) > cadence_days
        order by source""",
        {"as_of": night.as_of},
    )
    told = [
        words.say("notice.old_events", source=source, day=words.day(last), days=words.counted(days, "day"))
        for source, last, days in late
    ]
    return words.say("join.clauses").join(told) or None


def notes(night: Night, words: Language) -> tuple[str, ...]:
    """What the reader should know before the figures: sources that fell silent, rows that wait, files set aside."""
    silent = night.warehouse.rows(
        """select source, judged_on, cast(value as integer), cast(high as integer)
        from source_trends where figure = 'days_without_delivery' and value > high order by source"""
    )
    [(ahead, unreadable)] = night.warehouse.rows(
        """select coalesce(sum(dated_ahead), 0), count(distinct (source, file)) filter (where status = 'unreadable')
        from row_accounting"""
    )
    told = [
        words.say(
            "notice.no_delivery",
            source=source,
            day=words.day(last),
            days=words.counted(days, "day"),
            cadence=words.counted(cadence, "day"),
        )
        for source, last, days, cadence in silent
    ]
    if ahead:
        told.append(words.say("notice.dated_ahead", rows=words.counted(ahead, "row")))
    if unreadable:
        told.append(words.say("notice.unreadable", files=words.counted(unreadable, "file")))
    return tuple(told)


def why_chosen(night: Night, table: str, words: Language) -> str:
    """Why the model of a table of one row was chosen, in the page's language."""
    [(because,)] = night.warehouse.rows(f"select because from {table}")
    return reason_of(json.loads(because), words)


def report_data(night: Night) -> ReportData:
    """Everything the page shows, read from tonight's tables."""
    read = {name: f"select {_ADDED_UP.get(name, '*')} from {name}" for name in PAGE_TABLES}
    tables = {name: night.warehouse.frame(rows) for name, rows in read.items()}
    frames = {name: tables[name] for name in _SHOWN}
    # the published table holds the value models too; each section has its own
    frames["model_evaluation"] = frames["model_evaluation"].filter(pl.col("metric").is_in(METRICS).not_())
    predecessor = night.predecessor()
    configuration = night.configuration
    words = Language(configuration.report.language, configuration.business.currency)
    return ReportData(
        business_name=configuration.business.name,
        currency=configuration.business.currency,
        as_of=night.as_of,
        known_at=night.known_at,
        release_id=tonight_id(night),
        window_days=configuration.measures.window_days,
        horizon_days=configuration.measures.horizon_days,
        **frames,
        band_values=night.warehouse.frame(_BAND_VALUES),
        move_causes=night.warehouse.frame(_MOVE_CAUSES),
        quarantine_reasons=night.warehouse.frame(_QUARANTINE_REASONS),
        checks=checks_of(night.warehouse, night.as_of),
        previous_as_of=predecessor.as_of if predecessor else None,
        freshness_note=freshness_note(night, words),
        churn_choice_reason=why_chosen(night, "churn_choice", words),
        notes=notes(night, words),
        language=configuration.report.language,
        identity=identity_of(night),
        churn_work=ChurnWork(
            **{name: tables[name] for name in _OF_CHURN_WORK},
            playbook=tuple(
                Planned(one.action, one.when.kind, one.when.enters, one.suggestion, one.suggestion_zh or one.suggestion)
                for one in configuration.playbook
            ),
        ),
        survey_work=SurveyWork(
            scores=night.warehouse.frame(_SCORES),
            scales=scales_of(configuration.sources),
            **{name: tables[name] for name in _OF_SURVEY_WORK},
        ),
        outlook=Outlook(
            **{name: tables[name] for name in _OF_OUTLOOK},
            reason=why_chosen(night, "value_choice", words),
        ),
    )


def identity_of(night: Night) -> Identity | None:
    """What identity resolution came to; None where none is configured."""
    if night.configuration.identity is None:
        return None
    figures = night.frame("identity_figures.sql").row(0, named=True)
    told = ("accounts", "customers", "attached", "suspect_clusters", "suspect_accounts")
    return Identity(**{name: figures[name] for name in told}, usage=night.frame("identifier_usage.sql"))


def page_of(home: Path, as_of: dt.date) -> Path:
    """Where the page of a date is."""
    return home / "reports" / f"{as_of.isoformat()}.html"


def write_page(night: Night) -> Path:
    """Render the page and stage it beside the published ones.

    Raises:
        StaleTableError: a table it shows was not computed tonight.
    """
    expect_computed(night, [TABLES[name] for name in (*PAGE_TABLES, *JUDGED_TABLES, *COUNTED_TABLES)])
    page = staged_page(night)
    page.parent.mkdir(parents=True, exist_ok=True)
    text = render(report_data(night)).rstrip()
    write_whole(page, f"{text}\n{_of_tonight(night)}\n".encode())
    return page


def expect_page(night: Night) -> None:
    """Refuse to publish tonight's tables where no page shows them: waiting, or in its place from an earlier run.

    Raises:
        BlockedError: they are not to be published at all.
        StaleTableError: there is none, or it shows other tables.
    """
    expect_no_block(night)
    if _of_tonight(night) not in map(_last_line, (staged_page(night), page_of(night.home, night.as_of))):
        raise StaleTableError(
            f"no page shows the tables of {night.as_of} as they are now: materialise `report` with `release`, or run "
            "the whole night"
        )


def publish_page(night: Night, *, is_latest: bool) -> Path:
    """Put the staged page in its place, unless tonight's is there already; ``latest.html`` follows the latest release.

    That there is one, :func:`expect_page` has said.
    """
    staged, page = staged_page(night), page_of(night.home, night.as_of)
    if _last_line(staged) == _of_tonight(night):
        move_into_place(staged, page)
    if is_latest:
        make_latest(night.home, night.as_of)
    return page


def make_latest(home: Path, as_of: dt.date) -> None:
    """Let ``latest.html`` be the page of that date."""
    content = page_of(home, as_of).read_bytes()
    latest = home / "reports" / "latest.html"
    if not latest.is_file() or latest.read_bytes() != content:
        write_whole(latest, content)


def shows(home: Path, release: Release, configuration: Configuration) -> bool:
    """Whether the release's date has a page, and the page is of this release, in this language and under this name.

    Several releases of one date share one page, and what only the page says makes no other release.
    """
    return _last_line(page_of(home, release.as_of)) == _signature(release.id, configuration)


def is_page_of(home: Path, release: Release) -> bool:
    """Whether the page of the release's date is of this release, in whatever language."""
    return _last_line(page_of(home, release.as_of)).startswith(f"<!-- release {release.id},")


def _of_tonight(night: Night) -> str:
    return _signature(tonight_id(night), night.configuration)


def _signature(release: str, configuration: Configuration) -> str:
    said = json.dumps([configuration.business.name, configuration.report.model_dump(mode="json")])
    return f"<!-- release {release}, settings {hashlib.sha256(said.encode()).hexdigest()[:16]} -->"


def _last_line(page: Path) -> str:
    return page.read_text(encoding="utf-8").rstrip().rpartition("\n")[2] if page.is_file() else ""

"""What the report is made from: finished tables and a few facts about the night, nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

LanguageCode = Literal["en", "zh"]


@dataclass(frozen=True)
class Identity:
    """What identity resolution came to.

    Attributes:
        accounts: customer ids that the sources name.
        customers: what they come to.
        attached: accounts that share their customer with another.
        suspect_clusters: clusters too large to be believed.
        suspect_accounts: accounts in them.
        usage: one row per kind of identifier and fate: ``kind, fate, identifiers, accounts``.
    """

    accounts: int
    customers: int
    attached: int
    suspect_clusters: int
    suspect_accounts: int
    usage: pl.DataFrame


@dataclass(frozen=True)
class Outlook:
    """What customers are expected to be worth, and how far that can be trusted: frames named as their tables.

    Attributes:
        customer_value: one row per customer who ever ordered: ``expected_orders, clv, model``.
        value_evaluation: one row per value model x origin x metric.
        value_calibration: one row per decile of the published model: ``decile, n, predicted, actual, is_published``.
        value_tracking: one row per week: ``day, actual, expected, origin``.
        value_by_tier: one row per tier and one of all: ``tier, customers, expected_value, value_low, value_high``.
        reason: why the published model was chosen, in a sentence.
    """

    customer_value: pl.DataFrame
    value_evaluation: pl.DataFrame
    value_calibration: pl.DataFrame
    value_tracking: pl.DataFrame
    value_by_tier: pl.DataFrame
    reason: str


@dataclass(frozen=True)
class Planned:
    """One action of the playbook: its id, what customers enter, and what to do in both languages."""

    action: str
    kind: str
    segment: str
    suggestion: str
    suggestion_zh: str


@dataclass(frozen=True)
class ChurnWork:
    """What stands behind churn risk: frames named as their tables.

    Attributes:
        value_at_risk: one row per scope value.
        action_list: one row per customer and action: ``action, is_within_capacity, is_control, churn_risk,
            value_at_stake, value_at_risk, expected_saved_value``; only its groups reach the page.
        action_effects: one row per action, share held out and outcome.
        churn_rules: one row per rule.
        churn_importance: one row per theme and feature.
        churn_drift: one row per input and outcome.
        prediction_scorecard: one row per release that came due and decile.
        churn_models: the one row of the published model.
        churn_windows: one row per setting.
        playbook: the actions besides the call, as the configuration has them.
    """

    value_at_risk: pl.DataFrame
    action_list: pl.DataFrame
    action_effects: pl.DataFrame
    churn_rules: pl.DataFrame
    churn_importance: pl.DataFrame
    churn_drift: pl.DataFrame
    prediction_scorecard: pl.DataFrame
    churn_models: pl.DataFrame
    churn_windows: pl.DataFrame
    playbook: tuple[Planned, ...] = ()


@dataclass(frozen=True)
class SurveyWork:
    """What stands behind satisfaction, of the whole shop.

    Attributes:
        scores: of ``survey_scores``: ``question, grain, period_start, score, responses, satisfied``.
        satisfaction_drivers: one row per overall question and driver.
        value_by_attitude: one row per question and attitude.
        scales: lowest and highest answer of each question.
    """

    scores: pl.DataFrame
    satisfaction_drivers: pl.DataFrame
    value_by_attitude: pl.DataFrame
    scales: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class ReportData:
    """Finished numbers of one night.

    Frames have columns of the published tables of the same name; any of them may be empty, and money columns may be
    NULL throughout. Those of one row per customer have only the columns named here, no id among them, and are added up
    before anything is drawn: no row of one customer reaches the page.

    Attributes:
        business_name: name of the business, printed as it is.
        currency: ISO 4217 code of the base currency.
        as_of: business date of the night.
        known_at: UTC moment up to which landed files count.
        release_id: id of the release the page belongs to.
        window_days: look-back window W in days.
        horizon_days: prediction horizon H in days.
        kpi_scorecard: one row per kpi x question x scope x period.
        rfm_segments: one row per customer who ever ordered: ``r, f, m, segment, monetary``.
        rfm_cuts: where the scores change, one row per measure x cut.
        lifecycle_stages: one row per known customer: ``stage, gap_days, orders``.
        value_tiers: one row per customer who ever ordered: ``tier, value, basis``.
        churn_scores: one row per customer with a valid order in W: ``churn_risk, risk_band, model``.
        band_values: net value in W of the customers scored: ``risk_band, value``; NULL where no source has money.
        model_evaluation: one row per churn model x origin x metric.
        churn_calibration: one row per churn model x bin of predicted risk; the published model's are drawn.
        nps: one row per question x period x scope.
        csat: one row per question x period x scope.
        retention_cohorts: one row per cohort month x period.
        segment_moves: one row per kind x from x to.
        move_causes: customers who moved per ``kind, cause``: ``kind, cause, customers``.
        restatements: one row per subject x month x cause.
        row_accounting: one row per landed file and content.
        quarantine_reasons: rows set aside per ``source, reason``: ``source, reason, rows``.
        checks: one row per check: ``table, check, severity, passed, description, observed, sample``.
        previous_as_of: date of the predecessor release; None on a first night.
        freshness_note: a warning about the age of the data, in words; None where there is nothing to warn of.
        notes: further sentences the reader should see first.
        churn_choice_reason: why the churn model was chosen, in a sentence; None where nobody said.
        language: language of the page.
        identity: what identity resolution came to; None where none is configured.
        outlook: what customers are expected to be worth; None leaves the section out.
        churn_work: what stands behind churn risk; None leaves its figures out.
        survey_work: what stands behind satisfaction; None leaves its figures out.
        segment_overlap: one row per segment x other segment; None leaves the traits out.
    """

    business_name: str
    currency: str
    as_of: dt.date
    known_at: dt.datetime
    release_id: str
    window_days: int
    horizon_days: int
    kpi_scorecard: pl.DataFrame
    rfm_segments: pl.DataFrame
    rfm_cuts: pl.DataFrame
    lifecycle_stages: pl.DataFrame
    value_tiers: pl.DataFrame
    churn_scores: pl.DataFrame
    band_values: pl.DataFrame
    model_evaluation: pl.DataFrame
    churn_calibration: pl.DataFrame
    nps: pl.DataFrame
    csat: pl.DataFrame
    retention_cohorts: pl.DataFrame
    segment_moves: pl.DataFrame
    move_causes: pl.DataFrame
    restatements: pl.DataFrame
    row_accounting: pl.DataFrame
    quarantine_reasons: pl.DataFrame
    checks: pl.DataFrame
    previous_as_of: dt.date | None = None
    freshness_note: str | None = None
    notes: tuple[str, ...] = ()
    churn_choice_reason: str | None = None
    language: LanguageCode = "en"
    identity: Identity | None = None
    outlook: Outlook | None = None
    churn_work: ChurnWork | None = None
    survey_work: SurveyWork | None = None
    segment_overlap: pl.DataFrame | None = None

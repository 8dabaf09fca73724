"""Satisfaction tables: net promoter score, top-box satisfaction and the scores behind both, per question and period.

A period is complete when it ended on or before ``as_of`` and the question's newest source is no more than its cadence
short of the period's end; the grain ``total`` ends at ``as_of``. A complete period is compared with the one before it
that has answers in the same scope, however far back: a survey that goes out twice a year is not compared with silence.
"""

from __future__ import annotations

import polars as pl

from assets.amended import answer_cells
from assets.input_key import configuration_hash
from assets.night import Night, table
from assets.rfm_cuts import measure_customers
from assets.statements import Query, literal
from assets.tables import (
    CALENDAR,
    CHURN_SCORES,
    CSAT,
    CUSTOMER_DAYS,
    EVENT_FRESHNESS,
    NPS,
    ORDERS,
    SURVEY_RESPONSES,
    SURVEY_SCOPES,
    SURVEY_SCORES,
    VALUE_BY_ATTITUDE,
)
from models import net_promoter, periods, proportions, wave_changes

_SCORES, _COUNTS = "score_counts", "survey_counts"
_KEY = ("question", "grain", "period_start", "scope", "scope_value")
_BEFORE = "_before"
_GROUPS_FROM = {"promoters_from": net_promoter.PROMOTERS_FROM, "passives_from": net_promoter.PASSIVES_FROM}
_SURVEYS = (SURVEY_RESPONSES, SURVEY_SCOPES, EVENT_FRESHNESS, CALENDAR)


@table(NPS, reads=_SURVEYS, kinds=("duckdb", "polars"))
def nps(night: Night) -> pl.DataFrame:
    """Net promoter score in points with its adjusted Wald interval; one row per question, period and scope."""
    counts = survey_counts(night, "nps")
    groups = (pl.col("promoters"), pl.col("passives"), pl.col("detractors"))
    low, high = net_promoter.adjusted_wald_bounds(*groups)
    now, before = (
        wave_changes.Counts(*(pl.col(name + wave) for name in ("promoters", "passives", "detractors")))
        for wave in ("", _BEFORE)
    )
    rows = beside_previous_wave(counts, wave_changes.of_scores(now, before))
    return rows.with_columns(nps=net_promoter.score(*groups), low=low, high=high)


@table(CSAT, reads=_SURVEYS, kinds=("duckdb", "polars"))
def csat(night: Night) -> pl.DataFrame:
    """Top-box share with its Wilson interval beside the mean; one row per question, period and scope."""
    counts = survey_counts(night, "csat")
    satisfied, n = pl.col("satisfied"), pl.col("n")
    low, high = proportions.wilson_bounds(satisfied, n)
    mean = pl.col("score_sum").cast(pl.Float64) / n.cast(pl.Float64)
    before = (pl.col(f"satisfied{_BEFORE}"), pl.col(f"n{_BEFORE}"))
    rows = beside_previous_wave(counts, wave_changes.of_shares(satisfied, n, *before))
    return rows.with_columns(csat=proportions.share(satisfied, n), low=low, high=high, mean=mean)


@table(SURVEY_SCORES, reads=_SURVEYS, kinds=("duckdb", "polars"))
def survey_scores(night: Night) -> pl.DataFrame:
    """Answers per score; one row per question, period of a week or longer, scope and score that was given."""
    _count_once(night)
    scores = _dated(night, f"select * from {_SCORES} where grain <> 'day'")
    cell = pl.col("n").sum().over(_KEY)
    has_box = pl.col("kind") == "csat"
    return scores.with_columns(
        responses=pl.col("n"), share=proportions.share(pl.col("n"), cell), satisfied=pl.when(has_box).then("satisfied")
    )


@table(VALUE_BY_ATTITUDE, reads=(SURVEY_RESPONSES, CHURN_SCORES, ORDERS, CUSTOMER_DAYS))
def value_by_attitude(night: Night) -> Query:
    """What promoters, passives, detractors and those without an answer spend; one row per question and attitude."""
    measure_customers(night)
    return night.query("value_by_attitude.sql", **_GROUPS_FROM)


def beside_previous_wave(counts: pl.DataFrame, change: wave_changes.ChangeColumns) -> pl.DataFrame:
    """The counts with ``previous_period_start`` and the change since then; NULL where there is nothing to compare.

    Args:
        counts: as of :func:`survey_counts`; periods before a complete one are complete.
        change: what to compute from columns of the counts and, with ``_before``, those of the wave before.
    """
    scope = ("question", "grain", "scope", "scope_value")
    measured = ("n", "satisfied", "promoters", "passives", "detractors")
    waves = counts.with_columns(
        pl.when("is_complete").then(pl.col("period_start").shift().over(scope)).alias("previous_period_start"),
        pl.col(measured).shift().over(scope).name.suffix(_BEFORE),
    )
    estimate, low, high, p_value = change
    compared = waves.filter(pl.col("previous_period_start").is_not_null()).select(
        *_KEY, "previous_period_start", change=estimate, change_low=low, change_high=high, p_value=p_value
    )
    changes = wave_changes.with_holm(compared, ("question", "grain", "period_start"))
    return counts.join(changes, on=_KEY, how="left", maintain_order="left")


def survey_counts(night: Night, kind: str) -> pl.DataFrame:
    """Counts and sums of the answers to the questions of one kind, with ``as_of`` and ``is_complete``.

    One row per question, period and scope value with at least one answer; ``total`` starts at the question's first
    answer.

    Args:
        night: the night.
        kind: csat, nps or ces.
    """
    _count_once(night)
    return _dated(night, f"select * from {_COUNTS} where kind = {literal(kind)}").sort(_KEY)


def _dated(night: Night, counted: str) -> pl.DataFrame:
    complete = periods.is_complete(pl.col("period_end"), pl.col("delivered_until"), night.as_of)
    return night.warehouse.frame(counted).with_columns(as_of=pl.lit(night.as_of), is_complete=complete)


def _count_once(night: Night) -> None:
    """Count the answers of all kinds where this run has not for the same night: four tables are made of them.

    Side effect: the temporary tables ``score_counts`` and ``survey_counts``.
    """
    if not night.warehouse.has(answer_cells.ANSWER_CELLS):
        for statement in answer_cells.counted_anew():
            night.warehouse.rows(statement)
    of = repr((night.as_of, night.known_at, configuration_hash(night.configuration)))
    night.warehouse.keep_once(_SCORES, night.query("score_counts.sql"), of)
    night.warehouse.keep_once(_COUNTS, night.query("survey_counts.sql", **_GROUPS_FROM), of)

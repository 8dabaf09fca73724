"""Expectations of the measures: satisfaction, retention and the scorecard."""

from __future__ import annotations

from assets.expectations.judgements import (
    CLOSE,
    PERIOD_END,
    PERIOD_STARTS,
)
from assets.expectations.specs import ExpectationSpec, rows
from assets.warehouse import literal
from models import kpi_cards


def _kpi_ranges() -> str:
    """Every KPI inside the range of its own card."""
    cases = []
    for card in kpi_cards.CARDS.values():
        bounds = [f"value >= {card.low}"] if card.low is not None else []
        bounds += [f"value <= {card.high}"] if card.high is not None else []
        if bounds:
            cases.append(f"when {literal(card.id)} then {' and '.join(bounds)}")
    return f"value is null or case kpi {' '.join(cases)} else true end"


def _kpi_units() -> str:
    cases = " ".join(f"when {literal(card.id)} then {literal(card.unit)}" for card in kpi_cards.CARDS.values())
    return f"unit = case kpi {cases} end"


def _survey(table: str, measure: str, formula: str) -> tuple[ExpectationSpec, ...]:
    """What nps and csat share: one figure and its interval per question, period and scope."""
    return (
        rows(table, "has_answers", "n >= 1", "A figure rests on at least one answer."),
        rows(table, "figure_follows_counts", f"abs({measure} - {formula}) <= {CLOSE}", f"{measure} = {formula}."),
        rows(
            table,
            "interval_holds_figure",
            # All promoters or all detractors: the adjusted interval is clipped to the scale and may end at the figure.
            f"low <= {measure} + {CLOSE} and {measure} <= high + {CLOSE}",
            f"low <= {measure} <= high.",
        ),
        rows(table, "period_starts_on_its_grain", PERIOD_STARTS, "A week starts on Monday, a month on its first day."),
        rows(table, "nothing_after_as_of", "period_start <= as_of", "No period starts after as_of."),
        rows(
            table,
            "complete_is_over",
            f"not is_complete or {PERIOD_END} <= as_of",
            "A period is complete only when it ended on or before as_of.",
        ),
        rows(table, "scope_all_is_whole", "scope <> 'all' or scope_value = 'all'", "The scope all has one value, all."),
    )


EXPECTATIONS = (
    rows("nps", "counts_add_up", "promoters + passives + detractors = n", "Every answer is in exactly one group."),
    *_survey("nps", "nps", "100.0 * (promoters - detractors) / n"),
    rows("csat", "counts_add_up", "satisfied <= n", "Satisfied answers are answers."),
    *_survey("csat", "csat", "cast(satisfied as double) / n"),
    rows(
        "retention_cohorts",
        "active_within_cohort",
        "cohort_size >= 1 and active <= cohort_size and (period > 0 or active = cohort_size)",
        "Active customers are of the cohort, and all of them in period 0.",
    ),
    rows(
        "retention_cohorts",
        "retention_follows_counts",
        f"retention is null or (abs(retention - cast(active as double) / cohort_size) <= {CLOSE} "
        f"and unbounded_retention >= retention - {CLOSE})",
        "retention = active / cohort_size, and who came in the period or later is at least as many.",
    ),
    rows(
        "retention_cohorts",
        "unfinished_has_no_rate",
        "is_complete = (retention is not null) and is_complete = (unbounded_retention is not null)",
        "A cell has its rates when its period is over, and not before.",
    ),
    rows(
        "retention_cohorts",
        "nothing_after_as_of",
        "cohort_month = date_trunc('month', cohort_month) and cohort_month + to_months(period) <= as_of",
        "Cohorts are months, and no period starts after as_of.",
    ),
    rows("kpi_scorecard", "unit_is_of_kpi", _kpi_units(), "Every KPI is in the unit of its definition."),
    rows("kpi_scorecard", "value_in_kpi_range", _kpi_ranges(), "Every KPI lies in the range of its definition."),
    rows(
        "kpi_scorecard",
        "interval_holds_figure",
        f"coalesce(low <= value + {CLOSE}, true) and coalesce(value <= high + {CLOSE}, true)",
        "low <= value <= high.",
    ),
    rows(
        "kpi_scorecard",
        "absent_is_not_zero",
        "status is distinct from 'input_absent' or value is null",
        "A KPI whose input is absent has no value.",
    ),
    rows(
        "kpi_scorecard",
        "target_has_status",
        "target is null or status is not null",
        "A KPI with a target has a verdict.",
    ),
    rows("kpi_scorecard", "period_starts_on_its_grain", PERIOD_STARTS, "A week starts on Monday, a month on its 1st."),
    rows(
        "kpi_scorecard",
        "scope_all_is_whole",
        "scope <> 'all' or scope_value = 'all'",
        "The scope all has one value, all.",
    ),
)

"""Expectations of the measures: satisfaction, retention and the scorecard."""

from __future__ import annotations

from assets.expectations.judgements import (
    CLOSE,
    PERIOD_END,
    PERIOD_STARTS,
)
from assets.expectations.specs import ExpectationSpec, figures, rows
from assets.statements import literal
from models import kpi_cards
from models.satisfaction_drivers import LEAST_ANSWERS, LEAST_R_SQUARED


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


def _survey(table: str, measure: str, counts: str, formula: str) -> tuple[ExpectationSpec, ...]:
    """What nps and csat share: one figure and its interval per question, period and scope."""
    return (
        rows(
            table,
            "figure_follows_counts",
            {
                "counts add up": f"n >= 1 and {counts}",
                "figure": f"abs({measure} - {formula}) <= {CLOSE}",
                # All promoters or all detractors: the adjusted interval is clipped to the scale and may end there.
                "interval": f"low <= {measure} + {CLOSE} and {measure} <= high + {CLOSE}",
            },
            f"{measure} = {formula}, of at least one answer, and low <= {measure} <= high.",
        ),
        _of_the_calendar(table),
        figures(
            table,
            "waves_follow_each_other",
            f"(select count(*) from (select *, {measure} - lag({measure}) over waves as step, "
            "case when is_complete then lag(period_start) over waves end as wave_before from {batch} "
            "window waves as (partition by question, grain, scope, scope_value order by period_start)) as beside "
            "where previous_period_start is distinct from wave_before "
            f"or (wave_before is not null and coalesce(abs(change - step) > {CLOSE}, true)))",
            "A complete period with answers before it, and no other, is compared with the latest of them, whose "
            "figure is this one less the change.",
            high=0,
            severity="error",
        ),
        rows(
            table,
            "change_fits_its_interval",
            {
                "known together": "(change is null) = (previous_period_start is null) and (change is null) = "
                "(change_low is null) and (change is null) = (change_high is null) and (change is null) = "
                "(p_value is null) and (change is null) = (p_value_adjusted is null)",
                "interval": f"change is null or change_low <= change + {CLOSE} and change <= change_high + {CLOSE}",
                # At the limit itself rounding decides.
                "test": f"p_value is null or abs(p_value - 0.05) <= {CLOSE} "
                "or (p_value < 0.05) = (change_low > 0 or change_high < 0)",
                "adjusted": "p_value is null or p_value <= p_value_adjusted",
            },
            "A change lies in its interval, which leaves 0 out where p_value is below 0.05; the adjusted p-value is at "
            "least as large.",
        ),
    )


def _of_the_calendar(table: str) -> ExpectationSpec:
    return rows(
        table,
        "periods_follow_calendar",
        {
            "starts on its grain": PERIOD_STARTS,
            "starts by as_of": "period_start <= as_of",
            "complete is over": f"not is_complete or {PERIOD_END} <= as_of",
        },
        "A week starts on Monday, a month on its first day, no period after as_of; a complete one is over by then.",
    )


EXPECTATIONS = (
    *_survey("nps", "nps", "promoters + passives + detractors = n", "100.0 * (promoters - detractors) / n"),
    *_survey("csat", "csat", "satisfied <= n", "cast(satisfied as double) / n"),
    rows(
        "survey_scores",
        "satisfied_of_a_kind",
        "responses >= 1 and (kind = 'csat') = (satisfied is not null) and coalesce(satisfied <= responses, true)",
        "Every score listed was given; of satisfaction questions, and of no other, so many of its answers satisfy.",
    ),
    figures(
        "survey_scores",
        "shares_are_a_whole",
        "(select count(*) from (select share, cast(responses as double) / sum(responses) over (partition by question, "
        "grain, period_start, scope, scope_value) as part from {batch}) as parts "
        f"where abs(share - part) > {CLOSE})",
        "The share of a score is its part of all answers of the question, period and scope.",
        high=0,
        severity="error",
    ),
    _of_the_calendar("survey_scores"),
    rows(
        "satisfaction_drivers",
        "importance_or_reason",
        {
            "one of both": "(withheld is null) = (importance is not null) and (withheld is null) = (rank is not null) "
            "and (withheld is null) = (low is not null) and (withheld is null) = (high is not null)",
            "rests on enough": f"withheld is not null or (n >= {LEAST_ANSWERS} and r_squared >= {LEAST_R_SQUARED})",
            "interval": f"importance is null or low <= importance + {CLOSE} and importance <= high + {CLOSE}",
        },
        "A driver has an importance inside its interval, of enough answers that it explains enough of, or the reason "
        "why not.",
    ),
    figures(
        "satisfaction_drivers",
        "importances_add_up",
        "(select count(*) from (select sum(importance) as parts, max(r_squared) as whole, "
        "min(r_squared) as again, count(distinct rank) as ranks, count(rank) as ranked, max(rank) as last "
        "from {batch} group by question) as questions "
        f"where abs(parts - whole) > {CLOSE} or whole <> again or ranks <> ranked or last <> ranked)",
        "The importances of a question's drivers are what all explain together, and they have ranks from 1 on.",
        high=0,
        severity="error",
    ),
    rows(
        "value_by_attitude",
        "risk_is_part_of_whole",
        {
            "customers": "high_risk_customers <= customers",
            "nobody has nothing": "customers > 0 or coalesce(net_value, 0) = 0",
            "not at risk, no value at it": "high_risk_customers > 0 or coalesce(high_risk_value, 0) = 0",
        },
        "Customers at high risk are among the customers, and where there is nobody there is no value.",
    ),
    figures(
        "value_by_attitude",
        "attitudes_are_four",
        "(select count(*) from (select count(*) as attitudes, sum(customers) as all_customers, "
        "sum(customer_share) as whole from {batch} group by question) as questions "
        f"where attitudes <> 4 or abs(whole - 1) > {CLOSE} or (whole is null) <> (all_customers = 0))",
        "Of every question there are promoters, passives, detractors and customers without an answer, be it none of "
        "them, and their shares are a whole.",
        high=0,
        severity="error",
    ),
    rows(
        "retention_cohorts",
        "rates_follow_counts",
        {
            "active within cohort": "cohort_size >= 1 and active <= cohort_size "
            "and (period > 0 or active = cohort_size)",
            "retention": f"retention is null or (abs(retention - cast(active as double) / cohort_size) <= {CLOSE} "
            f"and unbounded_retention >= retention - {CLOSE})",
            "interval": f"coalesce(retention_low <= retention + {CLOSE} and retention <= retention_high + {CLOSE}, "
            "coalesce(retention_low, retention_high) is null and (retention is null or period = 0))",
            "a rate when over": "is_complete = (retention is not null) "
            "and is_complete = (unbounded_retention is not null)",
        },
        "retention = active / cohort_size, all of the cohort in period 0, once the period is over; whoever came in the "
        "period or later is at least as many. From period 1 on a rate lies inside its interval.",
    ),
    figures(
        "retention_cohorts",
        "later_months_hold_fewer",
        "(select count(*) from (select unbounded_retention - lag(unbounded_retention) over by_period as step, "
        "cohort_size - lag(cohort_size) over by_period as growth from {batch} "
        "window by_period as (partition by cohort_month order by period)) as steps "
        f"where step > {CLOSE} or growth <> 0)",
        "A cohort has one size, and whoever came in a later month or after it is among those of the month before.",
        high=0,
        severity="error",
    ),
    rows(
        "retention_cohorts",
        "nothing_after_as_of",
        "cohort_month = date_trunc('month', cohort_month) and cohort_month + to_months(period) <= as_of",
        "Cohorts are months, and no period starts after as_of.",
    ),
    rows(
        "kpi_scorecard",
        "figures_fit_their_definition",
        {
            "unit": _kpi_units(),
            "range": _kpi_ranges(),
            "interval": f"coalesce(low <= value + {CLOSE}, true) and coalesce(value <= high + {CLOSE}, true)",
            "period starts on its grain": PERIOD_STARTS,
            "complete is over": f"not is_complete or {PERIOD_END} <= as_of",
        },
        "Every KPI is in the unit and range of its definition, inside its interval, for a period of the calendar that "
        "is complete only when it is over.",
    ),
    rows(
        "kpi_scorecard",
        "status_fits_value",
        {
            "absent is not zero": "status is distinct from 'input_absent' or value is null",
            "target has a verdict": "target is null or status is not null",
        },
        "A KPI whose input is absent has no value, and a KPI with a target has a verdict.",
    ),
)

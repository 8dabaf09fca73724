"""Satisfaction, retention, the scorecard, and what moved."""

from __future__ import annotations

from assets.contracts import Column, Contract
from assets.tables.vocabulary import (
    AS_OF,
    CUSTOMER,
    GRAINS,
    QUESTION_KINDS,
    RESTATEMENT_CAUSES,
    count,
    exact_money,
    money,
    share,
)
from models.kpi_cards import KPI_IDS, STATUSES
from models.move_causes import WALK


def _survey_key(grains: tuple[str, ...]) -> tuple[Column, ...]:
    return (
        Column("question", "VARCHAR", "Question id."),
        Column("grain", "VARCHAR", "Length of the period.", values=grains),
        Column("period_start", "DATE", "First day of the period; for `total` the first answer's day."),
        Column("scope", "VARCHAR", "`all`, `channel`, `region` or a survey dimension."),
        Column("scope_value", "VARCHAR", "Value of the scope; `all` for the whole."),
    )


_IS_COMPLETE = Column("is_complete", "BOOLEAN", "The period ended by as_of and its data are in.")


def _of_a_period(*measures: Column, changes: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns of a measure of answers per question, period and scope."""
    return (*_survey_key(GRAINS), AS_OF, count("n", "Valid answers."), *measures, _IS_COMPLETE, *changes)


def _since_the_previous_wave(unit: str, most: float, method: str) -> tuple[Column, ...]:
    """The change since the wave before, in the figure's unit, at most so large."""
    return (
        Column(
            "previous_period_start",
            "DATE",
            "First day of the wave before: the latest earlier period of the grain with answers to the question in the "
            "scope. NULL where there is none or the period is not complete.",
            nullable=True,
        ),
        Column(
            "change",
            "DOUBLE",
            "The figure less that of the wave before; NULL without a wave before.",
            unit,
            True,
            low=-most,
            high=most,
        ),
        Column(
            "change_low",
            "DOUBLE",
            f"Lower end of its 95 % interval: {method}; NULL without a wave before.",
            unit,
            True,
            low=-most,
            high=most,
        ),
        Column(
            "change_high",
            "DOUBLE",
            "Upper end of the interval; NULL without a wave before.",
            unit,
            True,
            low=-most,
            high=most,
        ),
        share(
            "p_value",
            "Of the test that the interval inverts: below 0.05 where it leaves 0 out; NULL without a wave before.",
            nullable=True,
        ),
        share(
            "p_value_adjusted",
            "The same where all scopes of the question and period are looked at together (Holm 1979); NULL as that.",
            nullable=True,
        ),
    )


_SURVEY_KEY_NAMES = ("question", "grain", "period_start", "scope", "scope_value")

NPS = Contract(
    name="nps",
    description="Net promoter score per question, period and scope.",
    grain="question x period x scope",
    key=_SURVEY_KEY_NAMES,
    group="satisfaction",
    may_be_empty=True,
    columns=_of_a_period(
        count("promoters", "Answers 9 and 10."),
        count("passives", "Answers 7 and 8."),
        count("detractors", "Answers 0 to 6."),
        Column("nps", "DOUBLE", "Share of promoters less share of detractors.", "point", low=-100, high=100),
        Column("low", "DOUBLE", "Lower end of the 95 % adjusted Wald interval.", "point", low=-100, high=100),
        Column("high", "DOUBLE", "Upper end of the interval.", "point", low=-100, high=100),
        changes=_since_the_previous_wave("point", 200, "difference of two means, each adjusted as in `low`"),
    ),
)

CSAT = Contract(
    name="csat",
    description="Customer satisfaction (top-box share) per question, period and scope.",
    grain="question x period x scope",
    key=_SURVEY_KEY_NAMES,
    group="satisfaction",
    may_be_empty=True,
    columns=_of_a_period(
        count("satisfied", "Answers in the declared top box."),
        share("csat", "Satisfied answers / valid answers."),
        share("low", "Lower end of the 95 % Wilson interval."),
        share("high", "Upper end of the interval."),
        Column("mean", "DOUBLE", "Mean answer; where sources ask on several scales it has no unit.", "scale unit"),
        changes=_since_the_previous_wave("share", 1, "hybrid score (Newcombe 1998, method 10)"),
    ),
)

SURVEY_SCORES = Contract(
    name="survey_scores",
    description="How many gave each score, per question, period of a week or longer, and scope: the distribution "
    "behind `csat`, `nps` and the scorecard's ces. A day has mostly as many rows as answers, so days are left out; a "
    "score that nobody gave has no row, and no answer is none.",
    grain="question x period x scope x score",
    key=(*_SURVEY_KEY_NAMES, "score"),
    group="satisfaction",
    may_be_empty=True,
    columns=(
        *_survey_key(GRAINS[1:]),
        Column("score", "DECIMAL(9,3)", "Answer.", "scale unit"),
        AS_OF,
        Column("kind", "VARCHAR", "Measure the question feeds.", values=QUESTION_KINDS),
        count("responses", "Valid answers of this score."),
        share("share", "Of the valid answers of the question, period and scope; these shares sum to 1."),
        count("satisfied", "Of the answers, in the declared top box; NULL where the kind has none.", nullable=True),
        _IS_COMPLETE,
    ),
)

SATISFACTION_DRIVERS = Contract(
    name="satisfaction_drivers",
    description="What goes along with an overall score: how much of its variance each driver explains (Shapley's value "
    "of R^2; Lindeman, Merenda & Gold 1980), beside how the driver does. Over the responses of the window that answer "
    "the overall question and every driver asked. Empty where no question says `driver_of`.",
    grain="overall question x driver",
    key=("question", "driver"),
    group="satisfaction",
    may_be_empty=True,
    columns=(
        Column("question", "VARCHAR", "Id of the overall question."),
        Column("driver", "VARCHAR", "Id of the question declared as its driver."),
        AS_OF,
        count("answers", "Responses in the window that answer the overall question."),
        count("n", "Of them, those that answer every driver that was asked: what all else rests on."),
        share(
            "r_squared",
            "Of the variance of the overall score, what all drivers explain together; NULL where n is below 100, no "
            "driver was asked or the score does not vary.",
            nullable=True,
        ),
        share(
            "importance",
            "Of that variance, what this driver explains; these add up to r_squared. NULL where withheld.",
            nullable=True,
        ),
        share("low", "Lower end of the 95 % bootstrap interval of the importance; NULL where withheld.", nullable=True),
        share("high", "Upper end of the interval; NULL where withheld.", nullable=True),
        Column("rank", "INTEGER", "1 explains most; NULL where withheld.", nullable=True, low=1),
        Column(
            "mean",
            "DOUBLE",
            "Mean answer to the driver; NULL where it was not asked or n is below 100.",
            "scale unit",
            nullable=True,
        ),
        share(
            "performance",
            "Satisfied answers / answers of a csat question, else where the mean lies on its scale, 0..1. NULL where "
            "the mean is.",
            nullable=True,
        ),
        Column(
            "withheld",
            "VARCHAR",
            "Why there is no importance: the driver was not asked in the window, n is below 100, or r_squared is below "
            "0.1 or not known. NULL where there is one.",
            nullable=True,
            values=("not_asked", "too_few_answers", "weak_fit"),
        ),
    ),
)

VALUE_BY_ATTITUDE = Contract(
    name="value_by_attitude",
    description="What promoters, passives, detractors and customers without an answer bring in: customers with a valid "
    "order in the window, by their latest answer in it. Per recommendation question that a known customer answered in "
    "the window; no rows where there is none.",
    grain="question x attitude",
    key=("question", "attitude"),
    group="satisfaction",
    may_be_empty=True,
    columns=(
        Column("question", "VARCHAR", "Question id."),
        Column(
            "attitude",
            "VARCHAR",
            "By the latest answer in the window: 9 and 10, 7 and 8, 0 to 6; or none.",
            values=("promoter", "passive", "detractor", "no_answer"),
        ),
        AS_OF,
        count("customers", "Customers with a valid order in the window."),
        share("customer_share", "Of all of them; NULL where there is nobody.", nullable=True),
        money("net_value", "Their net value in the window, 0 where there is nobody; NULL where no amount is known."),
        Column(
            "value_share",
            "DOUBLE",
            "Of the net value of all; NULL where that is not positive or net_value is NULL.",
            "share",
            nullable=True,
        ),
        count("high_risk_customers", "Of the customers, in the churn risk band high."),
        money("high_risk_value", "Net value of these, 0 where there is nobody; NULL where no amount is known."),
    ),
)

RETENTION_COHORTS = Contract(
    name="retention_cohorts",
    description="Customers by month of first valid order, followed month by month; period 0 is listed.",
    grain="cohort x period",
    key=("cohort_month", "period"),
    group="retention",
    may_be_empty=True,
    columns=(
        Column("cohort_month", "DATE", "First day of the month of the first valid order."),
        Column("period", "INTEGER", "Months since the cohort month.", unit="month", low=0),
        AS_OF,
        count("cohort_size", "Customers of the cohort."),
        count("active", "Of them, ordered in the period (so far, where it is not over)."),
        share("retention", "Active / cohort size; NULL while the period is not over.", nullable=True),
        share(
            "retention_low",
            "Lower end of its 95 % Wilson interval; NULL with it, and in period 0, which is everybody.",
            nullable=True,
        ),
        share("retention_high", "Upper end of the interval; NULL where there is none.", nullable=True),
        share(
            "unbounded_retention",
            "Ordered in the period or later / cohort size, as far as is known: it grows with who is yet to come back, "
            "and has no interval; NULL while the period is not over.",
            nullable=True,
        ),
        _IS_COMPLETE,
        Column("is_left_truncated", "BOOLEAN", "The cohort may hold customers older than the log."),
    ),
)

KPI_SCORECARD = Contract(
    name="kpi_scorecard",
    description="Every KPI with its interval, denominator, target and status.",
    grain="kpi x question x scope x period",
    key=("kpi", "question", "scope", "scope_value", "grain", "period_start"),
    group="scorecard",
    columns=(
        Column("kpi", "VARCHAR", "KPI id.", values=KPI_IDS),
        Column("question", "VARCHAR", "Question id for survey KPIs, else NULL.", nullable=True),
        Column("scope", "VARCHAR", "`all`, `channel`, `region` or a survey dimension."),
        Column("scope_value", "VARCHAR", "Value of the scope; `all` for the whole."),
        Column("grain", "VARCHAR", "Length of the period.", values=GRAINS),
        Column(
            "period_start",
            "DATE",
            "First day of the period; for `total` of the window; NULL where the input is absent.",
            nullable=True,
        ),
        AS_OF,
        Column(
            "value", "DOUBLE", "The figure; NULL where its input is absent, or nobody is there to count.", nullable=True
        ),
        Column(
            "low",
            "DOUBLE",
            "Lower end of the 95 % interval; NULL where there is none: counts, sums, no value, what does not vary, "
            "rates of money by day or week or in a part of the shop.",
            nullable=True,
        ),
        Column("high", "DOUBLE", "Upper end of the interval; NULL where there is none.", nullable=True),
        count("n", "Observations behind the figure: answers, customers; of orders the orders, of net_sales lines."),
        Column(
            "numerator", "DOUBLE", "What is divided, or the figure itself; NULL where it is not known.", nullable=True
        ),
        Column(
            "denominator",
            "DOUBLE",
            "What it is divided by; NULL where it is not known and for counts and sums.",
            nullable=True,
        ),
        Column("unit", "VARCHAR", "Unit of value, low, high and target."),
        Column("target", "DOUBLE", "Configured target; NULL where there is none.", nullable=True),
        Column(
            "status",
            "VARCHAR",
            "Verdict against the target; NULL without one, unless the input is absent.",
            nullable=True,
            values=STATUSES,
        ),
        Column(
            "previous_value",
            "DOUBLE",
            "The same figure one period earlier, recomputed; NULL where the two cannot be compared: docs/kpis.md.",
            nullable=True,
        ),
        Column("definition_version", "INTEGER", "Version of the KPI's definition."),
        _IS_COMPLETE,
    ),
)

SEGMENT_MOVES = Contract(
    name="segment_moves",
    description="How many customers went from where to where since the predecessor release; stayers included.",
    grain="kind x from x to",
    key=("kind", "from_segment", "to_segment"),
    group="moves",
    may_be_empty=True,
    history=True,
    columns=(
        Column("kind", "VARCHAR", "What moved.", values=("rfm", "stage", "tier")),
        Column("from_segment", "VARCHAR", "Where they were; `(new)` for customers not in the predecessor."),
        Column("to_segment", "VARCHAR", "Where they are; `(gone)` for customers no longer in the table."),
        AS_OF,
        count("customers", "Customers who made the move."),
        money("value_moved", "Their net value in the window ending at as_of; NULL where no source has money."),
        Column("previous_as_of", "DATE", "The predecessor's date."),
    ),
)

CUSTOMER_MOVES = Contract(
    name="customer_moves",
    description="Every customer who is elsewhere than in the predecessor release, and why; who stayed is not listed.",
    grain="customer x kind",
    key=("customer_id", "kind"),
    group="moves",
    may_be_empty=True,
    history=True,
    columns=(
        CUSTOMER,
        Column("kind", "VARCHAR", "What moved.", values=("rfm", "stage", "tier")),
        AS_OF,
        Column("from_segment", "VARCHAR", "Where the customer was; `(new)` where not in the predecessor."),
        Column("to_segment", "VARCHAR", "Where the customer is; `(gone)` where no longer in the table."),
        Column(
            "cause",
            "VARCHAR",
            "Of the changes since, made one at a time, the one that brings the customer there; see docs/segments.md.",
            values=WALK,
        ),
        Column("previous_as_of", "DATE", "The predecessor's date."),
        Column(
            "is_retraced",
            "BOOLEAN",
            "Whether the facts, walked again, give both published places; where not, the cause is in doubt.",
        ),
    ),
)

RESTATEMENTS = Contract(
    name="restatements",
    description="How periods published by the predecessor are other than they were, and why; empty where they are not.",
    grain="subject x month x cause",
    key=("subject", "period_start", "cause"),
    group="moves",
    may_be_empty=True,
    history=True,
    columns=(
        Column("subject", "VARCHAR", "Order lines or survey answers.", values=("sales", "answers")),
        Column("period_start", "DATE", "First day of the month, of which days up to the predecessor's date count."),
        Column("cause", "VARCHAR", "Why it is other than it was.", values=RESTATEMENT_CAUSES),
        AS_OF,
        Column("previous_as_of", "DATE", "The predecessor's date."),
        count("rows_added", "Lines or answers that count now and did not."),
        count("rows_removed", "Lines or answers that counted and do not now."),
        count("orders", "Orders with such a line, or that are another customer's now."),
        count("responses", "Responses with such an answer."),
        count("customers", "Customer ids on them, as the sources write them."),
        exact_money(
            "gross_change", "Change of the sold lines before discount; NULL where the row counts none with an amount."
        ),
        exact_money("discount_change", "Change of the discounts, which are positive; NULL where the row counts none."),
        exact_money(
            "refund_change", "Change of the refunds, which are positive; NULL where the row counts none with an amount."
        ),
        exact_money(
            "net_change",
            "Change of net sales: gross less discounts less refunds; NULL for answers and `identity_merge`, and where "
            "no amount is known.",
        ),
        exact_money(
            "value_moved",
            "Net value of orders that are another customer's now; changes no total. NULL for other causes, and where "
            "no amount is known.",
        ),
    ),
)

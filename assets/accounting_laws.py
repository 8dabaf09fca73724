"""The accounting laws of the night: what must be equal between its tables, to the last digit.

Each law is a SQL file that answers rows of ``left_side``, ``right_side``, ``n`` (how much the row rests on) and the
columns that name the row; that a table holds exactly certain customers is one law, asked of several tables. Both sides
are integers or decimals and are compared as they are. Where a law is of figures that are each rounded to the cent, its
file answers how many of them stand on either side, ``rounded``: each may cost half a cent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl

from assets.error_texts import without_values
from assets.expectations.specs import CheckOutcome, json_value
from assets.statements import Query, identifier, query, with_literals
from assets.warehouse import Warehouse

SAMPLE_ROWS = 5
_HALF_A_CENT = Decimal("0.005")


@dataclass(frozen=True)
class Law:
    """One law.

    Attributes:
        name: snake_case id, unique among the checks of its table.
        description: the law in words.
        table: the table it is shown at; what blocks there blocks everything behind it.
        reads: every table it compares, ``table`` among them.
        sql_file: its file in ``assets/sql``: both sides, or of a population the customers expected in the table.
        is_population: the customers of the table are exactly those of the file.
    """

    name: str
    description: str
    table: str
    reads: tuple[str, ...]
    sql_file: str
    is_population: bool = False


def _law(name: str, description: str, *reads: str, is_population: bool = False) -> Law:
    return Law(name, description, reads[0], reads, f"laws/{name}.sql", is_population)


LAWS: tuple[Law, ...] = (
    _law(
        "rows_accounted",
        "Rows in = accepted + duplicates + quarantined, for every landed file and currency.",
        "row_accounting",
    ),
    _law(
        "money_accounted",
        "Money in = money accepted + of duplicates + quarantined, for every landed file and currency, exactly.",
        "row_accounting",
    ),
    _law(
        "quarantine_accounted",
        "The rows in quarantine are the quarantined rows of the accounting, file by file.",
        "row_accounting",
        "quarantine",
    ),
    _law(
        "lines_accounted",
        "The accepted rows of a file of transactions that ends by as_of are its order lines, superseded ones apart.",
        "order_lines",
        "row_accounting",
        "event_freshness",
    ),
    _law(
        "customers_attached",
        "Where accounts are attached to customers, every known customer is one that some account is attached to.",
        "customers",
        "customer_identities",
    ),
    _law(
        "scopes_hold_answers",
        "Every response with an answer counts in the scope all, once.",
        "survey_scopes",
        "survey_responses",
    ),
    _law(
        "merchandise_to_orders",
        "Every line of merchandise is in one order; accepted merchandise = net value of valid orders + of all others "
        "(refund-only, void, worthless), exactly.",
        "orders",
        "order_lines",
    ),
    _law(
        "merchandise_to_customers",
        "Accepted merchandise = net value of known customers + net value without a customer, exactly.",
        "customer_days",
        "order_lines",
    ),
    _law(
        "orders_to_customer_days",
        "Every order of a known customer that is or was valid is counted on one customer day.",
        "customer_days",
        "orders",
    ),
    _law(
        "summary_money",
        "Every published figure is within half a cent of its customer's exact one, and nobody with a flow is missing.",
        "customer_summary",
        "customer_days",
    ),
    _law(
        "summary_orders",
        "The customers' orders are the valid orders of known customers.",
        "customer_summary",
        "orders",
    ),
    _law(
        "rfm_population",
        "RFM holds exactly the customers with a valid order on or before as_of.",
        "rfm_segments",
        "orders",
        is_population=True,
    ),
    _law(
        "rfm_window",
        "Frequency and value of every customer are those of the orders and flows of the window.",
        "rfm_segments",
        "orders",
        "customer_days",
    ),
    _law(
        "rfm_scores",
        "By the stored cuts every customer has the published scores, and so many customers lie at each cut or below.",
        "rfm_segments",
        "rfm_cuts",
        "customer_days",
    ),
    _law(
        "stage_population",
        "Every known customer has exactly one lifecycle stage.",
        "lifecycle_stages",
        "customers",
        is_population=True,
    ),
    _law(
        "stage_orders",
        "The stages rest on every valid order of a known customer.",
        "lifecycle_stages",
        "orders",
    ),
    _law(
        "value_population",
        "Valued are exactly the customers of RFM.",
        "customer_value",
        "rfm_segments",
        is_population=True,
    ),
    _law(
        "tier_population",
        "The pyramid holds exactly the customers of RFM.",
        "value_tiers",
        "rfm_segments",
        is_population=True,
    ),
    _law(
        "tier_values",
        "A historic value is RFM's net value of the window, a predicted one that of customer_value.",
        "value_tiers",
        "rfm_segments",
        "customer_value",
    ),
    _law(
        "churn_population",
        "Scored are exactly the customers with a valid order in the window.",
        "churn_scores",
        "orders",
        is_population=True,
    ),
    _law(
        "rules_population",
        "Every scored customer is in exactly one rule.",
        "churn_rules",
        "churn_scores",
    ),
    _law(
        "record_parts",
        "The tenths of a judged release are everybody in it, customers and churned.",
        "prediction_scorecard",
    ),
    _law(
        "value_at_risk_parts",
        "The parts of every scope are everybody: customers to the head, money but for the rounding of each figure.",
        "value_at_risk",
        "churn_scores",
    ),
    _law(
        "actions_are_in_place",
        "Whoever is listed stands tonight in the segment, stage, tier or band of the action, with the risk that is "
        "listed.",
        "action_list",
        "rfm_segments",
        "lifecycle_stages",
        "value_tiers",
        "churn_scores",
    ),
    _law(
        "actions_have_consent",
        "Whoever is listed gave consent, where any customer was asked for it.",
        "action_list",
        "customers",
    ),
    _law(
        "actions_are_logged",
        "The log has every listed entry that began as it is listed, and of tonight no other.",
        "action_log",
        "action_list",
    ),
    _law(
        "effects_count_everybody",
        "Compared is every customer of the log whose horizon is over, once.",
        "action_effects",
        "action_log",
        "customer_identities",
        "value_at_risk",
    ),
    _law(
        "traits_population",
        "Every known customer has one row of traits.",
        "customer_traits",
        "customers",
        is_population=True,
    ),
    _law(
        "traits_figures",
        "The traits rest on the customer's age, orders and orders of the window as the other tables have them.",
        "customer_traits",
        "customers",
        "lifecycle_stages",
        "rfm_segments",
    ),
    _law(
        "overlap_members",
        "A segment beside itself is whom its own table puts in it: customers to the head, net value of the window "
        "but for the rounding of each figure.",
        "segment_overlap",
        "customer_traits",
        "rfm_segments",
        "lifecycle_stages",
        "value_tiers",
        "churn_scores",
        "customer_days",
    ),
    _law(
        "overlap_parts",
        "By stage as by age band the parts of a segment are the segment: customers to the head, net value but for the "
        "rounding of each figure.",
        "segment_overlap",
    ),
    _law(
        "cohort_population",
        "The cohorts hold every customer with a valid order once, and every month a customer ordered in once.",
        "retention_cohorts",
        "orders",
    ),
    _law(
        "nps_answers",
        "Over the periods of every grain each recommendation answer counts once, in the group of its score.",
        "nps",
        "survey_responses",
    ),
    _law(
        "csat_answers",
        "Over the periods of every grain each satisfaction answer counts once.",
        "csat",
        "survey_responses",
    ),
    _law(
        "scores_of_answers",
        "Over the periods of every grain each answer counts once, under its score.",
        "survey_scores",
        "survey_responses",
    ),
    _law(
        "scores_add_up",
        "The scores of a question, period and scope are its answers in csat and nps: all of them, the satisfied ones, "
        "promoters and detractors.",
        "survey_scores",
        "csat",
        "nps",
    ),
    _law(
        "drivers_answers",
        "The drivers of a question rest on its answers of the window, and on no more of them than there are.",
        "satisfaction_drivers",
        "survey_responses",
    ),
    _law(
        "attitudes_are_everybody",
        "The attitudes of a question are all customers with a churn score, their net value of the window but for "
        "the rounding of each figure, and so many of them at high risk.",
        "value_by_attitude",
        "churn_scores",
        "rfm_segments",
        "value_at_risk",
    ),
    _law(
        "scorecard_surveys",
        "The scorecard's csat and nps are those of their tables, figure by figure.",
        "kpi_scorecard",
        "csat",
        "nps",
    ),
    _law(
        "scorecard_retention",
        "Customers kept and customers gone are together the customers of the period before.",
        "kpi_scorecard",
    ),
    _law(
        "scorecard_orders",
        "Over the periods of every grain each valid order counts once, and each customer is new once.",
        "kpi_scorecard",
        "orders",
    ),
    _law(
        "moves_population",
        "The moves, stayers included, end at every customer of tonight's segments.",
        "segment_moves",
        "rfm_segments",
        "lifecycle_stages",
        "value_tiers",
    ),
    _law(
        "moves_counted",
        "Customer by customer and counted, the moves are the same: every move has its customers, each with a cause.",
        "customer_moves",
        "segment_moves",
    ),
)


def check_laws(
    warehouse: Warehouse, names: Collection[str] | None = None, *, as_of: dt.date, window_days: int
) -> list[CheckOutcome]:
    """Compare both sides of the laws, in the order they are declared.

    Args:
        warehouse: holds the tables the laws read.
        names: the laws to check; None for all.
        as_of: date of the snapshot.
        window_days: length of the look-back window.

    Returns:
        One outcome per law, of severity ``error``. Observed are ``n`` (0: nothing to compare, it holds trivially), the
        rows compared, those that differ, and both sides of the first one that differs, else of the first one.

    Raises:
        KeyError: where a name is no law's.
    """
    unknown = set(names or ()) - {law.name for law in LAWS}
    if unknown:
        raise KeyError(f"no laws named {sorted(unknown)}; there are {[law.name for law in LAWS]}")
    asked = [law for law in LAWS if names is None or law.name in names]
    return [_check(warehouse, law, as_of, window_days) for law in asked]


def _check(warehouse: Warehouse, law: Law, as_of: dt.date, window_days: int) -> CheckOutcome:
    try:
        compared = warehouse.frame(_both_sides(warehouse, law, as_of, window_days))
    except duckdb.Error as error:
        return CheckOutcome(
            law.table,
            law.name,
            False,
            "error",
            {},
            law.description,
            error=without_values(f"{type(error).__name__}: {error}"),
        )
    # The engine answers in whatever order its threads come by: the page shows the first row.
    rows = compared.sort(pl.all(), nulls_last=True).rows(named=True)
    different = [row for row in rows if not _agree(**row)]
    observed: dict[str, Any] = {
        "n": sum(row["n"] for row in rows),
        "compared": len(rows),
        "different": len(different),
    }
    if rows:
        first = (different or rows)[0]
        observed |= {side: json_value(first[side]) for side in ("left_side", "right_side")}
    sample = tuple(json_value(row) for row in different[:SAMPLE_ROWS])
    return CheckOutcome(law.table, law.name, not different, "error", observed, law.description, sample)


def _agree(*, left_side: Any, right_side: Any, rounded: int = 0, **_: Any) -> bool:
    """Whether the sides are the same but for half a cent for each rounded figure; NULL agrees with NULL alone."""
    if left_side is None or right_side is None:
        return left_side is right_side
    return abs(left_side - right_side) <= rounded * _HALF_A_CENT


def _both_sides(warehouse: Warehouse, law: Law, as_of: dt.date, window_days: int) -> Query:
    asked = query(law.sql_file, as_of=as_of, window_days=window_days)
    if not law.is_population:
        return asked
    listed = f"select customer_id from {identifier(law.table)}"
    warehouse.rows(f"create or replace temp view expected_customers as {with_literals(asked)}")
    warehouse.rows(f"create or replace temp view listed_customers as {listed}")
    return query("laws/population.sql")

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from assets.expectations.suites import RETAIL_EXPECTATIONS
from assets.expectations.validation import validate
from assets.tables import TABLES


def many(table: str, count: int, **changes: str) -> str:
    """So many copies of the table's first row, with a key of their own."""
    replaced = ", ".join(f"{sql} as {column}" for column, sql in changes.items())
    return (
        f"insert into {table} select * exclude (i) replace ({replaced}) "
        f"from (select * from {table} order by all limit 1), range({count}) as copies(i)"
    )


# (table, expectation) -> what is planted for it to see
PLANTED: dict[tuple[str, str], str] = {
    ("order_lines", "sign_follows_kind"): "update order_lines set amount = 12 where order_id = 'r9'",
    ("order_lines", "discount_on_sold_lines"): "update order_lines set discount = 1 where kind = 'refund'",
    ("order_lines", "day_is_of_moment"): "update order_lines set ordered_on = ordered_on + 1 where order_id = 'b1'",
    ("order_lines", "nothing_after_as_of"): "update order_lines set ordered_on = '2024-04-01' where order_id = 'b1'",
    ("order_lines", "share_without_customer"): many(
        "order_lines", 1500, line_number="100 + i", customer_id="case when i % 3 > 0 then 'ada' end", kind="'sold'"
    ),
    ("order_lines", "free_lines_share"): many(
        "order_lines", 1500, line_number="100 + i", kind="'sold'", amount="case when i % 10 > 0 then 5 else 0 end"
    ),
    ("order_lines", "quantity_outlier"): many(
        "order_lines", 1500, line_number="100 + i", quantity="case when i = 0 then 80995 else 1 end", kind="'sold'"
    ),
    ("order_lines", "price_outlier"): many(
        "order_lines", 1500, line_number="100 + i", unit_price="case when i = 0 then 38970 else 1 end", kind="'sold'"
    ),
    ("order_lines", "largest_line_share"): many(
        "order_lines", 1500, line_number="100 + i", amount="case when i = 0 then 168469.6 else 1 end", kind="'sold'"
    ),
    ("order_lines", "currencies"): "update order_lines set currency = 'EUR' where order_id = 'b1'",
    ("customers", "nothing_after_as_of"): "update customers set known_since = '2024-04-01' where customer_id = 'ada'",
    ("customers", "born_before_known"): "update customers set birth_date = '2024-03-30' where customer_id = 'ada'",
    ("survey_responses", "nps_scale"): "update survey_responses set score = 7.5 where score = 7",
    ("survey_responses", "csat_box_known"): "update survey_responses set is_satisfied = null where score = 4",
    ("survey_responses", "day_is_of_moment"): "update survey_responses set responded_on = '2024-01-09' where score = 5",
    ("survey_responses", "nothing_after_as_of"): "update survey_responses set responded_on = '2024-04-01'",
    ("survey_responses", "one_answer_dominates"): many("survey_responses", 200, response_id="'more' || i"),
    ("survey_scopes", "scope_all_is_whole"): "update survey_scopes set scope_value = 'UK' where scope = 'all'",
    ("event_freshness", "first_before_last"): "update event_freshness set first_event_on = '2024-03-31'",
    ("event_freshness", "fresh"): "update event_freshness set last_event_on = '2024-03-27' where source = 'shop'",
    ("orders", "net_value_adds_up"): "update orders set net_value = net_value + 0.00000001 where order_id = 'a1'",
    ("orders", "flows_not_negative"): "update orders set refund_value = -1 where order_id = 'a1'",
    ("orders", "validity_is_an_interval"): "update orders set voided_on = valid_from - 1 where order_id = 'e1'",
    ("orders", "valid_means_sold"): "update orders set valid_from = '2024-03-22' where order_id = 'r9'",
    ("orders", "dated_means_sold"): "update orders set ordered_on = '2024-03-22' where order_id = 'r9'",
    ("orders", "lines_add_up"): "update orders set products = 9 where order_id = 'b1'",
    ("orders", "nothing_after_as_of"): "update orders set voided_on = '2024-04-01' where order_id = 'b1'",
    ("orders", "refund_share"): many("orders", 100, order_id="'more' || i", gross_value="10", refund_value="4"),
    ("orders", "void_share"): many("orders", 100, order_id="'more' || i", voided_on="date '2024-03-01'"),
    ("customer_days", "net_value_adds_up"): "update customer_days set net_value = net_value - 0.00000001",
    ("customer_days", "flows_not_negative"): "update customer_days set refund_value = -refund_value",
    ("customer_days", "day_has_a_flow"): "update customer_days set lines = 0, orders = 0 where customer_id = 'ben'",
    ("customer_days", "nothing_after_as_of"): "update customer_days set day = '2024-04-01' where customer_id = 'ben'",
    ("calendar", "day_lies_in_period"): "update calendar set period_end = period_end - 1 where grain = 'month'",
    ("row_accounting", "parts_within_accepted"): "update row_accounting set superseded = accepted + 1",
    ("row_accounting", "first_before_last"): "update row_accounting set first_event = last_event + interval 1 second",
    ("row_accounting", "unreadable_says_why"): "update row_accounting set status = 'unreadable'",
    ("row_accounting", "every_file_readable"): "update row_accounting set status = 'unreadable', error = 'cut short'",
    ("row_accounting", "nothing_dated_ahead"): "update row_accounting set dated_ahead = 1",
    ("row_accounting", "duplicate_rate"): "update row_accounting set rows_in = 1000, duplicates = 201",
    ("row_accounting", "quarantine_rate"): "update row_accounting set rows_in = 1000, quarantined = 11",
    ("quarantine", "says_why"): "update quarantine set reasons = []",
    ("customer_summary", "ordered_means_dated"): "update customer_summary set orders = 1 where customer_id = 'dora'",
    ("customer_summary", "recency_and_age_follow_dates"): (
        "update customer_summary set recency_days = age_days, age_days = recency_days where customer_id = 'ada'"
    ),
    ("customer_summary", "net_value_adds_up"): (
        "update customer_summary set net_value = net_value + 0.03 where customer_id = 'ada'"
    ),
    ("customer_summary", "flows_not_negative"): "update customer_summary set discount_value = -1 where orders = 1",
    ("customer_summary", "aov_is_net_per_order"): "update customer_summary set aov = aov + 0.02",
    ("customer_summary", "known_by_first_order"): (
        "update customer_summary set known_since = '2024-03-01' where customer_id = 'ada'"
    ),
    ("customer_summary", "negative_customers_share"): many("customer_summary", 100, customer_id="i", net_value="-1"),
    ("customer_summary", "largest_customer_share"): many(
        "customer_summary", 100, customer_id="i", net_value="case when i = 0 then 9000 else 5 end"
    ),
    ("rfm_segments", "segment_follows_cell"): (
        "update rfm_segments set segment = case segment when 'lost' then 'loyal' else 'lost' end"
    ),
    ("rfm_segments", "recency_scores_in_order"): "update rfm_segments set r = 6 - r",
    ("rfm_segments", "frequency_scores_in_order"): "update rfm_segments set f = 6 - f",
    ("rfm_segments", "monetary_scores_in_order"): "update rfm_segments set m = 6 - m",
    ("rfm_segments", "one_segment_dominates"): many("rfm_segments", 100, customer_id="i"),
    ("lifecycle_stages", "stage_follows_orders"): (
        "update lifecycle_stages set stage = 'repeat' where customer_id = 'cid'"
    ),
    ("lifecycle_stages", "nothing_after_as_of"): "update lifecycle_stages set stage_since = '2024-04-01'",
    ("lifecycle_stages", "lost_are_longest_gone"): (
        "update lifecycle_stages set stage = 'lost' where customer_id = 'ada'"
    ),
    ("lifecycle_stages", "one_stage_dominates"): many("lifecycle_stages", 100, customer_id="i"),
    ("value_tiers", "tier_needs_value"): "update value_tiers set value = null where tier = 'high'",
    ("value_tiers", "tiers_in_order"): "update value_tiers set value = 1 where tier = 'high'",
    ("value_tiers", "one_basis"): "update value_tiers set basis = 'predicted' where customer_id = 'ada'",
    ("value_tiers", "one_tier_dominates"): many("value_tiers", 100, customer_id="i"),
    ("churn_scores", "due_after_horizon"): "update churn_scores set due_on = due_on - 1",
    ("churn_scores", "one_model"): "update churn_scores set model_version = 'beef' where customer_id = 'ada'",
    ("churn_scores", "bands_in_order"): "update churn_scores set churn_risk = 0.05 where risk_band = 'high'",
    ("churn_scores", "reasons_in_order"): "update churn_scores set reason_3 = 'none before it'",
    ("churn_scores", "risks_differ"): many("churn_scores", 100, customer_id="i") + "; "
    "update churn_scores set churn_risk = 0.5",
    ("churn_scores", "one_band_dominates"): many("churn_scores", 100, customer_id="i"),
    ("model_evaluation", "judged_when_due"): "update model_evaluation set origin = origin + 1",
    ("model_evaluation", "metrics_in_range"): "update model_evaluation set value = 1.2 where metric = 'roc_auc'",
    ("segment_moves", "moves_have_customers"): "update segment_moves set customers = 0",
    ("segment_moves", "predecessor_is_earlier"): "update segment_moves set previous_as_of = as_of",
    ("segment_moves", "from_or_to_somewhere"): (
        "update segment_moves set from_segment = '(new)', to_segment = '(gone)' where to_segment = 'potential'"
    ),
    ("nps", "counts_add_up"): "update nps set passives = passives + 1",
    ("nps", "figure_follows_counts"): "update nps set nps = nps / 100 where nps <> 0",
    ("csat", "counts_add_up"): "update csat set satisfied = n + 1",
    ("csat", "figure_follows_counts"): "update csat set csat = (csat + 1) / 2 where csat < 1",
    ("retention_cohorts", "active_within_cohort"): "update retention_cohorts set active = cohort_size + 1",
    ("retention_cohorts", "retention_follows_counts"): (
        "update retention_cohorts set retention = 0.5 where period = 0 and is_complete"
    ),
    ("retention_cohorts", "unfinished_has_no_rate"): "update retention_cohorts set is_complete = not is_complete",
    ("retention_cohorts", "nothing_after_as_of"): "update retention_cohorts set period = period + 1",
    ("kpi_scorecard", "unit_is_of_kpi"): "update kpi_scorecard set unit = 'share' where kpi = 'nps'",
    ("kpi_scorecard", "value_in_kpi_range"): "update kpi_scorecard set value = 85 where kpi = 'csat'",
    ("kpi_scorecard", "interval_holds_figure"): "update kpi_scorecard set low = value + 1 where kpi = 'nps'",
    ("kpi_scorecard", "absent_is_not_zero"): "update kpi_scorecard set value = 0 where status = 'input_absent'",
    ("kpi_scorecard", "target_has_status"): "update kpi_scorecard set status = null where kpi = 'nps'",
} | {
    (table, name): sql.format(table=table)
    for table in ("nps", "csat")
    for name, sql in {
        "has_answers": "update {table} set n = 0 where grain = 'total'",
        "interval_holds_figure": "update {table} set low = {table} + 0.01",
        "nothing_after_as_of": "update {table} set period_start = '2024-04-01' where grain = 'day'",
        "complete_is_over": "update {table} set is_complete = true where grain = 'year'",
        "scope_all_is_whole": "update {table} set scope_value = 'everybody' where scope = 'all'",
        "period_starts_on_its_grain": "update {table} set period_start = period_start - 1 where grain = 'week'",
    }.items()
} | {
    ("kpi_scorecard", "scope_all_is_whole"): "update kpi_scorecard set scope_value = 'UK' where scope = 'all'",
    ("kpi_scorecard", "period_starts_on_its_grain"): (
        "update kpi_scorecard set period_start = period_start + 1 where grain = 'quarter'"
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("table", "name"), [(table, spec.name) for table, specs in RETAIL_EXPECTATIONS.items() for spec in specs]
)
def test_each_expectation_sees_what_it_was_written_for(shop: SimpleNamespace, table: str, name: str) -> None:
    for statement in PLANTED[table, name].split("; "):
        shop.warehouse.rows(statement)
    declared = next(spec for spec in RETAIL_EXPECTATIONS[table] if spec.name == name)
    [outcome] = validate(shop.warehouse, TABLES[table], as_of=shop.as_of, specs=[declared])
    assert (outcome.passed, outcome.error, outcome.severity) == (False, None, declared.severity)
    json.dumps([outcome.observed, outcome.sample], allow_nan=False)
    assert len(outcome.sample) <= 5
    assert all(set(row) == set(TABLES[table].key) for row in outcome.sample)


def test_what_is_planted_belongs_to_an_expectation() -> None:
    assert PLANTED.keys() == {(table, spec.name) for table, specs in RETAIL_EXPECTATIONS.items() for spec in specs}


def test_the_suites_name_tables_of_the_night() -> None:
    assert RETAIL_EXPECTATIONS.keys() <= TABLES.keys()

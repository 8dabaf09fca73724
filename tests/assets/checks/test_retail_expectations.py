from __future__ import annotations

import json
from math import inf
from types import SimpleNamespace

import pytest

from assets.expectations.scan import figures_of
from assets.expectations.specs import ROWS, ExpectationSpec
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


# table -> expectation -> rule -> what is planted for it to see; an expectation of one rule has its name
PLANTED: dict[str, dict[str, str | dict[str, str]]] = {
    "order_lines": {
        "row_count": "delete from order_lines",
        "signs_follow_kind": {
            "amount": "update order_lines set amount = 12 where order_id = 'r9'",
            "discount": "update order_lines set discount = 1 where kind = 'refund'",
        },
        "nothing_after_as_of": "update order_lines set ordered_on = '2024-04-01' where order_id = 'b1'",
        "share_without_customer": many(
            "order_lines", 1500, line_number="100 + i", customer_id="case when i % 3 > 0 then 'ada' end", kind="'sold'"
        ),
        "free_lines_share": many(
            "order_lines", 1500, line_number="100 + i", kind="'sold'", amount="case when i % 10 > 0 then 5 else 0 end"
        ),
        "line_outlier": {
            "quantity": many(
                "order_lines", 1500, line_number="100 + i", quantity="case i when 0 then 80995 else 1 end",
                kind="'sold'",
            ),
            "unit_price": many(
                "order_lines", 1500, line_number="100 + i", unit_price="case i when 0 then 38970 else 1 end",
                kind="'sold'",
            ),
        },
        "largest_line_share": many(
            "order_lines", 1500, line_number="100 + i", amount="case when i = 0 then 168469.6 else 1 end", kind="'sold'"
        ),
    },
    "customers": {
        "nothing_after_as_of": "update customers set known_since = '2024-04-01' where customer_id = 'ada'",
        "born_before_known": "update customers set birth_date = '2024-03-30' where customer_id = 'ada'",
    },
    "survey_responses": {
        "answers_fit_their_question": {
            "nps scale": "update survey_responses set score = 7.5 where score = 7",
            "csat box": "update survey_responses set is_satisfied = null where score = 4",
        },
        "nothing_after_as_of": "update survey_responses set responded_on = '2024-04-01'",
        "quarantine_rate": (
            "insert into landed_answers by name select 2 as content_no, i as line_number, 'overall' as question, "
            "case when i < 51 then ['score_off_scale'] end as reasons from range(1000) as lines(i)"
        ),
        "one_answer_dominates": many("survey_responses", 200, response_id="'more' || i"),
    },
    "event_freshness": {
        "fresh": "update event_freshness set last_event_on = '2024-03-27' where source = 'shop'",
    },
    "orders": {
        "money_adds_up": {
            "net value adds up": "update orders set net_value = net_value + 0.00000001 where order_id = 'a1'",
            "flows not negative": "update orders set refund_value = -1 where order_id = 'a1'",
        },
        "validity_follows_lines": {
            "valid before void": "update orders set voided_on = valid_from - 1 where order_id = 'e1'",
            "valid means sold": "update orders set valid_from = '2024-03-22' where order_id = 'r9'",
            "dated means sold": "update orders set ordered_on = '2024-03-22' where order_id = 'r9'",
            "lines add up": "update orders set products = 9 where order_id = 'b1'",
        },
        "nothing_after_as_of": "update orders set voided_on = '2024-04-01' where order_id = 'b1'",
        "refund_share": many("orders", 100, order_id="'more' || i", gross_value="10", refund_value="4"),
        "void_share": many("orders", 100, order_id="'more' || i", voided_on="date '2024-03-01'"),
    },
    "customer_days": {
        "money_adds_up": {
            "net value adds up": "update customer_days set net_value = net_value - 0.00000001",
            "flows not negative": "update customer_days set refund_value = -refund_value",
        },
        "days_have_flows": {
            "has a flow": "update customer_days set lines = 0, orders = 0 where customer_id = 'ben'",
            "not after the night": "update customer_days set day = '2024-04-01' where customer_id = 'ben'",
        },
    },
    "calendar": {"day_lies_in_period": "update calendar set period_end = period_end - 1 where grain = 'month'"},
    "row_accounting": {
        "parts_within_accepted": "update row_accounting set superseded = accepted + 1",
        "quarantine_rate": "update row_accounting set rows_in = 1000, quarantined = 51",
        "every_file_readable": "update row_accounting set status = 'unreadable', error = 'cut short'",
        "nothing_dated_ahead": "update row_accounting set dated_ahead = 1",
        "duplicate_rate": "update row_accounting set rows_in = 1000, duplicates = 201",
    },
    "quarantine": {"says_why": "update quarantine set reasons = []"},
    "customer_summary": {
        "dates_follow_orders": {
            "ordered means dated": "update customer_summary set orders = 1 where customer_id = 'dora'",
            "recency": "update customer_summary set recency_days = age_days where customer_id = 'ada'",
            "age": "update customer_summary set age_days = recency_days where customer_id = 'ada'",
        },
        "money_adds_up": {
            "net value": "update customer_summary set net_value = net_value + 0.03 where customer_id = 'ada'",
            "flows not negative": "update customer_summary set discount_value = -1 where orders = 1",
            "aov": "update customer_summary set aov = aov + 0.02",
        },
        "known_by_first_order": "update customer_summary set known_since = '2024-03-01' where customer_id = 'ada'",
        "negative_customers_share": many("customer_summary", 100, customer_id="i", net_value="-1"),
        "largest_customer_share": many(
            "customer_summary", 100, customer_id="i", net_value="case when i = 0 then 9000 else 5 end"
        ),
    },
    "rfm_segments": {
        "segment_follows_cell": (
            "update rfm_segments set segment = case segment when 'lost' then 'loyal' else 'lost' end"
        ),
        "scores_in_order": {
            "r": "update rfm_segments set r = 6 - r",
            "f": "update rfm_segments set f = 6 - f",
            "m": "update rfm_segments set m = 6 - m",
        },
        "one_segment_dominates": many("rfm_segments", 100, customer_id="i"),
    },
    "lifecycle_stages": {
        "stage_follows_orders": {
            "orders": "update lifecycle_stages set stage = 'repeat' where customer_id = 'cid'",
            "since": "update lifecycle_stages set stage_since = '2024-04-01'",
        },
        "lost_are_longest_gone": "update lifecycle_stages set stage = 'lost' where customer_id = 'ada'",
        "one_stage_dominates": many("lifecycle_stages", 100, customer_id="i"),
    },
    "value_tiers": {
        "tier_needs_value": "update value_tiers set value = null where tier = 'high'",
        "tiers_in_order": "update value_tiers set value = 1 where tier = 'high'",
        "one_tier_dominates": many("value_tiers", 100, customer_id="i"),
    },
    "churn_scores": {
        "bands_in_order": "update churn_scores set churn_risk = 0.05 where risk_band = 'high'",
        "reasons_in_order": "update churn_scores set reason_3 = 'none before it'",
        "risks_differ": f"{many('churn_scores', 100, customer_id='i')}; update churn_scores set churn_risk = 0.5",
        "one_band_dominates": many("churn_scores", 100, customer_id="i"),
    },
    "model_evaluation": {
        "judged_when_due": "update model_evaluation set origin = origin + 1",
        "metrics_in_range": "update model_evaluation set value = 1.2 where metric = 'roc_auc'",
    },
    "segment_moves": {
        "moves_are_possible": {
            "of somebody": "update segment_moves set customers = 0",
            "since an earlier day": "update segment_moves set previous_as_of = as_of",
            "from or to somewhere": (
                "update segment_moves set from_segment = '(new)', to_segment = '(gone)' where to_segment = 'potential'"
            ),
        },
    },
    "nps": {
        "figure_follows_counts": {
            "counts add up": "update nps set passives = passives + 1",
            "figure": "update nps set nps = nps / 100 where nps <> 0",
            "interval": "update nps set low = nps + 0.01",
        },
    },
    "csat": {
        "figure_follows_counts": {
            "counts add up": "update csat set satisfied = n + 1",
            "figure": "update csat set csat = (csat + 1) / 2 where csat < 1",
            "interval": "update csat set low = csat + 0.01",
        },
    },
    "retention_cohorts": {
        "rates_follow_counts": {
            "active within cohort": "update retention_cohorts set active = cohort_size + 1",
            "retention": "update retention_cohorts set retention = 0.5 where period = 0 and is_complete",
            "a rate when over": "update retention_cohorts set is_complete = not is_complete",
        },
        "nothing_after_as_of": "update retention_cohorts set period = period + 1",
    },
    "kpi_scorecard": {
        "figures_fit_their_definition": {
            "unit": "update kpi_scorecard set unit = 'share' where kpi = 'nps'",
            "range": "update kpi_scorecard set value = 85 where kpi = 'csat'",
            "interval": "update kpi_scorecard set low = value + 1 where kpi = 'nps'",
            "period starts on its grain": (
                "update kpi_scorecard set period_start = period_start + 1 where grain = 'quarter'"
            ),
        },
        "status_fits_value": {
            "absent is not zero": "update kpi_scorecard set value = 0 where status = 'input_absent'",
            "target has a verdict": "update kpi_scorecard set status = null where kpi = 'nps'",
        },
    },
}  # fmt: skip
for _table in ("nps", "csat"):
    PLANTED[_table]["periods_follow_calendar"] = {
        "starts on its grain": f"update {_table} set period_start = period_start - 1 where grain = 'week'",
        "starts by as_of": f"update {_table} set period_start = '2024-04-01' where grain = 'day'",
        "complete is over": f"update {_table} set is_complete = true where grain = 'year'",
    }


def rules(spec: ExpectationSpec) -> list[str]:
    """The rules of the expectation, each of which must see something alone."""
    return [figure.rule for figure in figures_of(spec)]


def planted(table: str, name: str, rule: str) -> str:
    mistakes = PLANTED[table][name]
    return mistakes if isinstance(mistakes, str) else mistakes[rule]


@pytest.mark.parametrize(
    ("table", "name", "rule"),
    [
        (table, spec.name, rule)
        for table, specs in RETAIL_EXPECTATIONS.items()
        for spec in specs
        for rule in rules(spec)
    ],
)
def test_each_rule_sees_what_it_was_written_for(shop: SimpleNamespace, table: str, name: str, rule: str) -> None:
    for statement in planted(table, name, rule).split("; "):
        shop.warehouse.rows(statement)
    declared = next(spec for spec in RETAIL_EXPECTATIONS[table] if spec.name == name)
    [outcome] = validate(shop.warehouse, TABLES[table], as_of=shop.as_of, specs=[declared])
    assert (outcome.passed, outcome.error, outcome.severity) == (False, None, declared.severity)
    json.dumps([outcome.observed, outcome.sample], allow_nan=False)
    if declared.type == ROWS:
        assert outcome.observed["broken"] >= 1
        assert len(rules(declared)) == 1 or rule in outcome.observed
    else:
        assert outcome.observed[rule] < outcome.observed.get("at_least", -inf) or (
            outcome.observed[rule] > outcome.observed.get("at_most", inf)
        )
    if declared.shows is None:
        assert len(outcome.sample) <= 5
        assert all(set(row) == set(TABLES[table].key) for row in outcome.sample)


def test_what_is_planted_belongs_to_a_rule() -> None:
    named = {
        table: {name: {name} if isinstance(mistakes, str) else set(mistakes) for name, mistakes in of_table.items()}
        for table, of_table in PLANTED.items()
    }
    assert named == {
        table: {spec.name: set(rules(spec)) for spec in specs} for table, specs in RETAIL_EXPECTATIONS.items()
    }


def test_the_suites_name_tables_of_the_night() -> None:
    assert RETAIL_EXPECTATIONS.keys() <= TABLES.keys()
    assert {name for specs in RETAIL_EXPECTATIONS.values() for spec in specs for name in spec.reads} <= TABLES.keys()

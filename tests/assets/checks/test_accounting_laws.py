from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from assets import expectations
from assets.accounting_laws import LAWS, check_laws
from assets.statements import sql_text
from assets.tables import TABLES

_TINY = "0.00000001"

# law -> what is planted, and the laws besides that must notice because they rest on the same figure
PLANTED: dict[str, tuple[str, set[str]]] = {
    "rows_accounted": ("update row_accounting set duplicates = duplicates + 1", set()),
    "money_accounted": (f"update row_accounting set amount_duplicates = amount_duplicates + {_TINY}", set()),
    "quarantine_accounted": ("delete from quarantine", set()),
    "lines_accounted": (
        "update row_accounting set accepted = accepted + 1, duplicates = duplicates - 1",
        set(),
    ),
    "customers_attached": ("update customer_identities set customer_id = 'gus' where customer_id = 'ben'", set()),
    "scopes_hold_answers": ("delete from survey_scopes where response_id = 'q3' and scope = 'all'", set()),
    "merchandise_to_orders": (f"update orders set net_value = net_value + {_TINY} where order_id = 'r9'", set()),
    "merchandise_to_customers": (
        f"update customer_days set net_value = net_value - {_TINY} where customer_id = 'ben'",
        set(),
    ),
    "orders_to_customer_days": ("update customer_days set orders = orders + 1 where customer_id = 'ben'", set()),
    "summary_money": (
        "update customer_summary set refund_value = refund_value + 0.01 where customer_id = 'eve'",
        set(),
    ),
    "summary_orders": ("update customer_summary set orders = orders + 1 where customer_id = 'cid'", set()),
    "rfm_population": (
        "insert into rfm_segments select * replace ('dora' as customer_id, 0 as frequency, 0 as monetary) "
        "from rfm_segments where customer_id = 'ada'",
        {"tier_population", "value_population", "moves_population", "rfm_scores", "overlap_members"},
    ),
    "value_population": ("delete from customer_value where customer_id = 'cid'", set()),
    "rfm_window": (
        "update rfm_segments set frequency = frequency + 1 where customer_id = 'ben'",
        {"rfm_scores", "traits_figures"},
    ),
    "rfm_scores": ("update rfm_cuts set value = value - 1 where measure = 'frequency' and cut = 2", set()),
    "stage_population": (
        "insert into lifecycle_stages select * replace ('gus' as customer_id, 0 as orders) "
        "from lifecycle_stages where customer_id = 'dora'",
        {"moves_population", "overlap_members"},
    ),
    "stage_orders": ("update lifecycle_stages set orders = orders + 1 where customer_id = 'ada'", {"traits_figures"}),
    "tier_population": ("delete from value_tiers where customer_id = 'fay'", {"moves_population", "overlap_members"}),
    "tier_values": ("update value_tiers set value = value + 0.1 where customer_id = 'fay'", {"overlap_members"}),
    "churn_population": (
        "delete from churn_scores where customer_id = 'cid'",
        {"rules_population", "value_at_risk_parts", "attitudes_are_everybody", "overlap_members"},
    ),
    "rules_population": ("update churn_rules set customers = customers + 1 where rule = 1", set()),
    "record_parts": ("update prediction_scorecard set churned = churned + 1 where decile = 2", set()),
    "value_at_risk_parts": (
        "update value_at_risk set value_at_risk = value_at_risk + 0.1 where scope = 'tier' and scope_value = 'high'",
        set(),
    ),
    "actions_are_in_place": ("update action_list set churn_risk = churn_risk - 0.01", set()),
    "actions_have_consent": ("update customers set consent = false", set()),
    "actions_are_logged": ("update action_log set listed_on = listed_on - 1", set()),
    "effects_count_everybody": ("update action_effects set called = called + 1 where outcome = 'ordered'", set()),
    "traits_population": ("delete from customer_traits where customer_id = 'dora'", {"overlap_members"}),
    "traits_figures": ("update customer_traits set orders = orders + 1 where customer_id = 'ben'", set()),
    "overlap_members": (
        "update segment_overlap set net_value_both = net_value_both + 0.1 "
        "where kind = 'tier' and kind = other_kind and segment = other_segment and segment = 'high'",
        {"overlap_parts"},
    ),
    "overlap_parts": (
        "update segment_overlap set customers_both = customers_both + 1 where kind = 'tier' and other_kind = 'stage'",
        set(),
    ),
    "cohort_population": (
        "update retention_cohorts set active = active + 1 where cohort_month = '2023-05-01' and period = 3",
        set(),
    ),
    "nps_answers": (
        "update nps set promoters = promoters + 1 where grain = 'week' and n = promoters",
        {"scores_add_up"},
    ),
    "csat_answers": (
        "update csat set satisfied = satisfied + 1 where grain = 'year' and scope = 'all'",
        {"scores_add_up"},
    ),
    "scores_of_answers": (
        "update survey_scores set score = 8 where question = 'recommend' and score = 7 and scope = 'all'",
        set(),
    ),
    "scores_add_up": (
        "update survey_scores set responses = 2 where scope = 'region' and grain = 'week' and question = 'recommend'",
        set(),
    ),
    "drivers_answers": ("update satisfaction_drivers set answers = answers + 1 where driver = 'queues'", set()),
    "attitudes_are_everybody": (
        "update value_by_attitude set high_risk_value = high_risk_value + 0.1 where attitude = 'no_answer'",
        set(),
    ),
    "scorecard_surveys": (
        "update kpi_scorecard set n = n + 1 where kpi = 'nps' and scope = 'all' and grain = 'total'",
        set(),
    ),
    "scorecard_retention": (
        "update kpi_scorecard set numerator = numerator + 1 where kpi = 'churn_rate' and scope = 'all' "
        "and grain = 'day' and value is not null",
        set(),
    ),
    "scorecard_orders": (
        "delete from kpi_scorecard where kpi = 'orders' and scope = 'all' and grain = 'month' "
        "and period_start = '2024-03-01'",
        set(),
    ),
    "moves_population": ("update segment_moves set customers = customers + 1 where to_segment = 'potential'", set()),
    "moves_counted": ("update customer_moves set from_segment = 'potential' where kind = 'stage'", set()),
}


def broken(shop: SimpleNamespace) -> set[str]:
    outcomes = check_laws(shop.warehouse, as_of=shop.as_of, window_days=shop.window_days)
    return {outcome.name for outcome in outcomes if not outcome.passed}


def test_every_law_holds_in_a_shop_whose_tables_agree_and_rests_on_something(shop: SimpleNamespace) -> None:
    outcomes = check_laws(shop.warehouse, as_of=shop.as_of, window_days=shop.window_days)
    assert [outcome.name for outcome in outcomes] == [law.name for law in LAWS]
    assert [outcome.name for outcome in outcomes if not outcome.passed] == []
    assert [outcome.name for outcome in outcomes if outcome.observed["n"] == 0] == []


@pytest.mark.parametrize("name", [law.name for law in LAWS])
def test_each_law_is_broken_by_one_planted_mistake_and_no_other_law_is(shop: SimpleNamespace, name: str) -> None:
    mistake, also = PLANTED[name]
    shop.warehouse.rows(mistake)
    assert broken(shop) == {name} | also


def test_one_unit_in_the_last_place_is_seen_and_both_sides_are_shown(shop: SimpleNamespace) -> None:
    shop.warehouse.rows(f"update orders set net_value = net_value + {_TINY} where order_id = 'b1'")
    [outcome] = check_laws(shop.warehouse, ["merchandise_to_orders"], as_of=shop.as_of, window_days=shop.window_days)
    assert not outcome.passed
    assert outcome.severity == "error"
    assert outcome.observed == {
        "n": 28,  # 14 lines, and the amounts of all of them
        "compared": 2,
        "different": 1,
        "left_side": "311.25010000",
        "right_side": "311.25010001",
    }
    assert outcome.sample == (
        {
            "source": "shop",
            "counted": "net_value",
            "left_side": "311.25010000",
            "right_side": "311.25010001",
            "n": 14,
        },
    )
    json.dumps([outcome.observed, outcome.sample])


def test_what_a_law_shows_does_not_hang_on_the_order_of_the_rows(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("update row_accounting set rows_in = rows_in + 1")
    shop.warehouse.rows(
        "insert into row_accounting select * replace ('a.csv' as file, 30 as rows_in) from row_accounting"
    )
    [outcome] = check_laws(shop.warehouse, ["rows_accounted"], as_of=shop.as_of, window_days=shop.window_days)
    assert [row["file"] for row in outcome.sample] == ["a.csv", "orders.csv"]
    assert outcome.observed["left_side"] == 30


def test_a_law_without_input_holds_and_says_that_nothing_was_compared(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("delete from survey_responses")
    shop.warehouse.rows("delete from nps")
    [outcome] = check_laws(shop.warehouse, ["nps_answers"], as_of=shop.as_of, window_days=shop.window_days)
    assert outcome.passed
    assert outcome.observed["n"] == 0


def test_answers_that_reach_no_published_period_break_the_law(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("delete from nps where grain = 'quarter'")
    assert broken(shop) >= {"nps_answers"}


def test_a_line_lost_between_the_accounting_and_the_clean_table_is_missed(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("delete from order_lines where order_id = 'r9'")
    assert "lines_accounted" in broken(shop)


@pytest.mark.parametrize(
    "unsettled",
    ["update row_accounting set last_event = '2024-04-01 00:00'", "update row_accounting set dated_ahead = 1"],
)
def test_a_file_with_rows_still_to_come_is_held_to_its_lines_on_a_later_night(
    shop: SimpleNamespace, unsettled: str
) -> None:
    shop.warehouse.rows("delete from order_lines where order_id = 'r9'")
    shop.warehouse.rows(unsettled)
    assert "lines_accounted" not in broken(shop)


def test_a_customer_missing_in_one_population_and_another_too_many_do_not_cancel(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("update value_tiers set customer_id = 'dora' where customer_id = 'fay'")
    assert "tier_population" in broken(shop)


def test_the_window_is_the_one_asked_for(shop: SimpleNamespace) -> None:
    outcomes = check_laws(shop.warehouse, ["churn_population"], as_of=shop.as_of, window_days=40)
    assert not outcomes[0].passed  # cid's order of 14 February lies 46 days back


def test_half_a_cent_of_rounding_is_no_difference_and_a_cent_is(shop: SimpleNamespace) -> None:
    exact = shop.warehouse.scalar("select sum(net_value) from customer_days where customer_id = 'ada'")
    published = shop.warehouse.scalar("select net_value from customer_summary where customer_id = 'ada'")
    assert exact != published
    assert "summary_money" not in broken(shop)
    shop.warehouse.rows("update customer_summary set net_value = net_value + 0.01 where customer_id = 'ada'")
    assert "summary_money" in broken(shop)


def test_money_that_no_source_maps_is_equal_to_itself(shop: SimpleNamespace) -> None:
    shop.warehouse.rows(
        "update row_accounting set amount_in = null, amount_accepted = null, amount_duplicates = null, "
        "amount_quarantined = null"
    )
    [outcome] = check_laws(shop.warehouse, ["money_accounted"], as_of=shop.as_of, window_days=shop.window_days)
    assert outcome.passed
    assert outcome.observed["n"] == 0


def test_money_known_of_the_parts_and_not_of_the_whole_breaks_the_law(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("update row_accounting set amount_in = null")
    assert broken(shop) == {"money_accounted"}


def test_a_customer_listed_for_a_place_she_does_not_stand_in_breaks_the_law(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("update action_list set segment = 'mid' where kind = 'tier'")
    assert broken(shop) == {"actions_are_in_place"}


def test_an_entry_of_tonight_that_only_the_log_has_breaks_the_law(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("delete from action_list where action = 'thanks'")
    assert broken(shop) == {"actions_are_logged"}


def test_a_law_that_cannot_be_evaluated_is_a_failure_with_its_reason(shop: SimpleNamespace) -> None:
    shop.warehouse.rows("alter table quarantine drop column column_name")
    [outcome] = check_laws(shop.warehouse, ["quarantine_accounted"], as_of=shop.as_of, window_days=shop.window_days)
    assert not outcome.passed
    assert outcome.severity == "error"
    assert outcome.error is not None
    assert "column_name" in outcome.error


def test_a_name_that_is_no_laws_is_refused(shop: SimpleNamespace) -> None:
    with pytest.raises(KeyError, match="rows_acounted"):
        check_laws(shop.warehouse, ["rows_acounted"], as_of=shop.as_of, window_days=365)


def test_the_laws_name_tables_of_the_night_and_no_check_twice() -> None:
    for law in LAWS:
        assert set(law.reads) <= TABLES.keys()
        assert all(table in sql_text(law.sql_file) for table in law.reads)
    for table, contract in TABLES.items():
        names = [spec.name for spec in expectations.specs_for(contract)]
        names += [law.name for law in LAWS if law.table == table]
        assert len(names) == len(set(names)), table

"""For every rule of every expectation written by hand, the mistake it was written for, as SQL on the small shop."""

from __future__ import annotations


def many(table: str, count: int, **changes: str) -> str:
    """So many copies of the table's first row, with a key of their own."""
    replaced = ", ".join(f"{sql} as {column}" for column, sql in changes.items())
    return (
        f"insert into {table} select * exclude (i) replace ({replaced}) "
        f"from (select * from {table} order by all limit 1), range({count}) as copies(i)"
    )


def many_answers(
    count: int, reasons: str, score: str, *, raw: str = "null", question: str = "'overall'", first: int = 0
) -> str:
    """So many answers with their responses, in the newest delivery of the survey."""
    return (
        f"insert into raw_surveys by name select 'survey' as source, 'answers.csv' as file, 2 as content_no, "
        f"{first} + 1000 + i as line_number, 'r' || i as response_id, timestamp '2024-03-01' as responded_at "
        f"from range({count}) as lines(i) where not exists (select 1 from raw_surveys where line_number = "
        f"{first} + 1000 + i); "
        f"insert into landed_answers by name select 2 as content_no, {first} + 1000 + i as line_number, "
        f"{question} as question, {reasons} as reasons, {score} as score, {raw} as raw from range({count}) as lines(i)"
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
        "largest_line_share": many(
            "order_lines", 1500, line_number="100 + i", amount="case when i = 0 then 168469.6 else 1 end", kind="'sold'"
        ),
    },
    "account_identifiers": {
        "holders_follow_fate": "update account_identifiers set fate = 'own' where account_id = 'ada'",
        "unusable_share": many(
            "account_identifiers", 200, identifier_no="9 + i", fate="case when i % 4 = 0 then 'unusable' else 'own' end"
        ),
        "shared_too_widely_share": many(
            "account_identifiers", 200, account_id="'more' || i", fate="'shared_too_widely'"
        ),
    },
    "customer_identities": {
        "status_follows_evidence": {
            "single is alone": "update customer_identities set basis = 'phone' where account_id = 'ben'",
            "united is not": "update customer_identities set basis = null where account_id = 'ada'",
            "suspect is named": "update customer_identities set suspect_cluster = 'ben' where account_id = 'ben'",
            "known by the night": "update customer_identities set since = '2024-04-01' where account_id = 'ada'",
        },
        "named_after_an_account": "update customer_identities set customer_id = 'nobody' where account_id = 'ben'",
        "accounts_counted": "update customer_identities set accounts = 3 where account_id = 'ada-web'",
        "suspect_share": many(
            "customer_identities", 200, account_id="'more' || i", status="'suspect'", suspect_cluster="'more0'"
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
            "on its scale": "update survey_responses set score = 6 where score = 5",
        },
        "nothing_after_as_of": "update survey_responses set responded_on = '2024-04-01'",
        "quarantine_rate": (
            "insert into landed_answers by name select 2 as content_no, i as line_number, 'overall' as question, "
            "case when i < 51 then ['score_off_scale'] end as reasons from range(1000) as lines(i)"
        ),
        "quarantine_rate_of_few": (
            "insert into landed_answers by name select 2 as content_no, i as line_number, 'overall' as question, "
            "case when i < 3 then ['score_off_scale'] end as reasons from range(20) as lines(i)"
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
    "order_flows": {
        "orders_told_once": (
            "insert into order_flows select * exclude (i) replace (3 + i % 2 as content_no, i // 2 as order_no) "
            "from (select * from order_flows where sold_lines > 0 order by all limit 1), range(10) as copies(i)"
        ),
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
        "quarantine_rate_of_few": "update row_accounting set rows_in = 20, quarantined = 3",
        "every_file_readable": "update row_accounting set status = 'unreadable', error = 'cut short'",
        "nothing_dated_ahead": "update row_accounting set dated_ahead = 1",
        "duplicate_rate": "update row_accounting set rows_in = 1000, duplicates = 201",
        "quarantine_near_limit": "update row_accounting set rows_in = 1000, quarantined = 26",
        "versions_do_not_shrink": (
            "insert into row_accounting select * replace ('superseded' as status, 'beef' as content, 100 as rows_in, "
            "loaded_at - interval 1 day as loaded_at) from row_accounting; "
            "update row_accounting set rows_in = 49 where status = 'loaded'"
        ),
        "status_fits_rows": {
            "unreadable says why": "update row_accounting set status = 'unreadable', error = null",
            "events in order": "update row_accounting set first_event = last_event + interval 1 day",
        },
        "as_many_as_before": "delete from row_accounting",
    },
    "survey_scopes": {"all_is_all": "update survey_scopes set scope_value = 'UK' where scope = 'all'"},
    "exchange_rates": {
        "rates_hold": {
            "above zero": "update exchange_rates set rate = 0",
            "given before": "update exchange_rates set rated_on = valid_on + 1",
            "not too old": "update exchange_rates set valid_on = rated_on + 8",
        },
        "rates_in_step": "update exchange_rates set rate = 1.16 where valid_on = '2024-03-29'",
    },
    "order_steps": {
        "steps_go_forward": {
            "one day before the other": "update order_steps set previous_on = ordered_on + 1",
            "latest among all": "update order_steps set latest = steps + 1",
        },
    },
    "source_history": {"parts_within_whole": "update source_history set without_customer = sold + 1"},
    "source_trends": {
        "volume_as_usual": {
            "rows_on_day": "update source_trends set value = 75 where figure = 'rows_on_day'",
            "rows_in_week": "update source_trends set value = 2601 where figure = 'rows_in_week'",
        },
        "shares_as_usual": {
            figure: f"update source_trends set value = 0.09 where figure = '{figure}'"
            for figure in (
                "share_without_customer", "refund_share", "discount_rate", "duplicate_rate", "quarantine_rate"
            )
        },
        "delivered_within_cadence": "update source_trends set value = 4 where figure = 'days_without_delivery'",
    },
    "source_values": {
        "no_value_vanished": "update source_values set events = 0 where value = 'store'",
        "no_value_new": "update source_values set events_before = 0, first_on = '2024-03-20' where value = 'store'",
        "one_spelling_each": "update source_values set value = 'Web ' where value = 'store'",
    },
    "raw_transactions": {
        "ids_as_written": {
            "no decimals": "update raw_transactions set customer_id = '17850.0' where order_id = 'a1'",
            "no powers of ten": "update raw_transactions set product_id = '1.2E+10' where order_id = 'a1'",
            "no word for nothing": "update raw_transactions set customer_id = 'nan' where order_id = 'a1'",
        },
        "text_undamaged": "update raw_transactions set product_name = 'CafetiÃ¨re' where order_id = 'a1'",
        "text_lengths": {
            "ids": "update raw_transactions set order_id = repeat('a', 65) where order_id = 'a1'",
            "texts": "update raw_transactions set region = repeat('a', 121) where order_id = 'a1'",
        },
        "usable_rows_complete": "update raw_transactions set ordered_at = null where order_id = 'a1'",
        "no_placeholder_dates": "update raw_transactions set ordered_at = '1970-01-01' where order_id = 'a1'",
        "sizes_in_range": {
            "quantity": "update raw_transactions set quantity = 201 where order_id = 'b1'",
            "unit_price": "update raw_transactions set unit_price = 1001 where order_id = 'b1'",
        },
        "currency_codes": "update raw_transactions set currency = '£' where order_id = 'b1'",
    },
    "raw_surveys": {
        "ids_as_written": {
            "no decimals": "update raw_surveys set response_id = '1.0' where response_id = 'q1'",
            "no powers of ten": "update raw_surveys set response_id = '1E+5' where response_id = 'q1'",
            "no word for nothing": "update raw_surveys set customer_id = 'NULL' where response_id = 'q1'",
        },
        "text_undamaged": "update raw_surveys set region = 'M\ufffdnchen' where response_id = 'q1'",
        "text_lengths": {
            "ids": "update raw_surveys set response_id = repeat('a', 65) where response_id = 'q1'",
            "texts": "update raw_surveys set channel = repeat('a', 121)",
        },
        "usable_rows_complete": "update raw_surveys set responded_at = null",
        "no_placeholder_dates": "update raw_surveys set responded_at = '1900-01-01'",
        "codes_declared": many_answers(500, "case when i < 5 then ['score_off_scale'] end", "4", raw="'99'"),
        "scale_used": many_answers(100, "null", "1 + i % 3"),
        "straight_lines": "; ".join(
            many_answers(100, "null", "5", question=f"'q{n}'", first=10) for n in range(3)
        ),
    },
    "raw_customers": {
        "ids_as_written": {
            "no decimals": "update raw_customers set customer_id = '7.0'",
            "no powers of ten": "update raw_customers set customer_id = '7e+3'",
            "no word for nothing": "update raw_customers set customer_id = '#N/A'",
        },
        "text_undamaged": "update raw_customers set occupation = '锟斤拷'",
        "text_lengths": {
            "ids": "update raw_customers set customer_id = repeat('a', 65)",
            "texts": "update raw_customers set gender = repeat('a', 121)",
        },
        "usable_rows_complete": "update raw_customers set customer_id = null",
        "no_placeholder_dates": "update raw_customers set acquired_at = '1970-01-01'",
        "births_believable": {
            "no placeholder": many("raw_customers", 100, birth_date="date '1900-01-01'"),
            "possible age": many("raw_customers", 100, age="case when i < 3 then 120 else 30 end"),
        },
        "contacts_look_right": {
            "e-mail": many("raw_customers", 100, email="'020 7946 0000'"),
            "phone": many("raw_customers", 100, phone="case when i < 6 then 'none' else '020 7946 0000' end"),
        },
    },
    "raw_exchange_rates": {
        "no_placeholder_dates": "update raw_exchange_rates set rated_on = '1970-01-01'",
        "usable_rows_complete": "update raw_exchange_rates set currency = 'euro'",
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
            "valued orders": "update customer_summary set valued_orders = orders + 1, aov = null",
        },
        "known_by_first_order": "update customer_summary set known_since = '2024-03-01' where customer_id = 'ada'",
        "negative_customers_share": many("customer_summary", 100, customer_id="i", net_value="-1"),
        "busiest_customer_share": many(
            "customer_summary", 100, customer_id="i", orders="case when i = 0 then 50 else 1 end"
        ),
        "as_many_as_before": "delete from customer_summary where customer_id = 'ben'",
        "largest_customer_share": many(
            "customer_summary", 100, customer_id="i", net_value="case when i = 0 then 9000 else 5 end"
        ),
    },
    "rfm_cuts": {
        "taken_from_a_population": {
            "date": "update rfm_cuts set taken_at = '2024-03-30' where measure = 'monetary'",
            "customers": "update rfm_cuts set taken_from = null",
            "share": "update rfm_cuts set customers_up_to = 0 where measure = 'frequency' and cut = 4",
        },
        "four_in_order": "update rfm_cuts set value = -1 where measure = 'recency_days' and cut = 3",
        "as_configured": "update rfm_cuts set how = 'frozen' where measure = 'frequency'",
    },
    "rfm_segments": {
        "as_many_as_before": "delete from rfm_segments where customer_id = 'ben'",
        "value_has_a_score": "update rfm_segments set m = null where customer_id = 'ada'",
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
            "loyal": "update lifecycle_stages set stage = 'loyal' where customer_id = 'eve'",
            "cuts": "update lifecycle_stages set t2_days = t1_days - 1 where t1_days > 0",
        },
        "as_many_as_before": "delete from lifecycle_stages where customer_id = 'ben'",
        "lost_are_longest_gone": "update lifecycle_stages set stage = 'lost' where customer_id = 'ada'",
        "one_stage_dominates": many("lifecycle_stages", 100, customer_id="i"),
    },
    "value_tiers": {
        "as_many_as_before": "delete from value_tiers where customer_id = 'ben'",
        "tier_needs_value": "update value_tiers set value = null where tier = 'high'",
        "tiers_in_order": "update value_tiers set value = 1 where tier = 'high'",
        "one_tier_dominates": many("value_tiers", 100, customer_id="i"),
    },
    "customer_value": {
        "as_many_as_before": "delete from customer_value where customer_id = 'ben'",
        "interval_holds_value": {
            "interval": "update customer_value set clv_low = clv + 1 where customer_id = 'ada'",
            "not negative": "update customer_value set clv_low = -1 where customer_id = 'ada'",
            "all money or none": "update customer_value set expected_order_value = null where customer_id = 'ada'",
        },
        "orders_follow_probabilities": {
            "alive": "update customer_value set probability_alive = 0, probability_none = 0.5",
            "orders": "update customer_value set expected_orders = 0, probability_none = 0 where customer_id = 'ada'",
            "dates": "update customer_value set next_order_on = as_of where customer_id = 'ada'",
            "horizon": "update customer_value set horizon_days = 91",
        },
        "values_differ": f"{many('customer_value', 100, customer_id='i')}; update customer_value set clv = 5",
        "largest_value_share": (
            f"{many('customer_value', 100, customer_id='i', clv='1')}; "
            "update customer_value set clv = 1000 where customer_id = 'ada'"
        ),
    },
    "purchase_model": {"certified_or_explained": "update purchase_model set is_certified = not is_certified"},
    "spend_model": {"certified_or_explained": "update spend_model set is_certified = not is_certified"},
    "churn_features": {
        "counts_nested": {
            "orders": "update churn_features set orders_30 = orders_all + 1",
            "days": "update churn_features set gaps = order_days",
        },
    },
    "churn_calibration": {
        "observed_follows_counts": "update churn_calibration set observed = 0.5",
        "bins_rise": "update churn_calibration set mean_risk = 0.05 where bin = 2",
    },
    "churn_rules": {
        "rates_follow_counts": {
            "rate": "update churn_rules set rate = 0.5, low = 0, high = 1",
            "rate when judged": "update churn_rules set rate = null",
            "judged when due": "update churn_rules set origin = as_of - 1",
        },
        "riskiest_first": "update churn_rules set rule = 3 - rule",
    },
    "churn_importance": {"loss_is_of_an_area": "update churn_importance set auc_loss = 1.5"},
    "churn_drift": {
        "status_follows_index": "update churn_drift set index = 0.2",
        "shifted_share": "update churn_drift set status = 'shifted', index = 0.3",
    },
    "churn_models": {"hashes_are_hashes": "update churn_models set artefact = artefact || ' '"},
    "churn_windows": {
        "recommendation_follows_gaps": {
            "from a hundred gaps on": "update churn_windows set gaps = 99",
            "whole weeks that cover": "update churn_windows set recommended_days = 43",
            "share when counted": "update churn_windows set share_within = null",
        },
        "horizon_covers_gaps": "update churn_windows set share_within = 0.4",
    },
    "prediction_scorecard": {
        "judged_when_due": {
            "due": "update prediction_scorecard set due_on = as_of + 1",
            "rate": "update prediction_scorecard set observed = observed / 2, low = 0",
            "everybody alone has metrics": "update prediction_scorecard set outcome = null",
            "losses": "update prediction_scorecard set losses_in_a_row = 1",
        },
    },
    "value_at_risk": {
        "risk_is_part_of_stake": {
            "at risk": "update value_at_risk set value_at_risk = value_at_stake + 1",
            "people": "update value_at_risk set expected_churners = customers + 1",
            "basis": "update value_at_risk set basis = 'none'",
        },
    },
    "action_list": {
        "entries_follow_capacity": {
            "dates together": "update action_list set expires_on = null",
            "begun within capacity": "update action_list set listed_on = null, expires_on = null",
            "not expired": "update action_list set expires_on = as_of - 1",
            "saved by calls": "update action_list set is_within_capacity = false, expected_saved_value = 1",
            "value": "update action_list set value_at_risk = value_at_stake + 1",
            "waits for something": "update action_list set waits_for = 'capacity'",
        },
        "ranked_by_value": "update action_list set rank = rank + 1",
    },
    "action_log": {
        "cool_downs_kept": "insert into action_log select * replace (listed_on + 1 as listed_on, 2 as cool_down_days) "
        "from action_log",
        "controls_share": many("action_log", 200, customer_id="'more' || i", is_control="true"),
    },
    "action_effects": {
        "effects_within_intervals": {
            "difference": "update action_effects set difference = difference + 0.0001",
            "interval": "update action_effects set low = difference + 0.1",
            "both or neither": "update action_effects set held_out = 0",
            "shares": "update action_effects set called_value = 2, difference = 2 - held_out_value, high = 2",
            "status": "update action_effects set status = 'more'",
            "dates": "update action_effects set last_listed_on = as_of",
        },
    },
    "churn_scores": {
        "due_after_horizon": "update churn_scores set due_on = as_of",
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
        "places_exist": {
            "from": "update segment_moves set from_segment = 'high' where kind = 'stage'",
            "to": "update segment_moves set to_segment = '(new)' where kind = 'tier'",
        },
        "moves_are_possible": {
            "of somebody": "update segment_moves set customers = 0",
            "since an earlier day": "update segment_moves set previous_as_of = as_of",
            "from or to somewhere": (
                "update segment_moves set from_segment = '(new)', to_segment = '(gone)' where to_segment = 'potential'"
            ),
        },
    },
    "customer_moves": {
        "places_exist": {
            "from": "update customer_moves set from_segment = 'high' where kind = 'stage'",
            "to": "update customer_moves set to_segment = '(new)' where kind = 'tier'",
        },
        "moves_are_possible": {
            "to somewhere else": "update customer_moves set from_segment = to_segment where kind = 'stage'",
            "since an earlier day": "update customer_moves set previous_as_of = as_of",
            "from or to somewhere": "update customer_moves set to_segment = '(gone)'",
        },
        "steps_of_life": "update lifecycle_stages set t2_days = t1_days + 1; "
        "update customer_moves set from_segment = 'loyal', to_segment = 'lost' where kind = 'stage'",
        "places_are_retraced": "update customer_moves set is_retraced = false",
    },
    "restatements": {
        "restatements_add_up": {
            "of published days": "update restatements set period_start = '2024-03-31'",
            "of something": "update restatements set rows_added = 0, orders = 0",
            "net": "update restatements set net_change = 9",
        },
        "nothing_unexplained": "update restatements set cause = 'unexplained'",
    },
    "nps": {
        "as_many_as_before": "delete from nps where grain = 'day'",
        "figure_follows_counts": {
            "counts add up": "update nps set passives = passives + 1",
            "figure": "update nps set nps = nps / 100 where nps <> 0",
            "interval": "update nps set low = nps + 0.01",
        },
    },
    "csat": {
        "as_many_as_before": "delete from csat where grain = 'day'",
        "figure_follows_counts": {
            "counts add up": "update csat set satisfied = n + 1",
            "figure": "update csat set csat = (csat + 1) / 2 where csat < 1",
            "interval": "update csat set low = csat + 0.01",
        },
    },
    "survey_scores": {
        "as_many_as_before": "delete from survey_scores where grain <> 'total'",
        "satisfied_of_a_kind": "update survey_scores set satisfied = 0 where kind = 'nps'",
        "shares_are_a_whole": "update survey_scores set share = share / 2 where scope = 'region' and grain = 'month'",
    },
    "satisfaction_drivers": {
        "importance_or_reason": {
            "one of both": "update satisfaction_drivers set withheld = 'weak_fit' where rank = 1",
            "rests on enough": "update satisfaction_drivers set n = 99",
            "interval": "update satisfaction_drivers set low = importance + 0.01",
        },
        "importances_add_up": "update satisfaction_drivers set importance = importance / 2, low = 0 where rank = 1",
    },
    "value_by_attitude": {
        "risk_is_part_of_whole": {
            "customers": "update value_by_attitude set high_risk_customers = customers + 1",
            "nobody has nothing": "update value_by_attitude set customers = 0 where attitude = 'promoter'",
            "not at risk, no value at it": "update value_by_attitude set high_risk_value = 5 where customers = 1",
        },
        "attitudes_are_four": "delete from value_by_attitude where customers = 0",
    },
    "customer_traits": {
        "as_many_as_before": "delete from customer_traits where customer_id = 'ben'",
        "age_band_follows_age": "update customer_traits set age_band = '18_30' where customer_id = 'ada'",
        "traits_follow_figures": {
            "high_frequency": "update customer_traits set is_high_frequency = true where customer_id = 'ada'",
            "potential_high_value": "update customer_traits set is_potential_high_value = true where orders > 1",
            "steady": "update customer_traits set last_gap_days = 9 * median_gap_days where customer_id = 'ada'",
            "price_sensitive": "update customer_traits set is_price_sensitive = null where customer_id = 'ada'",
        },
        "figures_fit_orders": {
            "orders of the window": "update customer_traits set orders_window = orders + 1 where customer_id = 'ben'",
            "category lines": "update customer_traits set category_lines = 2 where customer_id = 'ada'",
            "first value": "update customer_traits set first_order_value = 5 where customer_id = 'dora'",
            "gaps": "update customer_traits set gaps = orders where customer_id = 'ada'",
            "discounts": "update customer_traits set discounted_share = 0.5 where customer_id = 'ada'",
        },
    },
    "segment_overlap": {
        "segments_exist": {
            "own": "update segment_overlap set segment = 'champions' where kind = 'stage'",
            "other": "update segment_overlap set other_segment = 'steady' where other_kind = 'tier'",
        },
        "overlap_follows_counts": {
            "counts": "update segment_overlap set known_customers = 1",
            "with itself": "update segment_overlap set other_customers = customers + 1 where segment = other_segment",
            "jaccard": "update segment_overlap set jaccard = jaccard / 2 where customers_both > 0",
            "lift": "update segment_overlap set lift = 1.01 * lift where customers_both > 0",
            "nobody has nothing": "update segment_overlap set net_value_both = 5 where customers_both = 0",
        },
        "pairs_stand_twice": "delete from segment_overlap where kind = 'stage' and other_kind = 'tier'",
    },
    "retention_cohorts": {
        "as_many_as_before": "delete from retention_cohorts where period > 0",
        "later_months_hold_fewer": "update retention_cohorts set unbounded_retention = period / 100.0",
        "rates_follow_counts": {
            "active within cohort": "update retention_cohorts set active = cohort_size + 1",
            "retention": "update retention_cohorts set retention = 0.5 where period = 0 and is_complete",
            "interval": "update retention_cohorts set retention_low = retention + 0.01 where period = 1",
            "a rate when over": "update retention_cohorts set is_complete = not is_complete",
        },
        "nothing_after_as_of": "update retention_cohorts set period = period + 1",
    },
    "kpi_scorecard": {
        "as_many_as_before": "delete from kpi_scorecard where grain = 'day'",
        "figures_fit_their_definition": {
            "unit": "update kpi_scorecard set unit = 'share' where kpi = 'nps'",
            "range": "update kpi_scorecard set value = 85 where kpi = 'csat'",
            "interval": "update kpi_scorecard set low = value + 1 where kpi = 'nps'",
            "period starts on its grain": (
                "update kpi_scorecard set period_start = period_start + 1 where grain = 'quarter'"
            ),
            "complete is over": "update kpi_scorecard set is_complete = true where grain = 'year'",
        },
        "status_fits_value": {
            "absent is not zero": "update kpi_scorecard set value = 0 where status = 'input_absent'",
            "target has a verdict": "update kpi_scorecard set status = null where kpi = 'nps'",
        },
    },
}  # fmt: skip
for _table in ("nps", "csat"):
    PLANTED[_table] |= {
        "waves_follow_each_other": f"update {_table} set change = change + 0.01 where grain = 'month'",
        "change_fits_its_interval": {
            "known together": f"update {_table} set p_value = null where grain = 'month'",
            "interval": f"update {_table} set change_low = change + 0.01 where grain = 'month'",
            "test": f"update {_table} set p_value = 0.001 where grain = 'month'",
            "adjusted": f"update {_table} set p_value_adjusted = p_value / 2 where grain = 'month'",
        },
    }
for _table in ("nps", "csat", "survey_scores"):
    PLANTED[_table]["periods_follow_calendar"] = {
        "starts on its grain": f"update {_table} set period_start = period_start - 1 where grain = 'week'",
        "starts by as_of": f"update {_table} set period_start = '2024-04-01' where grain = 'month'",
        "complete is over": f"update {_table} set is_complete = true where grain = 'year'",
    }

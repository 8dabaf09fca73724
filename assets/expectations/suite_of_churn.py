"""Expectations of what stands behind churn risk: rules, drift, the record of what came due, value at risk, the list."""

from __future__ import annotations

from assets.expectations.judgements import CLOSE
from assets.expectations.specs import figures, rows

_RATE = (
    f"churned <= n and (n = 0 or abs({{rate}} - cast(churned as double) / n) <= {CLOSE}) "
    f"and coalesce(low <= {{rate}} + {CLOSE} and {{rate}} <= high + {CLOSE}, true)"
)

EXPECTATIONS = (
    rows(
        "churn_rules",
        "rates_follow_counts",
        {
            "rate": _RATE.replace("{rate}", "rate"),
            "rate when judged": "(n = 0) = (rate is null) and (n = 0 or origin is not null)",
            "judged when due": "origin is null or origin + {horizon_days} <= as_of",
        },
        "A rule's rate is churned / n inside its interval, at a date whose horizon is over.",
    ),
    figures(
        "churn_rules",
        "riskiest_first",
        "(select count(*) from (select rate - lag(rate) over (order by rule) as step from {batch} where rate is not "
        "null) as steps where step > 0)",
        "Rules are numbered by their rate, the highest first.",
        high=0,
        severity="error",
    ),
    rows(
        "churn_importance",
        "loss_is_of_an_area",
        "auc_loss between -1 and 1 and n > 0 and (origin is null or origin + {horizon_days} <= as_of)",
        "What is lost of a ROC-AUC lies between -1 and 1, on somebody, at a date whose horizon is over.",
    ),
    rows(
        "churn_drift",
        "status_follows_index",
        "status = 'too_few_data' or status = case when index < 0.1 then 'stable' when index <= 0.25 then 'moderate' "
        "else 'shifted' end",
        "Below 0.1 is stable, above 0.25 is shifted.",
    ),
    figures(
        "churn_drift",
        "shifted_share",
        "cast(count(*) filter (where status = 'shifted') as double) / nullif(count(*), 0)",
        "No more than half of the inputs have shifted from what the models learned from.",
        high=0.5,
    ),
    rows(
        "churn_models",
        "hashes_are_hashes",
        "length(sha256) = 64 and length(data_hash) = 64 and length(feature_hash) = 64 and length(code_hash) = 64 "
        "and length(model_version) = 12 and sha256(artefact) = sha256",
        "The artefact is the one its hash is of.",
    ),
    rows(
        "churn_windows",
        "recommendation_follows_gaps",
        {
            "from a hundred gaps on": "(recommended_days is null) = (gaps < 100)",
            "whole weeks that cover": "coalesce(recommended_days % 7 = 0 and recommended_days >= gap_days, true)",
            "share when counted": "(share_within is null) = (gaps = 0)",
        },
        "The recommendation is whole weeks, not below its quantile of the gaps, from a hundred gaps on.",
    ),
    figures(
        "churn_windows",
        "horizon_covers_gaps",
        "(select 1 - min(share_within) from {batch} where setting = 'horizon_days' and gaps >= 100)",
        "The configured horizon is not shorter than half of the gaps between orders: else nearly everybody leaves.",
        high=0.5,
    ),
    rows(
        "prediction_scorecard",
        "judged_when_due",
        {
            "due": "predicted_on < due_on and due_on <= as_of",
            "rate": _RATE.replace("{rate}", "observed"),
            "everybody alone has metrics": "(decile = 0) = (outcome is not null) and (decile = 0 or log_loss is null)",
            "losses": "(losses_in_a_row = 0) = (losing_since is null) and coalesce(losing_since <= predicted_on, true)",
        },
        "A published score is judged once its horizon is over, and what was observed is churned / n.",
    ),
    rows(
        "value_at_risk",
        "risk_is_part_of_stake",
        {
            "at risk": "coalesce(value_at_risk between 0 and value_at_stake, true) "
            "and (value_at_risk is null) = (value_at_stake is null)",
            "people": "expected_churners <= customers and customers > 0",
            "basis": "(basis = 'none') = (value_at_stake is null)",
        },
        "Value at risk is part of the value at stake, and of nobody's below zero.",
    ),
    rows(
        "action_list",
        "entries_follow_capacity",
        {
            "dates together": "(listed_on is null) = (expires_on is null)",
            "begun within capacity": "not is_within_capacity or listed_on is not null",
            "not expired": "coalesce(listed_on <= as_of and expires_on >= as_of, true)",
            "saved by calls": "coalesce(expected_saved_value, 0) = 0 or (is_within_capacity and not is_control)",
            "value": "coalesce(value_at_risk between 0 and value_at_stake, true)",
            "waits for something": "(listed_on is null) = (waits_for is not null)",
        },
        "Who is within capacity has a date that is not over, who has none waits for something; only who is called can "
        "be saved.",
    ),
    figures(
        "action_list",
        "ranked_by_value",
        "(select count(*) from (select value - lag(value) over (partition by action order by rank) as step, rank, "
        "row_number() over (partition by action order by rank) as place from (select action, rank, "
        "case kind when 'risk_band' then value_at_risk else value_at_stake end as value from {batch}) as listed) as "
        "steps where step > 0 or rank <> place)",
        "Every action's list is numbered without gaps, the largest value at risk first; outside risk bands, at stake.",
        high=0,
        severity="error",
    ),
    figures(
        "action_log",
        "cool_downs_kept",
        "(select count(*) from {batch} as earlier join {batch} as later on later.customer_id = earlier.customer_id and "
        "(later.listed_on > earlier.listed_on and later.listed_on - earlier.listed_on < later.cool_down_days or "
        "later.listed_on = earlier.listed_on and later.action > earlier.action and later.cool_down_days > 0 and "
        "earlier.cool_down_days > 0))",
        "No entry began within its cool-down after another entry of the customer.",
        high=0,
        severity="error",
    ),
    figures(
        "action_log",
        "controls_share",
        "(select max(abs(held - n * hold_out) / sqrt(n * hold_out * (1 - hold_out))) from (select action, hold_out, "
        "count(*) as n, count(*) filter (where is_control) as held from (select distinct action, hold_out, "
        "customer_id, is_control from {batch} where hold_out > 0 and hold_out < 1) as listed group by action, hold_out "
        "having count(*) >= 100) as actions)",
        "Of the customers an action ever listed the hash holds out about the configured share, within five standard "
        "errors.",
        high=5,
    ),
    rows(
        "action_effects",
        "effects_within_intervals",
        {
            "difference": "(called_value - held_out_value) is not distinct from difference",
            "interval": "coalesce(low <= difference and difference <= high, true)",
            "both or neither": "(called = 0 or held_out = 0) = (difference is null)",
            "shares": "outcome <> 'ordered' or coalesce(called_value between 0 and 1, true)",
            "status": "(status = 'more') = (status <> 'too_few_data' and coalesce(low > 0, false)) and "
            "(status = 'less') = (status <> 'too_few_data' and coalesce(high < 0, false))",
            "dates": "first_listed_on <= last_listed_on and last_listed_on + horizon_days <= as_of",
        },
        "The difference is that of the two values, within its interval, which decides what is said; horizons are over.",
    ),
)  # fmt: skip

"""Expectations of what is said of each customer: summary, segments, tiers, churn and moves."""

from __future__ import annotations

from assets.expectations.judgements import (
    ENOUGH,
    FLOWS_NOT_NEGATIVE,
    crossings,
    from_rows,
    largest_share,
    share_where,
)
from assets.expectations.specs import figure, rows
from assets.warehouse import literal
from models import churn, lifecycle, rfm, value_tiers

_SUMMARY = "customer_summary"


def _out_of_order(scores: str, values: str) -> str:
    """How many of the score's four borders a value crosses the wrong way: higher scores go with higher values.

    Values that were rounded to the cent may meet at a border; they may not cross it.
    """
    borders = [
        crossings(f"max({values}) filter (where {scores} <= {k})", f"min({values}) filter (where {scores} > {k})")
        for k in range(1, 5)
    ]
    return " + ".join(borders)


def _cell_segment() -> str:
    """The segment of a row's cell, from the grid; FM = (F + M) / 2 rounded half up, F alone where M is unknown."""
    cells = " ".join(
        f"when {10 * r + fm} then {literal(segment)}"
        for r, row in rfm.GRID.items()
        for fm, segment in enumerate(row, start=1)
    )
    return f"case 10 * r + coalesce((f + m + 1) // 2, f) {cells} end"


EXPECTATIONS = (
    rows(
        _SUMMARY,
        "ordered_means_dated",
        "(orders = 0) = (first_order_on is null) and (orders = 0) = (last_order_on is null) "
        "and coalesce(first_order_on <= last_order_on, true) and coalesce(last_order_on <= as_of, true)",
        "Who ordered has a first and a last order, in that order and by as_of; who did not has neither.",
    ),
    rows(
        _SUMMARY,
        "recency_and_age_follow_dates",
        "recency_days is not distinct from date_diff('day', last_order_on, as_of) "
        "and age_days is not distinct from date_diff('day', first_order_on, as_of)",
        "recency_days counts from the latest order, age_days from the first.",
    ),
    rows(
        _SUMMARY,
        "net_value_adds_up",
        # Four figures, each rounded once by at most half a cent.
        "net_value is null or abs(net_value - (gross_value - discount_value - refund_value)) <= 0.02",
        "Net value is gross less discounts less refunds, apart from rounding each to the cent.",
    ),
    rows(_SUMMARY, "flows_not_negative", FLOWS_NOT_NEGATIVE, "Gross, discounts and refunds are flows."),
    rows(
        _SUMMARY,
        "aov_is_net_per_order",
        "case when orders = 0 or net_value is null then aov is null "
        "else abs(aov * cast(orders as decimal(18, 0)) - net_value) <= 0.005 * (orders + 1) end",
        "aov is net value per valid order, and NULL without one.",
    ),
    rows(
        _SUMMARY,
        "known_by_first_order",
        "coalesce(known_since <= first_order_on, true)",
        "Nobody ordered before becoming a customer: the customer file's acquisition date is later than a sale.",
        severity="warn",
    ),
    figure(
        _SUMMARY,
        "negative_customers_share",
        from_rows(ENOUGH, share_where("net_value < 0")),
        "At most 5 % of the customers returned more than they bought: the log starts after their purchases.",
        high=0.05,
    ),
    figure(
        _SUMMARY,
        "largest_customer_share",
        from_rows(ENOUGH, "cast(max(net_value) as double) / nullif(cast(sum(net_value) as double), 0)"),
        "No customer holds more than 20 % of all net value; a wholesale or a till account would.",
        high=0.20,
        blame="net_value = (select max(net_value) from {batch})",
    ),
    rows("rfm_segments", "segment_follows_cell", f"segment = {_cell_segment()}", "The segment is the (R, FM) cell's."),
    figure(
        "rfm_segments",
        "recency_scores_in_order",
        _out_of_order("(6 - r)", "recency_days"),
        "Nobody with a more recent order has a lower R.",
        high=0,
        severity="error",
    ),
    figure(
        "rfm_segments",
        "frequency_scores_in_order",
        _out_of_order("f", "frequency"),
        "Nobody with more orders has a lower F.",
        high=0,
        severity="error",
    ),
    figure(
        "rfm_segments",
        "monetary_scores_in_order",
        _out_of_order("m", "monetary"),
        "Nobody with more value has a lower M.",
        high=0,
        severity="error",
    ),
    figure(
        "rfm_segments",
        "one_segment_dominates",
        largest_share("segment", rfm.SEGMENTS),
        "No segment holds more than 80 % of the customers.",
        high=0.80,
    ),
    rows(
        "lifecycle_stages",
        "stage_follows_orders",
        "(stage = 'potential') = (orders = 0) and (orders = 0) = (gap_days is null) "
        "and case stage when 'first_purchase' then orders = 1 when 'repeat' then orders >= 2 "
        "when 'loyal' then orders >= 2 when 'reactivated' then orders >= 2 else true end",
        "Potential means no order, first_purchase one, repeat, loyal and reactivated more.",
    ),
    rows("lifecycle_stages", "nothing_after_as_of", "stage_since <= as_of", "No stage begins after as_of."),
    figure(
        "lifecycle_stages",
        "lost_are_longest_gone",
        "max(gap_days) filter (where stage <> 'lost') - min(gap_days) filter (where stage = 'lost')",
        "Every lost customer has been away longer than anybody who is not lost.",
        high=-1,
        severity="error",
    ),
    figure(
        "lifecycle_stages",
        "one_stage_dominates",
        largest_share("stage", lifecycle.STAGES),
        "No stage holds more than 90 % of the customers.",
        high=0.90,
    ),
    rows(
        "value_tiers",
        "tier_needs_value",
        # Tiers are cut on exact values: one below half a cent is positive there and 0.00 here.
        "case when tier = 'none' then coalesce(value, 0) <= 0 else value >= 0 end",
        "A customer is in a tier for a positive value, and in none for another.",
    ),
    figure(
        "value_tiers",
        "tiers_in_order",
        crossings("max(value) filter (where tier <> 'high')", "min(value) filter (where tier = 'high')")
        + " + "
        + crossings("max(value) filter (where tier in ('low', 'none'))", "min(value) filter (where tier = 'mid')"),
        "Nobody in a higher tier is worth less than somebody in a lower one.",
        high=0,
        severity="error",
    ),
    figure(
        "value_tiers", "one_basis", "count(distinct basis)", "All values are of one basis.", high=1, severity="error"
    ),
    figure(
        "value_tiers",
        "one_tier_dominates",
        largest_share("tier", value_tiers.TIERS),
        "No tier holds more than 80 % of the customers.",
        high=0.80,
    ),
    rows("churn_scores", "due_after_horizon", "due_on = as_of + horizon_days", "Due on as_of + horizon_days."),
    figure(
        "churn_scores",
        "one_model",
        "greatest(count(distinct model), count(distinct model_version), count(distinct horizon_days))",
        "All scores come from one fitted model with one horizon.",
        high=1,
        severity="error",
    ),
    figure(
        "churn_scores",
        "bands_in_order",
        crossings(
            "max(churn_risk) filter (where risk_band = 'low')", "min(churn_risk) filter (where risk_band <> 'low')"
        )
        + " + "
        + crossings(
            "max(churn_risk) filter (where risk_band <> 'high')", "min(churn_risk) filter (where risk_band = 'high')"
        ),
        "A higher band means a higher risk.",
        high=0,
        severity="error",
    ),
    rows(
        "churn_scores",
        "reasons_in_order",
        "(reason_1 is not null or reason_2 is null) and (reason_2 is not null or reason_3 is null)",
        "The second reason follows the first.",
    ),
    figure(
        "churn_scores",
        "risks_differ",
        from_rows(ENOUGH, "max(churn_risk) - min(churn_risk)"),
        "Risks differ between customers; one and the same for all ranks nobody.",
        low=0.01,
    ),
    figure(
        "churn_scores",
        "one_band_dominates",
        largest_share("risk_band", churn.RISK_BANDS),
        "No risk band holds more than 95 % of the customers.",
        high=0.95,
    ),
    rows(
        "model_evaluation",
        "judged_when_due",
        "origin + horizon_days <= as_of",
        "A prediction is judged only after its horizon has passed: nothing is looked up in the future.",
    ),
    rows(
        "model_evaluation",
        "metrics_in_range",
        "metric in ('log_loss', 'calibration_slope', 'calibration_intercept', 'lift_top_decile', 'mae', 'rmse', "
        "'bias', 'spearman', 'normalised_gini') or (coalesce(value between 0 and 1, true) "
        "and coalesce(baseline_value between 0 and 1, true))",
        "Rates and areas lie between 0 and 1.",
    ),
    rows("segment_moves", "moves_have_customers", "customers >= 1", "A move is made by somebody."),
    rows("segment_moves", "predecessor_is_earlier", "previous_as_of < as_of", "The predecessor is of an earlier day."),
    rows(
        "segment_moves",
        "from_or_to_somewhere",
        "not (from_segment = '(new)' and to_segment = '(gone)')",
        "Nobody comes from nowhere and goes nowhere.",
    ),
)

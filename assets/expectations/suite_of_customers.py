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
from assets.expectations.specs import figures, rows
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
        "dates_follow_orders",
        {
            "ordered means dated": "(orders = 0) = (first_order_on is null) and (orders = 0) = (last_order_on is null) "
            "and coalesce(first_order_on <= last_order_on, true) and coalesce(last_order_on <= as_of, true)",
            "recency": "recency_days is not distinct from date_diff('day', last_order_on, as_of)",
            "age": "age_days is not distinct from date_diff('day', first_order_on, as_of)",
        },
        "Who ordered has a first and a last order, in that order and by as_of; recency counts from the latest, age "
        "from the first.",
    ),
    rows(
        _SUMMARY,
        "money_adds_up",
        {
            # Four figures, each rounded once by at most half a cent.
            "net value": "net_value is null or abs(net_value - (gross_value - discount_value - refund_value)) <= 0.02",
            "flows not negative": FLOWS_NOT_NEGATIVE,
            "aov": "case when orders = 0 or net_value is null then aov is null "
            "else abs(aov * cast(orders as decimal(18, 0)) - net_value) <= 0.005 * (orders + 1) end",
        },
        "Net value is gross less discounts less refunds, apart from rounding each to the cent; aov is net value per "
        "valid order, and NULL without one.",
    ),
    rows(
        _SUMMARY,
        "known_by_first_order",
        "coalesce(known_since <= first_order_on, true)",
        "Nobody ordered before becoming a customer: the customer file's acquisition date is later than a sale.",
        severity="warn",
    ),
    figures(
        _SUMMARY,
        "negative_customers_share",
        from_rows(ENOUGH, share_where("net_value < 0")),
        "At most 5 % of the customers returned more than they bought: the log starts after their purchases.",
        high=0.05,
    ),
    figures(
        _SUMMARY,
        "largest_customer_share",
        from_rows(ENOUGH, "cast(max(net_value) as double) / nullif(cast(sum(net_value) as double), 0)"),
        "No customer holds more than 20 % of all net value; a wholesale or a till account would.",
        high=0.20,
        blame="net_value = (select max(net_value) from {batch})",
    ),
    rows("rfm_segments", "segment_follows_cell", f"segment = {_cell_segment()}", "The segment is the (R, FM) cell's."),
    figures(
        "rfm_segments",
        "scores_in_order",
        {
            "r": _out_of_order("(6 - r)", "recency_days"),
            "f": _out_of_order("f", "frequency"),
            "m": _out_of_order("m", "monetary"),
        },
        "Nobody with a more recent order has a lower R, with more orders a lower F, with more value a lower M.",
        high=0,
        severity="error",
    ),
    figures(
        "rfm_segments",
        "one_segment_dominates",
        largest_share("segment", rfm.SEGMENTS),
        "No segment holds more than 80 % of the customers.",
        high=0.80,
    ),
    rows(
        "lifecycle_stages",
        "stage_follows_orders",
        {
            "orders": "(stage = 'potential') = (orders = 0) and (orders = 0) = (gap_days is null) "
            "and case stage when 'first_purchase' then orders = 1 when 'repeat' then orders >= 2 "
            "when 'loyal' then orders >= 2 when 'reactivated' then orders >= 2 else true end",
            "since": "stage_since <= as_of",
        },
        "Potential means no order, first_purchase one, repeat, loyal and reactivated more; none begins after as_of.",
    ),
    figures(
        "lifecycle_stages",
        "lost_are_longest_gone",
        "max(gap_days) filter (where stage <> 'lost') - min(gap_days) filter (where stage = 'lost')",
        "Every lost customer has been away longer than anybody who is not lost.",
        high=-1,
        severity="error",
    ),
    figures(
        "lifecycle_stages",
        "one_stage_dominates",
        largest_share("stage", lifecycle.STAGES, where="orders > 0"),
        "No stage holds more than 90 % of the customers who ever ordered.",
        high=0.90,
    ),
    rows(
        "value_tiers",
        "tier_needs_value",
        # Tiers are cut on exact values: one below half a cent is positive there and 0.00 here.
        "case when tier = 'none' then coalesce(value, 0) <= 0 else value >= 0 end",
        "A customer is in a tier for a positive value, and in none for another.",
    ),
    figures(
        "value_tiers",
        "tiers_in_order",
        crossings("max(value) filter (where tier <> 'high')", "min(value) filter (where tier = 'high')")
        + " + "
        + crossings("max(value) filter (where tier in ('low', 'none'))", "min(value) filter (where tier = 'mid')"),
        "Nobody in a higher tier is worth less than somebody in a lower one.",
        high=0,
        severity="error",
    ),
    figures(
        "value_tiers",
        "one_tier_dominates",
        largest_share("tier", value_tiers.TIERS, where="value is not null"),
        "No tier holds more than 80 % of the customers whose value is known.",
        high=0.80,
    ),
    figures(
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
    figures(
        "churn_scores",
        "risks_differ",
        from_rows(ENOUGH, "max(churn_risk) - min(churn_risk)"),
        "Risks differ between customers; one and the same for all ranks nobody.",
        low=0.01,
    ),
    figures(
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
    rows(
        "segment_moves",
        "moves_are_possible",
        {
            "of somebody": "customers >= 1",
            "since an earlier day": "previous_as_of < as_of",
            "from or to somewhere": "not (from_segment = '(new)' and to_segment = '(gone)')",
        },
        "A move is made by somebody, since an earlier day, and not from nowhere to nowhere.",
    ),
)

"""Expectations of what is said of each customer: summary, segments, tiers, churn and moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assets.configuration.playbook import PLACES
from assets.expectations.judgements import (
    CLOSE,
    ENOUGH,
    FLOWS_NOT_NEGATIVE,
    crossings,
    from_rows,
    largest_share,
    share_where,
)
from assets.expectations.specs import figures, rows
from assets.statements import literal
from models import customer_traits, lifecycle, moves, rfm, segment_overlap, value_tiers
from models.churn import learning

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


def _of_its_kind(kind: str, column: str, places: Mapping[str, Sequence[str]]) -> str:
    """The column names one of the places of the kind that another column names."""
    cases = " ".join(
        f"when {literal(one)} then {column} in ({', '.join(map(literal, names))})" for one, names in places.items()
    )
    return f"case {kind} {cases} end"


def _place_or(outside: str) -> Mapping[str, Sequence[str]]:
    """The places of the kinds that customers move in, and the outside of each."""
    return {kind: (*PLACES[kind], outside) for kind in ("rfm", "stage", "tier")}


def _ordinary_step() -> str:
    """The step is one that time or orders may lead to, or has a cause beside them; other kinds have no steps.

    Whoever comes is judged as a potential customer. Nights apart, a step is any number of steps. A warning by risk
    comes and goes with the risk, and where T1 = T2 there is no warning between active and lost.
    """

    def ways(consecutive: bool) -> str:
        known = lifecycle.reachable(consecutive)
        cases = " ".join(
            f"when {literal(stage)} then to_segment in ({', '.join(map(literal, following))})"
            for stage, following in (known | {moves.NEW: ("potential", *known["potential"])}).items()
        )
        return f"case from_segment {cases} else false end"

    return (
        "kind <> 'stage' or cause not in ('time_passing', 'new_order') "
        "or ({risk_warns} and 'churn_warning' in (from_segment, to_segment)) "
        "or (select coalesce(bool_and(t1_days = t2_days), false) from lifecycle_stages) "
        f"or case when as_of - previous_as_of = 1 then {ways(True)} else {ways(False)} end"
    )


def _is_told(trait: str, holds: str, is_open: str) -> str:
    """The trait is what its figures say, and NULL only where they do not say."""
    return f"case when {trait} is null then {is_open} else {trait} = coalesce({holds}, false) end"


_SEGMENTS = {segment_overlap.TRAIT: customer_traits.TRAITS, "age_band": customer_traits.AGE_BANDS, **PLACES}


_MOVED = {
    "from": _of_its_kind("kind", "from_segment", _place_or(moves.NEW)),
    "to": _of_its_kind("kind", "to_segment", _place_or(moves.GONE)),
}


# What holds everything there has been so far. Windows and lists of tonight's come and go.
_KEPT = (
    "customer_summary", "rfm_segments", "lifecycle_stages", "value_tiers", "retention_cohorts", "nps", "csat",
    "survey_scores", "kpi_scorecard", "row_accounting", "customer_value", "customer_traits",
)  # fmt: skip


EXPECTATIONS = (
    *(
        figures(
            table,
            "as_many_as_before",
            f"case when {{previous_rows}} >= {ENOUGH} then cast(count(*) as double) / {{previous_rows}} end",
            "The table has at least 90 % of the rows it had in the release before: less, and a source, a part of the "
            "history or a mapping has gone missing.",
            low=0.90,
        )
        for table in _KEPT
    ),
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
            "aov": "case when valued_orders = 0 then aov is null "
            "else abs(aov * cast(valued_orders as decimal(18, 0)) - net_value) <= 0.005 * (valued_orders + 1) end",
            "valued orders": "valued_orders <= orders",
        },
        "Net value is gross less discounts less refunds, apart from rounding each to the cent; aov is net value per "
        "valid order with a known amount, and NULL without one.",
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
    figures(
        _SUMMARY,
        "busiest_customer_share",
        from_rows(ENOUGH, "cast(max(orders) as double) / nullif(sum(orders), 0)"),
        "No customer has more than 10 % of all orders: a test account, a till, or a guest id that all share.",
        high=0.10,
        blame="orders = (select max(orders) from {batch})",
    ),
    rows(
        "rfm_cuts",
        "taken_from_a_population",
        {
            "date": "case how when 'quantile' then taken_at = as_of when 'frozen' then taken_at <= as_of "
            "else taken_at is null end",
            "customers": "(taken_from is null) = (how = 'fixed') and coalesce(taken_from > 0, true)",
            "share": "case when how = 'quantile' then 5 * customers_up_to >= cut * taken_from else true end",
        },
        "A quintile is of somebody, on a date that is over by as_of; tonight's is reached by its share of customers.",
    ),
    figures(
        "rfm_cuts",
        "four_in_order",
        "(select count(*) from (select count(*) as cuts, count(distinct how) as kinds from {batch} group by measure) "
        "as measures where cuts <> 4 or kinds <> 1) + (select count(*) from (select value - lag(value) over "
        "(partition by measure order by cut) as step from {batch}) as steps where step < 0)",
        "A measure has four cuts, made in one way, none of them below the one before.",
        high=0,
        severity="error",
    ),
    rows(
        "rfm_cuts",
        "as_configured",
        "how = '{rfm_cuts}'",
        "The cuts are made as configured: tonight's quintiles stand in for those of a date that is not over, or on "
        "which nobody had the measure.",
        severity="warn",
    ),
    rows(
        "rfm_segments",
        "value_has_a_score",
        "(monetary is null) = (m is null)",
        "Who has a value has a score for it, and nobody else.",
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
            "loyal": "stage <> 'loyal' or orders >= {loyal_orders}",
            "cuts": "t1_days <= t2_days and (stage = 'potential' or (stage = 'lost') = (gap_days > t2_days))",
        },
        "Potential means no order, first_purchase one, repeat and reactivated more, loyal as many as configured, lost "
        "a gap above T2; none begins after as_of.",
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
    rows(
        "customer_value",
        "interval_holds_value",
        {
            "interval": "clv is null or (clv_low <= clv and clv <= clv_high)",
            "not negative": "coalesce(clv_low, 0) >= 0 and coalesce(expected_order_value, 0) >= 0",
            "all money or none": "(clv is null) = (clv_low is null) and (clv is null) = (clv_high is null) "
            "and (clv is null) = (expected_order_value is null)",
        },
        "The expected value is not negative and lies within its interval; where no source has money, all is NULL.",
    ),
    rows(
        "customer_value",
        "orders_follow_probabilities",
        {
            "alive": "coalesce(probability_alive, 1) >= 1 - probability_none - 1e-6",
            "orders": "expected_orders >= 1 - probability_none - 1e-6",
            "dates": "coalesce(next_order_on > as_of, true) and coalesce(next_order_from <= next_order_on, true) "
            "and coalesce(next_order_on <= next_order_until, true)",
            "horizon": "horizon_days = {horizon_days}",
        },
        "Who orders is alive and orders at least once; the next order lies ahead, within its interval.",
    ),
    figures(
        "customer_value",
        "values_differ",
        from_rows(ENOUGH, "case when max(clv) is not null then max(clv) - min(clv) end"),
        "Values differ between customers; one and the same for all ranks nobody.",
        low=0.01,
    ),
    figures(
        "customer_value",
        "largest_value_share",
        from_rows(ENOUGH, "cast(max(clv) as double) / nullif(cast(sum(clv) as double), 0)"),
        "No customer holds more than 20 % of all expected value.",
        high=0.20,
        blame="clv = (select max(clv) from {batch})",
    ),
    rows(
        "purchase_model",
        "certified_or_explained",
        "is_certified = (reason is null)",
        "A fit is certified or says what is missing.",
    ),
    rows(
        "spend_model",
        "certified_or_explained",
        "is_certified = (reason is null) and (model = 'gamma_gamma') = is_certified",
        "A fit is certified, or the shop's average stands in its place and says why.",
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
        largest_share("risk_band", learning.RISK_BANDS),
        "No risk band holds more than 95 % of the customers.",
        high=0.95,
    ),
    rows(
        "churn_scores",
        "due_after_horizon",
        "due_on = as_of + horizon_days and horizon_days = {horizon_days}",
        "A prediction falls due when the configured horizon is over.",
    ),
    rows(
        "churn_features",
        "counts_nested",
        {
            "orders": "orders_30 <= orders_90 and orders_90 <= orders_180 and orders_180 <= orders_all "
            "and orders_window between 1 and orders_all",
            "days": "order_days between 1 and orders_all and gaps = order_days - 1 and recency_days <= tenure_days",
        },
        "The orders of a shorter time are among those of a longer one, and a gap lies between two order days.",
    ),
    rows(
        "churn_calibration",
        "observed_follows_counts",
        f"churned <= n and abs(observed - cast(churned as double) / n) <= {CLOSE} "
        f"and low <= observed + {CLOSE} and observed <= high + {CLOSE}",
        "What was observed is churned / n, inside its interval.",
    ),
    figures(
        "churn_calibration",
        "bins_rise",
        "(select count(*) from (select mean_risk - lag(mean_risk) over (partition by model order by bin) as step "
        "from {batch}) as steps where step < 0)",
        "A higher bin holds higher risks.",
        high=0,
        severity="error",
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
        "'bias', 'spearman', 'normalised_gini') or (coalesce(value <= 1 and baseline_value <= 1, true) "
        "and (metric = 'top_decile_capture' or coalesce(value >= 0 and baseline_value >= 0, true)))",
        "Rates and areas lie between 0 and 1; of value captured, which refunds can make negative, at most all.",
    ),
    rows(
        "customer_traits",
        "age_band_follows_age",
        "age_band = case when age is null then 'unknown' when age < 18 then 'under_18' when age <= 30 then '18_30' "
        "when age <= 50 then '31_50' else '51_plus' end and coalesce(age <= 110, true)",
        "The age band is that of the age, which is at most 110; without one it is unknown.",
    ),
    rows(
        "customer_traits",
        "traits_follow_figures",
        {
            "high_frequency": _is_told(
                "is_high_frequency",
                "orders_window >= high_frequency_from and top_category_share >= 0.5",
                "top_category_share is null",
            ),
            "potential_high_value": _is_told(
                "is_potential_high_value",
                "orders = 1 and first_order_value >= high_value_from",
                "first_order_value is null or high_value_from is null",
            ),
            "steady": _is_told(
                "is_steady",
                "orders >= 4 and gap_cv <= 0.5 and last_gap_days <= 1.5 * median_gap_days",
                "orders >= 4 and gap_cv is null",
            ),
            "price_sensitive": _is_told(
                "is_price_sensitive", "orders >= 3 and discounted_share >= 0.6", "discounted_orders is null"
            ),
        },
        "Each trait is what the figures beside it and tonight's cuts say, and NULL only where a figure is.",
    ),
    rows(
        "customer_traits",
        "figures_fit_orders",
        {
            "orders of the window": "orders_window <= orders "
            "and (high_frequency_from is not null or orders_window = 0)",
            "category lines": "(category_lines is null) = (top_category_share is null) and (category_lines is null "
            "or (category_lines > 0 and orders_window > 0))",
            "first value": "orders > 0 or first_order_value is null",
            "gaps": "(gaps is null or (gaps between 1 and orders - 1 and orders >= 4)) and (gaps is null) = "
            "(last_gap_days is null) and (gaps is null) = (median_gap_days is null) and (gap_cv is null) = "
            "coalesce(gaps < 2, true)",
            "discounts": "coalesce(discounted_orders <= orders, true) and coalesce(abs(discounted_share * orders - "
            "discounted_orders) < 1e-6, discounted_share is null and (orders = 0 or discounted_orders is null))",
        },
        "The orders of the window, those with a discount and the gaps are of the customer's orders, and so are shares.",
    ),
    rows(
        "segment_overlap",
        "segments_exist",
        {
            "own": _of_its_kind("kind", "segment", _SEGMENTS),
            "other": _of_its_kind("other_kind", "other_segment", _SEGMENTS),
        },
        "A pair is of two segments, each of its kind.",
    ),
    rows(
        "segment_overlap",
        "overlap_follows_counts",
        {
            "counts": "customers_both <= least(customers, other_customers) and customers > 0 and "
            "customers + other_customers - customers_both <= known_customers",
            "with itself": "kind <> other_kind or segment <> other_segment or "
            "(customers_both = customers and customers = other_customers)",
            "jaccard": "abs(jaccard - cast(customers_both as double) / (customers + other_customers - customers_both)) "
            f"<= {CLOSE}",
            "lift": "abs(lift * customers * other_customers - cast(customers_both as double) * known_customers) "
            "<= 1e-9 * customers_both * known_customers",
            "nobody has nothing": "customers_both > 0 or coalesce(net_value_both, 0) = 0",
        },
        "Two segments share at most the smaller one; jaccard and lift are those of the counts.",
    ),
    figures(
        "segment_overlap",
        "pairs_stand_twice",
        "(select count(*) from {batch} as own left join {batch} as other on other.kind = own.other_kind "
        "and other.segment = own.other_segment and other.other_kind = own.kind and other.other_segment = own.segment "
        "where other.customers_both is distinct from own.customers_both "
        "or other.net_value_both is distinct from own.net_value_both)",
        "A pair says the same from either side.",
        high=0,
        severity="error",
    ),
    rows(
        "segment_moves",
        "places_exist",
        _MOVED,
        "A move leads from a segment, stage or tier of its kind to another of it, or comes from or goes outside.",
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
    rows(
        "customer_moves",
        "places_exist",
        _MOVED,
        "A customer moves from a segment, stage or tier of the kind to another of it, or comes from or goes outside.",
    ),
    rows(
        "customer_moves",
        "moves_are_possible",
        {
            "to somewhere else": "from_segment <> to_segment",
            "since an earlier day": "previous_as_of < as_of",
            "from or to somewhere": "not (from_segment = '(new)' and to_segment = '(gone)')",
        },
        "Only who is elsewhere is listed, since an earlier day, and nobody moves from nowhere to nowhere.",
    ),
    rows(
        "customer_moves",
        "steps_of_life",
        _ordinary_step(),
        "Between two nights time and orders lead from stage to stage along the paths of a customer's life; any other "
        "step needs a refund, a late row, a merge, the configuration, a model or shifted cuts as its cause.",
        severity="warn",
    ),
    rows(
        "customer_moves",
        "places_are_retraced",
        "is_retraced",
        "Walked again from the facts, every move begins and ends at the published places; where not, its cause is in "
        "doubt.",
        severity="warn",
    ),
    rows(
        "restatements",
        "restatements_add_up",
        {
            "of published days": "period_start <= previous_as_of and previous_as_of < as_of",
            "of something": "rows_added + rows_removed + orders > 0 or cause in ('configuration', 'program', "
            "'given_up', 'unexplained')",
            "net": "rows_added + rows_removed = 0 or net_change is null or net_change = "
            "coalesce(gross_change, 0) - coalesce(discount_change, 0) - coalesce(refund_change, 0)",
        },
        "A restatement is of days that were published, of rows that are more or fewer, and its money adds up.",
    ),
    rows(
        "restatements",
        "nothing_unexplained",
        "cause <> 'unexplained'",
        "Published net sales change only through rows, the configuration, the program or files given up; otherwise "
        "what the predecessor saw is no longer known, as after a warehouse that was lost without the archive's "
        "journal.",
        severity="warn",
    ),
)

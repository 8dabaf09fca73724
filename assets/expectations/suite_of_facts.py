"""Expectations of the landed and clean tables and the facts: lines, orders, answers, files."""

from __future__ import annotations

from assets.expectations.judgements import (
    ENOUGH,
    FLOWS_NOT_NEGATIVE,
    MANY,
    NET_ADDS_UP,
    from_rows,
    share_where,
)
from assets.expectations.specs import figure, rows

_ORDER_LINES = "order_lines"
_ORDERS = "orders"
_DAYS = "customer_days"
_ACCOUNTING = "row_accounting"


EXPECTATIONS = (
    rows(
        _ORDER_LINES,
        "sign_follows_kind",
        "case kind when 'sold' then coalesce(amount, 0) >= 0 when 'refund' then coalesce(amount, 0) <= 0 "
        "when 'discount' then coalesce(amount, 0) <= 0 else true end",
        "Sold lines are worth nothing or more, refunds and discounts nothing or less.",
    ),
    rows(
        _ORDER_LINES,
        "discount_on_sold_lines",
        "coalesce(discount, 0) = 0 or (kind = 'sold' and discount > 0)",
        "A line's discount is positive and granted on a sold line.",
    ),
    rows(_ORDER_LINES, "day_is_of_moment", "ordered_on = cast(ordered_at as date)", "ordered_on is ordered_at's day."),
    rows(
        _ORDER_LINES,
        "nothing_after_as_of",
        "coalesce(ordered_on <= {as_of}, true)",
        "No line is dated after the night.",
    ),
    figure(
        _ORDER_LINES,
        "share_without_customer",
        from_rows(MANY, share_where("customer_id is null and kind = 'sold'")),
        "At most 30 % of the lines are sales to nobody known: they are in sales totals and in no customer's figures.",
        high=0.30,
    ),
    figure(
        _ORDER_LINES,
        "free_lines_share",
        from_rows(MANY, share_where("kind = 'sold' and amount = 0")),
        "At most 5 % of the lines are sold for nothing: samples, write-offs or a price that was not delivered.",
        high=0.05,
    ),
    figure(
        _ORDER_LINES,
        "quantity_outlier",
        from_rows(
            MANY,
            "cast(max(quantity) filter (where kind = 'sold') as double) "
            "/ nullif(avg(quantity) filter (where kind = 'sold'), 0)",
        ),
        "No sold line has more than 1,000 times the mean quantity: a slip of the keyboard, often reversed at once.",
        high=1000,
        blame="kind = 'sold' and quantity > 1000 * (select avg(quantity) from {batch} where kind = 'sold')",
    ),
    figure(
        _ORDER_LINES,
        "price_outlier",
        from_rows(
            MANY,
            "cast(max(unit_price) filter (where kind = 'sold') as double) "
            "/ nullif(avg(unit_price) filter (where kind = 'sold'), 0)",
        ),
        "No sold line has more than 1,000 times the mean price: often a fee or a manual entry sold as a product.",
        high=1000,
        blame="kind = 'sold' and unit_price > 1000 * (select avg(unit_price) from {batch} where kind = 'sold')",
    ),
    figure(
        _ORDER_LINES,
        "largest_line_share",
        from_rows(
            MANY,
            "cast(max(amount) filter (where kind = 'sold') as double) "
            "/ nullif(cast(sum(amount) filter (where kind = 'sold') as double), 0)",
        ),
        "No single line is worth more than 5 % of all sales.",
        high=0.05,
    ),
    figure(
        _ORDER_LINES,
        "currencies",
        "case when min(currency) is distinct from max(currency) then 2 else 1 end",
        "All lines are in one currency; sums add no others to it.",
        high=1,
    ),
    rows(
        "customers",
        "nothing_after_as_of",
        "coalesce(known_since <= {as_of}, true)",
        "Nobody is known only after the night.",
    ),
    rows(
        "customers",
        "born_before_known",
        "birth_date is null or birth_date <= known_since",
        "Nobody became a customer before being born: a typing error or a default date.",
        severity="warn",
    ),
    rows(
        "survey_responses",
        "nps_scale",
        "kind <> 'nps' or (score between 0 and 10 and score = floor(score))",
        "Answers to a recommendation question are whole numbers from 0 to 10.",
    ),
    rows(
        "survey_responses",
        "csat_box_known",
        "kind <> 'csat' or is_satisfied is not null",
        "Every satisfaction answer is inside its declared top box or outside it.",
    ),
    rows(
        "survey_responses",
        "day_is_of_moment",
        "responded_on = cast(responded_at as date)",
        "responded_on is responded_at's day.",
    ),
    rows(
        "survey_responses",
        "nothing_after_as_of",
        "coalesce(responded_on <= {as_of}, true)",
        "No answer is dated after the night.",
    ),
    figure(
        "survey_responses",
        "one_answer_dominates",
        f"(select max(share) from (select max(n) / sum(n) as share from (select question, score, count(*) as n "
        f"from {{batch}} group by question, score) as answers group by question having sum(n) >= {ENOUGH}) as shares)",
        "No question gets one and the same answer from over 95 % of the people: a stuck form or a wrong mapping.",
        high=0.95,
    ),
    rows(
        "survey_scopes",
        "scope_all_is_whole",
        "scope <> 'all' or scope_value = 'all'",
        "The scope all has one value, all.",
    ),
    rows(
        "event_freshness",
        "first_before_last",
        "first_event_on is null or first_event_on <= last_event_on",
        "The oldest event is not after the newest.",
    ),
    rows(
        "event_freshness",
        "fresh",
        "coalesce(date_diff('day', last_event_on, {as_of}) <= cadence_days, true)",
        "Every source reaches to within its cadence of the night.",
        severity="warn",
    ),
    rows(
        _ORDERS, "net_value_adds_up", NET_ADDS_UP, "Net value is gross less discounts less refunds, to the last digit."
    ),
    rows(
        _ORDERS,
        "flows_not_negative",
        f"{FLOWS_NOT_NEGATIVE} and units >= 0",
        "Gross, discounts, refunds and units are flows.",
    ),
    rows(
        _ORDERS,
        "validity_is_an_interval",
        "coalesce(valid_from <= voided_on, voided_on is null)",
        "An order is voided only after it was valid.",
    ),
    rows(
        _ORDERS,
        "valid_means_sold",
        "valid_from is null or (sold_lines >= 1 and ordered_on <= valid_from)",
        "A valid order has a sold line, and is valid from that day at the earliest.",
    ),
    rows(
        _ORDERS,
        "dated_means_sold",
        "(ordered_on is null) = (sold_lines = 0) and ordered_on is not distinct from cast(ordered_at as date)",
        "An order is dated by its first sold line, and only then.",
    ),
    rows(_ORDERS, "lines_add_up", "products <= sold_lines and sold_lines <= lines", "Products <= sold lines <= lines."),
    rows(
        _ORDERS,
        "nothing_after_as_of",
        "coalesce(greatest(ordered_on, valid_from, voided_on) <= {as_of}, true)",
        "Nothing is dated after the night.",
    ),
    figure(
        _ORDERS,
        "refund_share",
        from_rows(ENOUGH, "cast(sum(refund_value) as double) / nullif(cast(sum(gross_value) as double), 0)"),
        "Refunds are at most 30 % of gross sales; more is a mapping error or a bad season.",
        high=0.30,
    ),
    figure(
        _ORDERS,
        "void_share",
        from_rows(ENOUGH, share_where("voided_on is not null")),
        "At most 20 % of the orders are voided by their refunds.",
        high=0.20,
    ),
    rows(_DAYS, "net_value_adds_up", NET_ADDS_UP, "Net value is gross less discounts less refunds, to the last digit."),
    rows(_DAYS, "flows_not_negative", FLOWS_NOT_NEGATIVE, "Gross, discounts and refunds are flows."),
    rows(_DAYS, "day_has_a_flow", "lines >= 1 or orders >= 1", "A day is listed because something happened on it."),
    rows(_DAYS, "nothing_after_as_of", "coalesce(day <= {as_of}, true)", "No flow is dated after the night."),
    rows(
        "calendar",
        "day_lies_in_period",
        "period_start <= day and day <= period_end and next_start = period_end + 1",
        "A day lies in its period, and periods follow without a gap.",
    ),
    rows(
        _ACCOUNTING,
        "parts_within_accepted",
        "greatest(excluded, charges, superseded) <= accepted and dated_ahead <= accepted",
        "Excluded, charged, superseded and early rows are accepted rows.",
    ),
    rows(
        _ACCOUNTING,
        "first_before_last",
        "coalesce(first_event <= last_event, first_event is null and last_event is null)",
        "The oldest event is not after the newest.",
    ),
    rows(
        _ACCOUNTING,
        "unreadable_says_why",
        "status <> 'unreadable' or error is not null",
        "A file that could not be read says why.",
    ),
    rows(
        _ACCOUNTING,
        "every_file_readable",
        "status <> 'unreadable'",
        "Every landed file could be read; the others are set aside whole.",
        severity="warn",
    ),
    rows(
        _ACCOUNTING,
        "nothing_dated_ahead",
        "dated_ahead = 0",
        "No row is dated after the day it was loaded: a clock or a time zone is off.",
        severity="warn",
    ),
    figure(
        _ACCOUNTING,
        "duplicate_rate",
        f"(select max(rate) from (select cast(sum(duplicates) as double) / sum(rows_in) as rate from {{batch}} "
        f"group by source having sum(rows_in) >= {MANY}) as rates)",
        "In no source are more than 20 % of the rows duplicates: the same file again under another name?",
        high=0.20,
    ),
    figure(
        _ACCOUNTING,
        "quarantine_rate",
        f"(select max(rate) from (select cast(sum(quarantined) as double) / sum(rows_in) as rate from {{batch}} "
        f"group by source having sum(rows_in) >= {MANY}) as rates)",
        "In no source are more than 1 % of the rows in quarantine; limits.quarantine_rate blocks well above that.",
        high=0.01,
    ),
    rows("quarantine", "says_why", "len(reasons) >= 1", "Every quarantined row has at least one reason."),
)

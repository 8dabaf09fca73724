"""Expectations of the landed and clean tables and the facts: lines, orders, answers, files."""

from __future__ import annotations

from assets.expectations.judgements import ENOUGH, EXACT_MONEY_ADDS_UP, MANY, from_rows, share_where
from assets.expectations.specs import figures, rows

_ORDER_LINES = "order_lines"
_ORDERS = "orders"
_ACCOUNTING = "row_accounting"

# Orders that have happened, all of them after the night: it is older than the shop's log. Rows dated after the day they
# were loaded do not count: where all are, the dates are misread.
_OLDER_THAN_THE_LOG = """
    (select min(first_event_on) from event_freshness where kind = 'transactions') > {as_of}
    and (
        select sum(accounting.accepted - accounting.superseded - accounting.dated_ahead) > 0
        from row_accounting as accounting
        join event_freshness as sources on sources.source = accounting.source and sources.kind = 'transactions'
    )"""

# Files in force: what a newer version of a file has put right counts no longer.
_ROW_RATES = """
    select
        source,
        cast(sum(rows_in) as bigint) as rows_in,
        cast(sum(quarantined) as bigint) as quarantined,
        cast(sum(quarantined) as double) / nullif(sum(rows_in), 0) as rate
    from {batch}
    where status = 'loaded'
    group by source
    having """
_QUARANTINE_RATES = _ROW_RATES + "sum(rows_in) >= {quarantine_rate_from_rows}"
# Too few rows to block a night: a mapping that reads none of them is as wrong all the same. Two may be slips.
_FEW_ROWS_RATES = _ROW_RATES + "sum(rows_in) < {quarantine_rate_from_rows} and sum(quarantined) >= 3"
_ROW_REASONS = """
    select lines.source, lines.reason, count(*) as n
    from (select source, file, content, unnest(reasons) as reason from quarantine where column_name = '') as lines
    semi join {batch} as files
        on files.source = lines.source and files.file = lines.file and files.content = lines.content
        and files.status = 'loaded'
    group by lines.source, lines.reason"""

# One bad answer is set aside alone: the accounting of rows does not see a question whose answers are all misread.
_ANSWERS = """
    select register.source, answers.question, answers.reasons
    from landed_answers as answers
    join file_register as register on register.content_no = answers.content_no and register.status = 'loaded'"""
_RATES_OF_QUESTIONS = f"""
    select
        source,
        question,
        count(*) as answers,
        count(reasons) as quarantined,
        cast(count(reasons) as double) / nullif(count(*), 0) as rate
    from ({_ANSWERS})
    group by source, question
    having """
_ANSWER_RATES = _RATES_OF_QUESTIONS + "count(*) >= {quarantine_rate_from_rows}"
_FEW_ANSWERS_RATES = _RATES_OF_QUESTIONS + "count(*) < {quarantine_rate_from_rows} and count(reasons) >= 3"
_ANSWER_REASONS = f"""
    select source, question, reason, count(*) as n
    from (select source, question, unnest(reasons) as reason from ({_ANSWERS}))
    group by source, question, reason"""


def _over_the_limit(rates: str, reasons: str, *keys: str) -> str:
    """SELECT of the rates above ``limits.quarantine_rate``, each with its three commonest reasons."""
    same = " and ".join(f"reasons.{key} = rates.{key}" for key in keys)
    return f"""
with rates as ({rates}),
reasons as ({reasons})
select
    rates.* replace (round(rates.rate, 4) as rate),
    cast({{quarantine_rate}} as double) as "limit",
    (
        select list(reasons.reason || ' ' || reasons.n order by reasons.n desc, reasons.reason)[:3]
        from reasons
        where {same}
    ) as commonest_reasons
from rates
where rates.rate > {{quarantine_rate}}
order by {", ".join(f"rates.{key}" for key in keys)}"""


# Orders of which sold lines of one moment stand in several files; a refund has a moment of its own.
_TOLD_TWICE = """
    select source, count(*) as orders, count(*) filter (where is_in_several) as in_several_files
    from (
        select source, min(content_no) < max(content_no) as is_in_several
        from {batch}
        where sold_lines > 0
        group by source, order_no, first_sold_at
    )
    group by source"""

_SCALE = "(select map_from_entries(list((question, {end}))) from {{scales}})[question]"

# A version in force that came with the source's newest delivery, beside the one it took the place of.
_SHRUNKEN_VERSIONS = """
    with versions as (
        select
            accounting.source,
            case configured.delivery when 'full_snapshot' then '' else accounting.file end as place,
            accounting.file,
            accounting.content,
            any_value(accounting.status) as status,
            any_value(accounting.loaded_at) as loaded_at,
            sum(accounting.rows_in) as rows_in
        from {batch} as accounting
        join configured_sources as configured on configured.source = accounting.source
        group by all
    ),
    newest as (
        select * from versions
        where status = 'loaded'
        qualify loaded_at = max(loaded_at) over (partition by source)
    ),
    replaced as (
        select newest.source, newest.file, newest.rows_in, arg_max(versions.rows_in, versions.loaded_at) as rows_before
        from newest
        join versions
            on versions.source = newest.source and versions.place = newest.place and versions.status = 'superseded'
            and versions.loaded_at < newest.loaded_at
        group by newest.source, newest.file, newest.content, newest.rows_in
    )
    select source, file, cast(rows_in as bigint) as rows_in, cast(rows_before as bigint) as rows_before
    from replaced
    where rows_before >= 100 and rows_in < 0.5 * rows_before"""

# Each rate a source gave beside the one it gave before.
_RATE_JUMPS = """
    select currency, rated_on, rate, previous_rate
    from (
        select *, lag(rate) over (partition by currency order by rated_on) as previous_rate
        from {batch}
        where rated_on = valid_on
    )
    where rate > 1.25 * previous_rate or rate < 0.8 * previous_rate"""

EXPECTATIONS = (
    figures(
        _ORDER_LINES,
        "row_count",
        f"case when count(*) > 0 or ({{has_orders}} and not coalesce({_OLDER_THAN_THE_LOG}, false)) then count(*) end",
        "At least one order line, where a source of transactions is configured and its log has begun by the night.",
        low=1,
        severity="error",
        reads=("event_freshness", "row_accounting"),
        shows="select source, first_event_on, last_event_on from event_freshness where kind = 'transactions' "
        "order by source",
    ),
    rows(
        _ORDER_LINES,
        "signs_follow_kind",
        {
            "amount": "case kind when 'sold' then coalesce(amount, 0) >= 0 "
            "when 'refund' then coalesce(amount, 0) <= 0 when 'discount' then coalesce(amount, 0) <= 0 else true end",
            "discount": "coalesce(discount, 0) = 0 or (kind = 'sold' and discount > 0)",
        },
        "Sold lines are worth nothing or more, refunds and discounts nothing or less; a line's discount is positive "
        "and granted on a sold line.",
    ),
    rows(
        _ORDER_LINES,
        "nothing_after_as_of",
        "coalesce(ordered_on <= {as_of}, true)",
        "No line is dated after the night.",
    ),
    figures(
        _ORDER_LINES,
        "share_without_customer",
        "case when {has_customers} then "
        + from_rows(MANY, share_where("customer_id is null and kind = 'sold'"))
        + " end",
        "At most 30 % of the lines are sales to nobody known: they are in sales totals and in no customer's figures.",
        high=0.30,
    ),
    figures(
        _ORDER_LINES,
        "free_lines_share",
        from_rows(MANY, share_where("kind = 'sold' and amount = 0")),
        "At most 5 % of the lines are sold for nothing: samples, write-offs or a price that was not delivered.",
        high=0.05,
    ),
    figures(
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
        "answers_fit_their_question",
        {
            "nps scale": "kind <> 'nps' or (score between 0 and 10 and score = floor(score))",
            "csat box": "kind <> 'csat' or is_satisfied is not null",
            "on its scale": f"coalesce(score between {_SCALE.format(end='low')} and {_SCALE.format(end='high')}, true)",
        },
        "A recommendation is a whole number from 0 to 10; a satisfaction answer is inside its top box or outside it; "
        "every answer lies on the scale its question declares.",
    ),
    rows(
        "survey_responses",
        "nothing_after_as_of",
        "coalesce(responded_on <= {as_of}, true)",
        "No answer is dated after the night.",
    ),
    figures(
        "survey_responses",
        "quarantine_rate",
        f"(select max(rate) from ({_ANSWER_RATES}))",
        "Of no question with enough answers is a larger share in quarantine than limits.quarantine_rate allows: "
        "declare its scale and blanks, and words under `words`.",
        high="{quarantine_rate}",
        severity="error",
        shows=_over_the_limit(_ANSWER_RATES, _ANSWER_REASONS, "source", "question"),
    ),
    figures(
        "survey_responses",
        "quarantine_rate_of_few",
        f"(select max(rate) from ({_FEW_ANSWERS_RATES}))",
        "Of no question with too few answers to block are three or more, and a larger share than "
        "limits.quarantine_rate allows, in quarantine: declare its scale and blanks, and words under `words`.",
        high="{quarantine_rate}",
        shows=_over_the_limit(_FEW_ANSWERS_RATES, _ANSWER_REASONS, "source", "question"),
    ),
    figures(
        "survey_responses",
        "one_answer_dominates",
        f"(select max(share) from (select max(n) / sum(n) as share from (select question, score, count(*) as n "
        f"from {{batch}} group by question, score) as answers group by question having sum(n) >= {ENOUGH}) as shares)",
        "No question gets one and the same answer from over 95 % of the people: a stuck form or a wrong mapping.",
        high=0.95,
    ),
    rows(
        "event_freshness",
        "fresh",
        # Customers are a state, not events: nobody new for a week is no gap in a customer file.
        "coalesce(kind = 'customers' or date_diff('day', last_event_on, {as_of}) <= cadence_days, true)",
        "Every source of orders or answers reaches to within its cadence of the night.",
        severity="warn",
        shows="select source, last_event_on, date_diff('day', last_event_on, {as_of}) as days_before, cadence_days "
        "from {batch} where kind <> 'customers' and date_diff('day', last_event_on, {as_of}) > cadence_days "
        "order by source",
    ),
    rows(
        _ORDERS,
        "money_adds_up",
        EXACT_MONEY_ADDS_UP,
        "Net value is gross less discounts less refunds, to the last digit, and each of them is a flow.",
    ),
    rows(
        _ORDERS,
        "validity_follows_lines",
        {
            "valid before void": "coalesce(valid_from <= voided_on, voided_on is null)",
            "valid means sold": "valid_from is null or (sold_lines >= 1 and ordered_on <= valid_from)",
            "dated means sold": "(ordered_on is null) = (sold_lines = 0) "
            "and ordered_on is not distinct from cast(ordered_at as date)",
            "lines add up": "products <= sold_lines and sold_lines <= lines and units >= 0",
        },
        "An order is dated by its first sold line, valid from that day at the earliest and voided only afterwards.",
    ),
    rows(
        _ORDERS,
        "nothing_after_as_of",
        "coalesce(greatest(ordered_on, valid_from, voided_on) <= {as_of}, true)",
        "Nothing is dated after the night.",
    ),
    figures(
        _ORDERS,
        "refund_share",
        from_rows(ENOUGH, "cast(sum(refund_value) as double) / nullif(cast(sum(gross_value) as double), 0)"),
        "Refunds are at most 30 % of gross sales; more is a mapping error or a bad season.",
        high=0.30,
    ),
    figures(
        _ORDERS,
        "void_share",
        from_rows(ENOUGH, share_where("voided_on is not null")),
        "At most 20 % of the orders are voided by their refunds.",
        high=0.20,
    ),
    rows(
        "customer_days",
        "money_adds_up",
        EXACT_MONEY_ADDS_UP,
        "Net value is gross less discounts less refunds, to the last digit, and each of them is a flow.",
    ),
    rows(
        "customer_days",
        "days_have_flows",
        {"has a flow": "lines >= 1 or orders >= 1", "not after the night": "coalesce(day <= {as_of}, true)"},
        "A day is listed because something happened on it, by the night.",
    ),
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
    figures(
        _ACCOUNTING,
        "quarantine_rate",
        f"(select max(rate) from ({_QUARANTINE_RATES}))",
        "Of no source with enough rows in its files in force is a larger share in quarantine than "
        "limits.quarantine_rate allows.",
        high="{quarantine_rate}",
        severity="error",
        reads=("quarantine",),
        shows=_over_the_limit(_QUARANTINE_RATES, _ROW_REASONS, "source"),
    ),
    figures(
        _ACCOUNTING,
        "quarantine_rate_of_few",
        f"(select max(rate) from ({_FEW_ROWS_RATES}))",
        "Of no source with too few rows to block are three or more, and a larger share than limits.quarantine_rate "
        "allows, in quarantine: its mapping or its formats are not what the files hold.",
        high="{quarantine_rate}",
        reads=("quarantine",),
        shows=_over_the_limit(_FEW_ROWS_RATES, _ROW_REASONS, "source"),
    ),
    figures(
        "order_flows",
        "orders_told_once",
        f"(select max(cast(in_several_files as double) / orders) filter (where in_several_files >= 5) "
        f"from ({_TOLD_TWICE}))",
        "Of no source are more than one order in a thousand, and five or more, sold at one moment by lines of several "
        "files: where exports overlap and an order has changed in between, it counts twice. Map `line_id`, deliver as "
        "`full_snapshot`, or keep the file's name.",
        high=0.001,
        shows=f"select * from ({_TOLD_TWICE}) where in_several_files >= 5 order by source",
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
    figures(
        _ACCOUNTING,
        "duplicate_rate",
        f"(select max(rate) from (select cast(sum(duplicates) as double) / sum(rows_in) as rate from {{batch}} "
        f"group by source having sum(rows_in) >= {MANY}) as rates)",
        "In no source are more than 20 % of the rows duplicates: the same file again under another name?",
        high=0.20,
    ),
    figures(
        _ACCOUNTING,
        "quarantine_near_limit",
        f"(select max(rate) / nullif({{quarantine_rate}}, 0) from ({_QUARANTINE_RATES}))",
        "No source has set aside more than half of the share that limits.quarantine_rate allows.",
        high=0.5,
        reads=("quarantine",),
        shows=_over_the_limit(_QUARANTINE_RATES, _ROW_REASONS, "source").replace(
            "rates.rate > {quarantine_rate}", "rates.rate > 0.5 * {quarantine_rate}"
        ),
    ),
    figures(
        _ACCOUNTING,
        "versions_do_not_shrink",
        f"(select count(*) from ({_SHRUNKEN_VERSIONS}))",
        "No file delivered anew has less than half the rows of the version it takes the place of: an export cut short.",
        high=0,
        shows=f"{_SHRUNKEN_VERSIONS} order by source, file limit 5",
    ),
    rows(
        _ACCOUNTING,
        "status_fits_rows",
        {
            "unreadable says why": "status <> 'unreadable' or (error is not null and rows_in = 0)",
            "events in order": "coalesce(first_event <= last_event, true)",
        },
        "A file that could not be read says why and has no rows; the first event of a file is not after its last.",
    ),
    rows(
        "survey_scopes",
        "all_is_all",
        "scope <> 'all' or scope_value = 'all'",
        "The scope all has one value, all.",
    ),
    rows(
        "exchange_rates",
        "rates_hold",
        {
            "above zero": "rate > 0",
            "given before": "rated_on <= valid_on",
            "not too old": "date_diff('day', rated_on, valid_on) <= {rate_age_days}",
        },
        "A rate is above zero and was given for its day or one of the limits.rate_age_days before.",
    ),
    figures(
        "exchange_rates",
        "rates_in_step",
        f"(select count(*) from ({_RATE_JUMPS}))",
        "No rate is a quarter above or a fifth below the one before it: another currency's, or the wrong way round.",
        high=0,
        shows=f"{_RATE_JUMPS} order by currency, rated_on limit 5",
    ),
    rows(
        "order_steps",
        "steps_go_forward",
        {
            "one day before the other": "coalesce(previous_on <= ordered_on, true) and ordered_on <= {as_of}",
            "latest among all": "latest <= steps and steps >= 1",
        },
        "An order day does not come before the one it follows, nor after the night, and the latest steps are among "
        "all.",
    ),
    rows("quarantine", "says_why", "len(reasons) >= 1", "Every quarantined row has at least one reason."),
)

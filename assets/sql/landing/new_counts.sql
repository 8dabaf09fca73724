-- One row per newly landed content, currency, kind of line, usability and event day: rows and money that never change.
-- Reads: landed_* and landed_rejects, new_contents.
with records as (
    select
        content_no,
        currency,
        kind,
        reasons is null as is_usable,
        raw_amount,
        ordered_at as event_at,
        cast(greatest(ordered_at, refunded_at) as date) as settled_on
    from landed_transactions
    semi join new_contents using (content_no)
    union all
    select content_no, null, null, reasons is null, null, responded_at, null
    from landed_surveys
    semi join new_contents using (content_no)
    union all
    select content_no, null, null, reasons is null, null, acquired_at, null
    from landed_customers
    semi join new_contents using (content_no)
    union all
    select content_no, null, null, reasons is null, null, cast(rated_on as timestamp), null
    from landed_exchange_rates
    semi join new_contents using (content_no)
    union all
    select content_no, null, null, false, null, null, null
    from landed_rejects
    semi join new_contents using (content_no)
),

counts as (
    select
        content_no,
        currency,
        kind,
        is_usable,
        case when is_usable then cast(event_at as date) end as event_on,
        count(*) as rows,
        coalesce(sum(raw_amount), 0) as amount,
        min(case when is_usable then event_at end) as first_event,
        max(case when is_usable then event_at end) as last_event,
        max(case when is_usable then settled_on end) as settled_on
    from records
    group by content_no, currency, kind, is_usable, event_on
)

select * from counts

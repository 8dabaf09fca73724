-- One row per source of orders or answers and business day with a row of it, up to as_of: what came, and how good it was.
-- Reads: configured_sources, file_register, row_outcomes, landed_transactions, landed_surveys, order_flows, orders,
-- survey_responses.
-- Orders count on the day they are dated, lines on their own day; answers to several questions are one response.
with lines as (
    select
        source,
        day,
        sum(all_lines) as accepted,
        sum(sold_lines) as sold,
        sum(case when customer_id is null then sold_lines else 0 end) as without_customer,
        sum(refund_lines) as refunds,
        sum(gross_value + coalesce(sold_discount, 0)) as gross_value,
        coalesce(sum(discount_value), 0) as discount_value
    from order_flows
    group by source, day
),

dated_orders as (
    select source, ordered_on as day, count(*) as orders
    from orders
    where ordered_on is not null
    group by source, ordered_on
),

responses as (
    select source, responded_on as day, count(distinct response_id) as accepted
    from survey_responses
    group by source, responded_on
),

unused as (
    select content_no, cast(ordered_at as date) as day, 'quarantined' as fate
    from landed_transactions
    where reasons is not null
    union all
    select content_no, cast(responded_at as date), 'quarantined'
    from landed_surveys
    where reasons is not null
    union all
    select content_no, event_on, outcome
    from row_outcomes
    where outcome <> 'superseded'
),

set_aside as (
    select
        register.source,
        unused.day,
        count(*) filter (where unused.fate = 'duplicate') as duplicates,
        count(*) filter (where unused.fate <> 'duplicate') as quarantined
    from unused
    join file_register as register on register.content_no = unused.content_no and register.status = 'loaded'
    join configured_sources as configured on configured.source = register.source
    where unused.day <= cast($as_of as date) and configured.kind in ('transactions', 'surveys')
    group by register.source, unused.day
),

loads as (
    select source, max(loaded_on) as last_loaded_on
    from file_register
    where status <> 'unreadable'
    group by source
),

parts as (
    select
        source, day, accepted, 0 as orders, sold, without_customer, refunds, gross_value, discount_value,
        0 as duplicates, 0 as quarantined
    from lines
    union all
    select source, day, 0, orders, 0, 0, 0, null, null, 0, 0 from dated_orders
    union all
    select source, day, accepted, 0, 0, 0, 0, null, null, 0, 0 from responses
    union all
    select source, day, 0, 0, 0, 0, 0, null, null, duplicates, quarantined from set_aside
),

days as (
    select
        parts.source,
        parts.day,
        sum(parts.accepted) as accepted,
        sum(parts.duplicates) as duplicates,
        sum(parts.quarantined) as quarantined,
        sum(parts.orders) as orders,
        sum(parts.sold) as sold,
        sum(parts.without_customer) as without_customer,
        sum(parts.refunds) as refunds,
        sum(parts.gross_value) as gross_value,
        sum(parts.discount_value) as discount_value,
        -- A day that was not over when the newest file came may still be filling.
        parts.day < any_value(loads.last_loaded_on) as is_over
    from parts
    join loads on loads.source = parts.source
    group by parts.source, parts.day
)

select * from days

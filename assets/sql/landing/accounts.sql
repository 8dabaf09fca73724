-- One row per account known by as_of: a customer id as a customer file, an order line or a survey names it.
-- Reads: landed_transactions, landed_surveys, landed_customers, row_outcomes, file_register.
-- The day of loading decides nothing here: the same files landed later, or elsewhere, give the same customers.
with in_force as (
    select content_no from file_register where status = 'loaded'
),

days as (
    select landed.customer_id as account_id, min(cast(landed.ordered_at as date)) as event_on
    from landed_transactions as landed
    join in_force using (content_no)
    anti join row_outcomes as outcomes
        on outcomes.content_no = landed.content_no and outcomes.line_number = landed.line_number
    where landed.reasons is null
        and landed.customer_id is not null
        and cast(landed.ordered_at as date) <= cast($as_of as date)
    group by landed.customer_id
    union all
    select landed.customer_id, min(cast(landed.responded_at as date))
    from landed_surveys as landed
    join in_force using (content_no)
    anti join row_outcomes as outcomes
        on outcomes.content_no = landed.content_no and outcomes.line_number = landed.line_number
    where landed.reasons is null
        and landed.customer_id is not null
        and cast(landed.responded_at as date) <= cast($as_of as date)
    group by landed.customer_id
),

events as (
    select account_id, min(event_on) as first_event_on
    from days
    group by account_id
),

filed as (
    select landed.customer_id as account_id, min(cast(landed.acquired_at as date)) as acquired_on
    from landed_customers as landed
    join in_force using (content_no)
    anti join row_outcomes as outcomes
        on outcomes.content_no = landed.content_no and outcomes.line_number = landed.line_number
    where landed.reasons is null
        and (landed.acquired_at is null or cast(landed.acquired_at as date) <= cast($as_of as date))
    group by landed.customer_id
),

known as (
    select
        coalesce(filed.account_id, events.account_id) as account_id,
        coalesce(filed.acquired_on, events.first_event_on) as known_on
    from filed
    full join events on events.account_id = filed.account_id
)

select * from known

-- One row per customer known by as_of: named by a customer file, an order line or a survey answer.
-- Reads: landed_customers, landed_surveys, row_outcomes, file_register, order_lines, orders.
with filed as (
    select
        landed.customer_id,
        cast(landed.acquired_at as date) as acquired_on,
        landed.birth_date,
        landed.age,
        landed.gender,
        landed.region,
        landed.occupation,
        landed.customer_type,
        landed.acquisition_channel,
        landed.consent,
        row_number() over (
            partition by landed.customer_id order by register.source, register.natural_key desc, landed.line_number
        ) as place
    from landed_customers as landed
    join row_outcomes as outcomes
        on outcomes.content_no = landed.content_no and outcomes.line_number = landed.line_number
    join file_register as register on register.content_no = landed.content_no
    where outcomes.outcome = 'accepted'
        and register.status = 'loaded'
        and (landed.acquired_at is null or cast(landed.acquired_at as date) <= cast($as_of as date))
),

filed_once as (
    select * from filed where place = 1
),

-- A customer filed again every night is known since the first of these files.
first_loads as (
    select landed.customer_id, min(register.loaded_on) as first_loaded_on
    from landed_customers as landed
    join file_register as register on register.content_no = landed.content_no
    where landed.reasons is null
    group by landed.customer_id
),

events as (
    select customer_id, ordered_on as day
    from order_lines
    where customer_id is not null
    union all
    select landed.customer_id, cast(landed.responded_at as date) as day
    from landed_surveys as landed
    join row_outcomes as outcomes
        on outcomes.content_no = landed.content_no and outcomes.line_number = landed.line_number
    join file_register as register on register.content_no = landed.content_no
    where outcomes.outcome = 'accepted'
        and register.status = 'loaded'
        and landed.customer_id is not null
        and cast(landed.responded_at as date) <= cast($as_of as date)
),

first_events as (
    select customer_id, min(day) as first_event_on
    from events
    group by customer_id
),

known as (
    select customer_id from filed_once
    union
    select customer_id from first_events
),

ranked_orders as (
    select
        customer_id,
        channel,
        region,
        row_number() over (partition by customer_id order by ordered_at desc, source, order_id) as place
    from orders
    where customer_id is not null and ordered_at is not null
),

latest_orders as (
    select * from ranked_orders where place = 1
),

described as (
    select
        known.customer_id,
        case
            when filed_once.acquired_on is not null then filed_once.acquired_on
            when first_events.first_event_on is not null then first_events.first_event_on
            when first_loads.first_loaded_on < cast($as_of as date) then first_loads.first_loaded_on
            else cast($as_of as date)
        end as known_since,
        filed_once.birth_date,
        case
            when filed_once.birth_date is null then filed_once.age
            else year(cast($as_of as date)) - year(filed_once.birth_date)
                - case
                    when month(cast($as_of as date)) * 100 + day(cast($as_of as date))
                        < month(filed_once.birth_date) * 100 + day(filed_once.birth_date)
                        then 1
                    else 0
                end
        end as full_years,
        filed_once.gender,
        coalesce(latest_orders.region, filed_once.region) as region,
        latest_orders.channel,
        filed_once.occupation,
        filed_once.customer_type,
        filed_once.acquisition_channel,
        filed_once.consent
    from known
    left join filed_once on filed_once.customer_id = known.customer_id
    left join first_events on first_events.customer_id = known.customer_id
    left join first_loads on first_loads.customer_id = known.customer_id
    left join latest_orders on latest_orders.customer_id = known.customer_id
),

with_age as (
    select
        customer_id,
        known_since,
        birth_date,
        case when full_years between 0 and 110 then cast(full_years as integer) end as age,
        gender,
        region,
        channel,
        occupation,
        customer_type,
        acquisition_channel,
        consent
    from described
)

select * from with_age

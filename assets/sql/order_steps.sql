-- Grain: kind x scope value x order day x day of the step before. Input: orders (valid at $as_of).
-- kind `order`: a customer's order days one after the other, the day before NULL at the first; `latest` counts those
-- after which nothing has come yet. kind `return`: of these only the days that ended a gap longer than $lost_days, one
-- after the other. A scope value is a shop of its own: only its orders are seen. There are no customers in the result:
-- its size is bounded by pairs of days.
with order_days as (
    select
        customer_id,
        ordered_on,
        coalesce(channel, 'unknown') as channel,
        coalesce(region, 'unknown') as region
    from orders
    where customer_id is not null and valid_from is not null and voided_on is null
    group by customer_id, ordered_on, coalesce(channel, 'unknown'), coalesce(region, 'unknown')
),

named as (
    select
        max(case when channel <> 'unknown' then 1 else 0 end) as has_channel,
        max(case when region <> 'unknown' then 1 else 0 end) as has_region
    from order_days
),

steps as (
    select
        'all' as scope,
        'all' as scope_value,
        customer_id,
        ordered_on,
        lag(ordered_on) over (partition by customer_id order by ordered_on, channel, region) as previous_on,
        lead(ordered_on) over (partition by customer_id order by ordered_on, channel, region) as next_on
    from order_days
    union all
    select
        'channel' as scope,
        channel as scope_value,
        customer_id,
        ordered_on,
        lag(ordered_on) over (partition by customer_id, channel order by ordered_on, region) as previous_on,
        lead(ordered_on) over (partition by customer_id, channel order by ordered_on, region) as next_on
    from order_days cross join named
    where named.has_channel = 1
    union all
    select
        'region' as scope,
        region as scope_value,
        customer_id,
        ordered_on,
        lag(ordered_on) over (partition by customer_id, region order by ordered_on, channel) as previous_on,
        lead(ordered_on) over (partition by customer_id, region order by ordered_on, channel) as next_on
    from order_days cross join named
    where named.has_region = 1
),

returns as (
    select
        scope,
        scope_value,
        ordered_on,
        lag(ordered_on) over (partition by scope, scope_value, customer_id order by ordered_on) as previous_on
    from steps
    where date_diff('day', previous_on, ordered_on) > $lost_days
),

order_steps as (
    select
        'order' as kind,
        scope,
        scope_value,
        ordered_on,
        previous_on,
        cast(count(*) as bigint) as steps,
        cast(sum(case when next_on is null then 1 else 0 end) as bigint) as latest
    from steps
    group by scope, scope_value, ordered_on, previous_on
    union all
    select
        'return' as kind,
        scope,
        scope_value,
        ordered_on,
        previous_on,
        cast(count(*) as bigint) as steps,
        cast(0 as bigint) as latest
    from returns
    group by scope, scope_value, ordered_on, previous_on
)

select * from order_steps

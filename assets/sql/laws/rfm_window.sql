-- Grain: measure (frequency, monetary). Inputs: rfm_segments, orders (valid at $as_of), customer_days.
-- For every customer of RFM both are what the facts say of the window ($as_of - $window_days, $as_of]; money within the
-- half cent that rounding half up may cost.
with window_orders as (
    select
        customer_id,
        cast(count(*) as bigint) as orders
    from orders
    where
        customer_id is not null
        and valid_from is not null
        and voided_on is null
        and date_diff('day', ordered_on, cast($as_of as date)) < $window_days
    group by customer_id
),

window_flows as (
    select
        customer_id,
        cast(sum(net_value) as decimal(38, 8)) as net_value
    from customer_days
    where date_diff('day', day, cast($as_of as date)) < $window_days
    group by customer_id
),

pairs as (
    select
        case when rfm_segments.frequency = coalesce(window_orders.orders, 0) then 1 else 0 end as same_orders,
        case
            when abs(coalesce(rfm_segments.monetary, 0) - coalesce(window_flows.net_value, 0))
                <= cast(0.005 as decimal(4, 3)) then 1
            else 0
        end as same_value
    from rfm_segments
    left join window_orders on rfm_segments.customer_id = window_orders.customer_id
    left join window_flows on rfm_segments.customer_id = window_flows.customer_id
),

agreement as (
    select
        'frequency' as measure,
        cast(count(*) as bigint) as left_side,
        cast(coalesce(sum(same_orders), 0) as bigint) as right_side,
        cast(count(*) as bigint) as n
    from pairs
    union all
    select
        'monetary' as measure,
        cast(count(*) as bigint) as left_side,
        cast(coalesce(sum(same_value), 0) as bigint) as right_side,
        cast(count(*) as bigint) as n
    from pairs
)

select * from agreement

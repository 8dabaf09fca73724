-- Grain: customer with a valid order on or before $as_of. Inputs: customer_orders, orders (valid at $as_of),
-- customer_days.
-- The window is ($as_of - $window_days, $as_of]; monetary is exact and holds every flow of it, refunds included.
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

money as (
    select count(net_value) > 0 as is_known
    from orders
),

-- Without a flow in the window the value is zero; where no source has money, it is unknown.
measures as (
    select
        customer_orders.customer_id,
        cast(date_diff('day', customer_orders.last_order_on, cast($as_of as date)) as integer) as recency_days,
        coalesce(window_orders.orders, 0) as frequency,
        cast(
            case when money.is_known and window_flows.customer_id is null then 0 else window_flows.net_value end
            as decimal(38, 8)
        ) as monetary
    from customer_orders
    cross join money
    left join window_orders on customer_orders.customer_id = window_orders.customer_id
    left join window_flows on customer_orders.customer_id = window_flows.customer_id
    where customer_orders.orders > 0
)

select * from measures

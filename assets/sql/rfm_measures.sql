-- Grain: customer with a valid order on or before $as_of. Inputs: orders (valid at $as_of), customer_days.
-- The window is ($as_of - $window_days, $as_of]; monetary is exact and holds every flow of it, refunds included.
with valid_orders as (
    select
        customer_id,
        date_diff('day', ordered_on, cast($as_of as date)) as days_ago
    from orders
    where customer_id is not null and valid_from is not null and voided_on is null
),

ordering as (
    select
        customer_id,
        cast(min(days_ago) as integer) as recency_days,
        cast(sum(case when days_ago < $window_days then 1 else 0 end) as bigint) as frequency
    from valid_orders
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
        ordering.customer_id,
        ordering.recency_days,
        ordering.frequency,
        cast(
            case when money.is_known and window_flows.customer_id is null then 0 else window_flows.net_value end
            as decimal(38, 8)
        ) as monetary
    from ordering
    cross join money
    left join window_flows on ordering.customer_id = window_flows.customer_id
)

select * from measures

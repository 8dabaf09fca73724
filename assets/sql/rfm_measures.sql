-- Grain: customer with a valid order on or before $as_of. Inputs: customer_orders, window_sums, orders.
-- Monetary is exact and holds every flow of the window, refunds included.
with money as (
    select count(net_value) > 0 as is_known
    from orders
),

-- Without a flow in the window the value is zero; where no source has money, it is unknown.
measures as (
    select
        customer_orders.customer_id,
        cast(date_diff('day', customer_orders.last_order_on, cast($as_of as date)) as integer) as recency_days,
        window_sums.orders as frequency,
        cast(
            case when money.is_known and not window_sums.has_flows then 0 else window_sums.net_value end
            as decimal(38, 8)
        ) as monetary
    from customer_orders
    cross join money
    inner join window_sums on customer_orders.customer_id = window_sums.customer_id
    where customer_orders.orders > 0
)

select * from measures

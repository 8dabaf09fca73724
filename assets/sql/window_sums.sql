-- Grain: customer with a flow. Inputs: days_of_customers, orders (valid at $as_of).
-- Valid orders and exact net value of every flow, refunds included, of the window ($as_of - $window_days, $as_of]; NULL
-- where no flow of it has a value. The days count what was ever valid: the few orders void by now are taken off.
with windows as (
    select
        customer_id,
        cast(
            coalesce(
                sum(case when date_diff('day', day, cast($as_of as date)) < $window_days then orders end), 0
            ) as bigint
        ) as orders,
        count(case when date_diff('day', day, cast($as_of as date)) < $window_days then 1 end) > 0 as has_flows,
        cast(
            sum(case when date_diff('day', day, cast($as_of as date)) < $window_days then net_value end)
            as decimal(38, 8)
        ) as net_value
    from days_of_customers
    group by customer_id
),

void_orders as (
    select
        customer_id,
        cast(count(*) as bigint) as orders
    from orders
    where
        valid_from is not null
        and voided_on is not null
        and date_diff('day', ordered_on, cast($as_of as date)) < $window_days
    group by customer_id
),

window_sums as (
    select
        windows.customer_id,
        windows.orders - coalesce(void_orders.orders, 0) as orders,
        windows.has_flows,
        windows.net_value
    from windows
    left join void_orders on windows.customer_id = void_orders.customer_id
)

select * from window_sums

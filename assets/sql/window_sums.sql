-- Grain: customer with an order. Inputs: orders_of_customers (valid at $as_of), days_of_customers.
-- Valid orders and exact net value of every flow, refunds included, of the window ($as_of - $window_days, $as_of]; NULL
-- where no flow of it has a value.
with window_orders as (
    select
        customer_id,
        cast(
            sum(
                case
                    when
                        valid_from is not null
                        and voided_on is null
                        and date_diff('day', ordered_on, cast($as_of as date)) < $window_days
                        then 1
                    else 0
                end
            ) as bigint
        ) as orders
    from orders_of_customers
    group by customer_id
),

window_flows as (
    select
        customer_id,
        cast(sum(net_value) as decimal(38, 8)) as net_value
    from days_of_customers
    where date_diff('day', day, cast($as_of as date)) < $window_days
    group by customer_id
),

window_sums as (
    select
        window_orders.customer_id,
        window_orders.orders,
        window_flows.customer_id is not null as has_flows,
        window_flows.net_value
    from window_orders
    left join window_flows on window_orders.customer_id = window_flows.customer_id
)

select * from window_sums

-- Grain: customer with an order valid at $at. Inputs: orders, customer_days.
-- Exact net value of the window ($at - $window_days, $at], every flow of it; NULL where no source has money.
with customers_ordering as (
    select customer_id
    from orders
    where
        customer_id is not null
        and valid_from <= cast($at as date)
        and (voided_on is null or voided_on > cast($at as date))
    group by customer_id
),

flows as (
    select
        customer_id,
        cast(sum(net_value) as decimal(38, 8)) as net_value
    from customer_days
    where
        date_diff('day', day, cast($at as date)) >= 0
        and date_diff('day', day, cast($at as date)) < $window_days
    group by customer_id
),

window_values as (
    select
        customers_ordering.customer_id,
        flows.net_value as value
    from customers_ordering
    left join flows on customers_ordering.customer_id = flows.customer_id
)

select * from window_values

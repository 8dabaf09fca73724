-- Grain: customer with an order valid at $at and a positive value. Inputs: orders, customer_days.
-- Exact net value of the window ($at - $window_days, $at], every flow of it.
with flows as (
    select
        customer_id,
        cast(sum(net_value) as decimal(38, 8)) as value
    from customer_days
    where
        date_diff('day', day, cast($at as date)) >= 0
        and date_diff('day', day, cast($at as date)) < $window_days
    group by customer_id
    having sum(net_value) > 0
),

window_values as (
    select value
    from flows
    where
        customer_id in (
            select customer_id
            from orders
            where
                customer_id is not null
                and valid_from <= cast($at as date)
                and (voided_on is null or voided_on > cast($at as date))
        )
)

select * from window_values

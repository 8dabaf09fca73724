-- Grain: customer with a flow in the window ($as_of - $window_days, $as_of]. Input: customer_days.
-- Exact net value of every flow of the window, refunds included.
with window_values as (
    select
        customer_id,
        cast(sum(net_value) as decimal(38, 8)) as net_value
    from customer_days
    where date_diff('day', day, cast($as_of as date)) < $window_days
    group by customer_id
)

select * from window_values

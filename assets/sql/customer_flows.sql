-- Grain: customer x day with a flow, and void order. Inputs: days_to_follow (rows of customer_days), orders_to_follow (orders
-- valid at as_of), customers_numbered.
-- A month's number is that of months since January of the year 0. A day of customer_days counts void orders too: they are
-- taken off again.
with counted as (
    select customer_id, day, net_value, orders
    from days_to_follow
    union all
    select customer_id, ordered_on as day, null as net_value, -1 as orders
    from orders_to_follow
    where customer_id is not null and valid_from is not null and voided_on is not null
),

customer_flows as (
    select
        customers_numbered.customer_no,
        cast(year(counted.day) * 12 + month(counted.day) - 1 as integer) as month_no,
        cast(counted.net_value as decimal(38, 8)) as net_value,
        cast(counted.orders as integer) as orders
    from counted
    inner join customers_numbered on counted.customer_id = customers_numbered.customer_id
)

select * from customer_flows

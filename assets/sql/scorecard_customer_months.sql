-- Grain: customer x calendar month with a flow. Inputs: customer_days, orders (valid at $as_of), customers.
-- A month's number is that of months since January of the year 0. A day of customer_days counts void orders too: they are
-- taken off again.
with counted as (
    select customer_id, day, net_value, orders
    from customer_days
    union all
    select customer_id, ordered_on as day, null as net_value, -1 as orders
    from orders
    where customer_id is not null and valid_from is not null and voided_on is not null
),

customer_months as (
    select
        customers.customer_no,
        year(counted.day) * 12 + month(counted.day) - 1 as month_no,
        cast(sum(counted.net_value) as decimal(38, 8)) as net_value,
        sum(counted.orders) > 0 as has_ordered
    from counted
    inner join customers on counted.customer_id = customers.customer_id
    group by customers.customer_no, year(counted.day) * 12 + month(counted.day) - 1
)

select * from customer_months

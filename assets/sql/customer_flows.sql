-- Grain: customer x day with a flow, and void order. Inputs: days_to_follow (rows of customer_days), orders_to_follow
-- (orders valid at as_of), customers_numbered.
-- Discounts and refunds are in whole cents, 0 where there is none. Of 38 digits DuckDB rounds a thirtieth as many a
-- second as of 18. A month's number is that of months since January of the year 0. A day of customer_days counts void
-- orders too: they are taken off again.
with counted as (
    select customer_id, day, net_value, discount_value, refund_value, orders
    from days_to_follow
    union all
    select
        customer_id, ordered_on as day, null as net_value, null as discount_value, null as refund_value, -1 as orders
    from orders_to_follow
    where customer_id is not null and valid_from is not null and voided_on is not null
),

customer_flows as (
    select
        customers_numbered.customer_no,
        cast(year(counted.day) * 12 + month(counted.day) - 1 as integer) as month_no,
        cast(counted.net_value as decimal(38, 8)) as net_value,
        cast(
            100 * case
                when counted.discount_value between -1000000000 and 1000000000
                    then cast(cast(counted.discount_value as decimal(18, 8)) as decimal(18, 2))
                else cast(coalesce(counted.discount_value, 0) as decimal(18, 2))
            end as bigint
        ) as discount_cents,
        cast(
            100 * case
                when counted.refund_value between -1000000000 and 1000000000
                    then cast(cast(counted.refund_value as decimal(18, 8)) as decimal(18, 2))
                else cast(coalesce(counted.refund_value, 0) as decimal(18, 2))
            end as bigint
        ) as refund_cents,
        cast(counted.orders as integer) as orders
    from counted
    inner join customers_numbered on counted.customer_id = customers_numbered.customer_id
)

select * from customer_flows

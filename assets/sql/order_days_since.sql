-- Grain: day with an order of a customer whose first order day is on or before $origin. Input: orders (valid at $as_of).
with order_days as (
    select customer_id, ordered_on
    from orders
    where customer_id is not null and valid_from is not null and voided_on is null
    group by customer_id, ordered_on
),

firsts as (
    select customer_id, min(ordered_on) as first_order_on
    from order_days
    group by customer_id
),

daily as (
    select
        order_days.ordered_on as day,
        cast(sum(case when order_days.ordered_on = firsts.first_order_on then 1 else 0 end) as bigint) as first_orders,
        cast(sum(case when order_days.ordered_on > firsts.first_order_on then 1 else 0 end) as bigint) as repeats
    from order_days
    inner join firsts on order_days.customer_id = firsts.customer_id
    where firsts.first_order_on <= cast($origin as date)
    group by order_days.ordered_on
)

select * from daily

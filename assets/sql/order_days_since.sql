-- Grain: day with an order of a customer whose first order day is on or before $origin.
-- Inputs: orders, customer_days, purchase_histories; orders valid at $as_of.
-- All order days, less those whose orders are all void by now, less those of customers who came later.
with void_days as (
    select orders.customer_id, orders.ordered_on as day
    from orders
    inner join (
        select distinct customer_id, ordered_on
        from orders
        where customer_id is not null and valid_from is not null and voided_on is not null
    ) as odd on orders.customer_id = odd.customer_id and orders.ordered_on = odd.ordered_on
    where orders.valid_from is not null
    group by orders.customer_id, orders.ordered_on
    having max(case when orders.voided_on is null then 1 else 0 end) = 0
),

came_later as (
    select customer_id
    from purchase_histories
    where origin = cast($as_of as date) and age_days < date_diff('day', cast($origin as date), cast($as_of as date))
),

moves as (
    select day, cast(count(*) as bigint) as order_days
    from customer_days
    where orders > 0 and day <= cast($as_of as date)
    group by day
    union all
    select day, cast(-count(*) as bigint) as order_days
    from void_days
    where day <= cast($as_of as date)
    group by day
    union all
    select customer_days.day, cast(-count(*) as bigint) as order_days
    from customer_days
    inner join came_later on customer_days.customer_id = came_later.customer_id
    left join void_days
        on customer_days.customer_id = void_days.customer_id and customer_days.day = void_days.day
    where customer_days.orders > 0
        and customer_days.day > cast($origin as date)
        and customer_days.day <= cast($as_of as date)
        and void_days.day is null
    group by customer_days.day
),

by_day as (
    select day, date_diff('day', day, cast($as_of as date)) as days_ago, sum(order_days) as order_days
    from moves
    group by day
),

firsts as (
    select age_days, cast(count(*) as bigint) as customers
    from purchase_histories
    where origin = cast($as_of as date) and age_days >= date_diff('day', cast($origin as date), cast($as_of as date))
    group by age_days
),

daily as (
    select
        by_day.day,
        cast(coalesce(firsts.customers, 0) as bigint) as first_orders,
        cast(by_day.order_days - coalesce(firsts.customers, 0) as bigint) as repeats
    from by_day
    left join firsts on by_day.days_ago = firsts.age_days
    where by_day.order_days > 0
)

select * from daily

-- Grain: one row per distinct purchase history of the customers known at one origin, whenever they last ordered.
-- Inputs: orders. $origin.
-- x: repeat order days; t_x: days from the first to the latest; age: days from the first to the origin.
with order_days as (
    select distinct
        customer_id,
        ordered_on
    from orders
    where customer_id is not null
        and ordered_on <= cast($origin as date)
        and valid_from <= cast($origin as date)
        and (voided_on is null or voided_on > cast($origin as date))
),

customers_then as (
    select
        customer_id,
        count(*) - 1 as x,
        date_diff('day', min(ordered_on), max(ordered_on)) as t_x,
        date_diff('day', min(ordered_on), cast($origin as date)) as age
    from order_days
    group by customer_id
),

histories as (
    select
        cast(x as bigint) as x,
        cast(t_x as bigint) as t_x,
        cast(age as bigint) as age,
        cast(count(*) as bigint) as customers
    from customers_then
    group by x, t_x, age
)

select * from histories

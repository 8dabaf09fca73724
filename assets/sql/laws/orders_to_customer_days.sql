-- Grain: one row. Inputs: orders, customer_days.
-- Every order of a known customer that is or was valid is counted on one of the customer's days.
with facts as (
    select cast(count(*) as bigint) as orders
    from orders
    where customer_id is not null and valid_from is not null
),

days as (
    select cast(coalesce(sum(orders), 0) as bigint) as orders
    from customer_days
),

totals as (
    select
        facts.orders as left_side,
        days.orders as right_side,
        facts.orders as n
    from facts
    cross join days
)

select * from totals

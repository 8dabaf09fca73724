-- Grain: one row. Inputs: lifecycle_stages, orders (valid at as_of).
-- The stages rest on every valid order of a known customer.
with facts as (
    select cast(count(*) as bigint) as orders
    from orders
    where customer_id is not null and valid_from is not null and voided_on is null
),

stages as (
    select cast(coalesce(sum(orders), 0) as bigint) as orders
    from lifecycle_stages
),

totals as (
    select
        facts.orders as left_side,
        stages.orders as right_side,
        facts.orders as n
    from facts
    cross join stages
)

select * from totals

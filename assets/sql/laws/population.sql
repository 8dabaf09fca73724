-- Grain: one row. Inputs: expected_customers, listed_customers (customer_id).
-- Everyone who is expected or listed must be both.
with pairs as (
    select
        case when expected_customers.customer_id is null then 0 else 1 end as is_expected,
        case when listed_customers.customer_id is null then 0 else 1 end as is_listed
    from expected_customers
    full outer join listed_customers on expected_customers.customer_id = listed_customers.customer_id
),

populations as (
    select
        cast(count(*) as bigint) as left_side,
        cast(coalesce(sum(is_expected * is_listed), 0) as bigint) as right_side,
        cast(coalesce(sum(is_expected), 0) as bigint) as n
    from pairs
)

select * from populations

-- Grain: one row. Inputs: lifecycle_stages, customers.
-- Every known customer has exactly one stage.
with expected as (
    select customer_id
    from customers
),

pairs as (
    select
        case when expected.customer_id is null then 0 else 1 end as is_expected,
        case when lifecycle_stages.customer_id is null then 0 else 1 end as is_listed
    from expected
    full outer join lifecycle_stages on expected.customer_id = lifecycle_stages.customer_id
),

-- Everyone who is expected or listed must be both.
populations as (
    select
        cast(count(*) as bigint) as left_side,
        cast(coalesce(sum(is_expected * is_listed), 0) as bigint) as right_side,
        cast(coalesce(sum(is_expected), 0) as bigint) as n
    from pairs
)

select * from populations

-- Grain: one row. Inputs: customer_value, rfm_segments.
-- Valued are exactly the customers of RFM.
with expected as (
    select customer_id
    from rfm_segments
),

pairs as (
    select
        case when expected.customer_id is null then 0 else 1 end as is_expected,
        case when customer_value.customer_id is null then 0 else 1 end as is_listed
    from expected
    full outer join customer_value on expected.customer_id = customer_value.customer_id
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

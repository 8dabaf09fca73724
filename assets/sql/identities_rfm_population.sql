-- Grain: one row. Inputs: rfm_segments, orders (valid at as_of).
-- RFM holds exactly the customers with a valid order on or before as_of.
with expected as (
    select customer_id
    from orders
    where customer_id is not null and valid_from is not null and voided_on is null
    group by customer_id
),

pairs as (
    select
        case when expected.customer_id is null then 0 else 1 end as is_expected,
        case when rfm_segments.customer_id is null then 0 else 1 end as is_listed
    from expected
    full outer join rfm_segments on expected.customer_id = rfm_segments.customer_id
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

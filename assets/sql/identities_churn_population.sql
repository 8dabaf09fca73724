-- Grain: one row. Inputs: churn_scores, orders (valid at $as_of).
-- Scored are exactly the customers with a valid order in the window ($as_of - $window_days, $as_of].
with expected as (
    select customer_id
    from orders
    where
        customer_id is not null
        and valid_from is not null
        and voided_on is null
        and date_diff('day', ordered_on, cast($as_of as date)) < $window_days
    group by customer_id
),

pairs as (
    select
        case when expected.customer_id is null then 0 else 1 end as is_expected,
        case when churn_scores.customer_id is null then 0 else 1 end as is_listed
    from expected
    full outer join churn_scores on expected.customer_id = churn_scores.customer_id
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

-- Grain: one row per customer expected in churn_scores. Inputs: orders (valid at $as_of).
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
)

select * from expected

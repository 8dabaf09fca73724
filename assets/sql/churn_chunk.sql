-- Grain: one row per customer at one origin, from one customer up to, not including, another.
-- Inputs: churn_features. $origin, $first, $beyond (NULL: to the last).
with chunk as (
    select *
    from churn_features
    where origin = cast($origin as date)
        and customer_id >= cast($first as varchar)
        and (cast($beyond as varchar) is null or customer_id < cast($beyond as varchar))
)

select * from chunk

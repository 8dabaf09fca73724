-- Grain: one row per customer at one origin.
-- Inputs: churn_features. $origin.
with rows_at_origin as (
    select *
    from churn_features
    where origin = $origin
)

select * from rows_at_origin

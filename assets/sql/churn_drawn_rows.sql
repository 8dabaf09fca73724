-- Grain: one row per drawn customer at one origin.
-- Inputs: churn_features, drawn_customers (customer_id). $origin.
with drawn_rows as (
    select churn_features.*
    from churn_features
    inner join drawn_customers on drawn_customers.customer_id = churn_features.customer_id
    where churn_features.origin = cast($origin as date)
)

select * from drawn_rows

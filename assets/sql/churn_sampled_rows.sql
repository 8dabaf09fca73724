-- Grain: one row per customer of a sample and origin.
-- Inputs: churn_features, churn_samples. $origins, $sample.
with sampled as (
    select origin, customer_id
    from churn_samples
    where sample = $sample and list_contains($origins, origin)
),

sampled_rows as (
    select churn_features.*
    from churn_features
    inner join sampled
        on sampled.customer_id = churn_features.customer_id and sampled.origin = churn_features.origin
)

select * from sampled_rows

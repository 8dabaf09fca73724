-- Grain: one row per origin and customer in the samples of one size, drawn from some origin to some other.
-- Inputs: churn_features, churn_samples. $first_origin, $last_origin, $sample.
with sampled as (
    select origin, customer_id
    from churn_samples
    where sample = $sample and origin between cast($first_origin as date) and cast($last_origin as date)
),

sampled_rows as (
    select churn_features.*
    from churn_features
    inner join sampled
        on sampled.customer_id = churn_features.customer_id and sampled.origin = churn_features.origin
)

select * from sampled_rows

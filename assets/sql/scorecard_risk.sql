-- Grain: risk band. Inputs: churn_scores, customer_days (flows of the window ($as_of - $window_days, $as_of]).
with window_values as (
    select
        customer_id,
        cast(sum(net_value) as decimal(38, 8)) as net_value
    from customer_days
    where date_diff('day', day, cast($as_of as date)) < $window_days
    group by customer_id
),

risk_values as (
    select
        churn_scores.risk_band,
        cast(count(*) as bigint) as customers,
        cast(sum(window_values.net_value) as decimal(18, 2)) as net_value
    from churn_scores
    left join window_values on churn_scores.customer_id = window_values.customer_id
    group by churn_scores.risk_band
)

select * from risk_values

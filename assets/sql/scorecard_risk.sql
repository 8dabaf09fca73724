-- Grain: risk band. Inputs: churn_scores, customer_days (flows of the window ($as_of - $window_days, $as_of]).
with scored as (
    select risk_band, cast(count(*) as bigint) as customers
    from churn_scores
    group by risk_band
),

flows as (
    select
        churn_scores.risk_band,
        cast(sum(customer_days.net_value) as decimal(38, 8)) as net_value
    from customer_days
    inner join churn_scores on customer_days.customer_id = churn_scores.customer_id
    where date_diff('day', customer_days.day, cast($as_of as date)) < $window_days
    group by churn_scores.risk_band
),

risk_values as (
    select
        scored.risk_band,
        scored.customers,
        flows.net_value
    from scored
    left join flows on scored.risk_band = flows.risk_band
)

select * from risk_values

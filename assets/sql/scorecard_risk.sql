-- Grain: risk band. Inputs: churn_scores, rfm_measures.
with risk_values as (
    select
        churn_scores.risk_band,
        cast(count(*) as bigint) as customers,
        cast(sum(rfm_measures.monetary) as decimal(38, 8)) as net_value
    from churn_scores
    left join rfm_measures on rfm_measures.customer_id = churn_scores.customer_id
    group by churn_scores.risk_band
)

select * from risk_values

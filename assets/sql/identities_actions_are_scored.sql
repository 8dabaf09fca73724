-- Grain: one row. Inputs: action_list, churn_scores.
-- Whoever is listed stands in the band of high risk tonight, with the risk that is listed.
with listed as (
    select
        cast(count(*) as bigint) as left_side,
        cast(count(churn_scores.customer_id) as bigint) as right_side,
        cast(count(*) as bigint) as n
    from action_list
    left join churn_scores
        on churn_scores.customer_id = action_list.customer_id
        and churn_scores.risk_band = 'high'
        and churn_scores.churn_risk = action_list.churn_risk
)

select * from listed

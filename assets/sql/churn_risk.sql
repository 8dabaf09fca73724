-- Grain: customer with a churn score. Input: churn_scores.
-- Probability of no valid order in the horizon.
with churn_risk as (
    select
        customer_id,
        churn_risk
    from churn_scores
)

select * from churn_risk

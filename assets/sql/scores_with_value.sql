-- Grain: one row per customer with a churn score.
-- Inputs: churn_scores, customer_value, value_tiers, rfm_segments, customers.
-- Net value is that of the window, refunds included. Where no customer was ever asked for consent, all may be called;
-- else only who gave it.
with consents as (
    select count(consent) as asked
    from customers
),

scores as (
    select
        churn_scores.customer_id,
        churn_scores.churn_risk,
        churn_scores.risk_band,
        value_tiers.tier,
        rfm_segments.segment,
        customer_value.clv as expected_value,
        rfm_segments.monetary as net_value,
        consents.asked = 0 or coalesce(customers.consent, false) as may_be_called
    from churn_scores
    cross join consents
    left join value_tiers on value_tiers.customer_id = churn_scores.customer_id
    left join rfm_segments on rfm_segments.customer_id = churn_scores.customer_id
    left join customer_value on customer_value.customer_id = churn_scores.customer_id
    left join customers on customers.customer_id = churn_scores.customer_id
)

select * from scores

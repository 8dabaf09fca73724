-- Grain: one row per known customer.
-- Inputs: customers, churn_scores, customer_value, value_tiers, rfm_segments.
-- Net value is that of the window, refunds included. Where no customer was ever asked for consent, all may be called;
-- else only who gave it.
with consents as (
    select count(consent) as asked
    from customers
),

valued as (
    select
        customers.customer_id,
        churn_scores.churn_risk,
        churn_scores.risk_band,
        value_tiers.tier,
        rfm_segments.segment,
        customer_value.clv as expected_value,
        rfm_segments.monetary as net_value,
        consents.asked = 0 or coalesce(customers.consent, false) as may_be_called
    from customers
    cross join consents
    left join churn_scores on churn_scores.customer_id = customers.customer_id
    left join value_tiers on value_tiers.customer_id = customers.customer_id
    left join rfm_segments on rfm_segments.customer_id = customers.customer_id
    left join customer_value on customer_value.customer_id = customers.customer_id
)

select * from valued

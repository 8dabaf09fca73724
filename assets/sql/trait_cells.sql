-- Grain: combination of segments that some known customer is in. Inputs: customer_traits, lifecycle_stages,
-- rfm_segments, rfm_measures, window_sums, orders, value_tiers, churn_scores.
-- How many customers are in all of them at once, and their exact net value in the window: also of those who have no
-- valid order, and stand in no rfm_measures. It is 0 without a flow, and unknown where no source has money.
with money as (
    select count(net_value) > 0 as is_known
    from orders
),

cells as (
    select
        customer_traits.is_high_frequency,
        customer_traits.is_potential_high_value,
        customer_traits.is_steady,
        customer_traits.is_price_sensitive,
        customer_traits.age_band,
        rfm_segments.segment,
        lifecycle_stages.stage,
        value_tiers.tier,
        churn_scores.risk_band,
        cast(count(*) as bigint) as customers,
        cast(
            sum(coalesce(rfm_measures.monetary, window_sums.net_value, case when money.is_known then 0 end))
            as decimal(38, 8)
        ) as net_value
    from customer_traits
    cross join money
    left join rfm_segments on rfm_segments.customer_id = customer_traits.customer_id
    left join rfm_measures on rfm_measures.customer_id = customer_traits.customer_id
    left join window_sums on window_sums.customer_id = customer_traits.customer_id
    left join lifecycle_stages on lifecycle_stages.customer_id = customer_traits.customer_id
    left join value_tiers on value_tiers.customer_id = customer_traits.customer_id
    left join churn_scores on churn_scores.customer_id = customer_traits.customer_id
    group by
        customer_traits.is_high_frequency,
        customer_traits.is_potential_high_value,
        customer_traits.is_steady,
        customer_traits.is_price_sensitive,
        customer_traits.age_band,
        rfm_segments.segment,
        lifecycle_stages.stage,
        value_tiers.tier,
        churn_scores.risk_band
)

select * from cells

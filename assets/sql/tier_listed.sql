-- Grain: customer who is drawn one by one, or in the sample that stands for all others.
-- Inputs: customer_value, value_tiers, purchase_histories, purchase_covariates. $as_of, $listed_from: expected value from which customers are
-- listed; $sampled_below: of the others those whose id's digest sorts below it.
with chosen as (
    select
        customer_id,
        clv,
        case when clv >= $listed_from then 1 else 0 end as is_listed
    from customer_value
    where clv >= $listed_from or substr(md5(customer_id), 1, 5) < $sampled_below
),

tiers as (
    select
        chosen.customer_id,
        chosen.clv,
        chosen.is_listed,
        value_tiers.tier
    from value_tiers
    inner join chosen on value_tiers.customer_id = chosen.customer_id
),

histories as (
    select
        tiers.customer_id,
        tiers.tier,
        tiers.is_listed,
        tiers.clv,
        purchase_histories.repeats,
        purchase_histories.recency_days,
        purchase_histories.age_days,
        purchase_histories.value,
        purchase_covariates.first_order_channel,
        purchase_covariates.first_order_region,
        purchase_covariates.acquisition_channel
    from purchase_histories
    inner join tiers on purchase_histories.customer_id = tiers.customer_id
    left join purchase_covariates
        on purchase_histories.origin = purchase_covariates.origin
        and purchase_histories.customer_id = purchase_covariates.customer_id
    where purchase_histories.origin = cast($as_of as date)
)

select * from histories

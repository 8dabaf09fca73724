-- Grain: one row per distinct purchase history and level of each covariate, at $origin.
-- Inputs: purchase_histories, purchase_covariates.
with cells as (
    select
        purchase_covariates.first_order_channel,
        purchase_covariates.first_order_region,
        purchase_covariates.acquisition_channel,
        purchase_histories.repeats,
        purchase_histories.recency_days,
        purchase_histories.age_days,
        cast(count(*) as bigint) as customers
    from purchase_histories
    inner join purchase_covariates
        on purchase_histories.origin = purchase_covariates.origin
        and purchase_histories.customer_id = purchase_covariates.customer_id
    where purchase_histories.origin = cast($origin as date)
    group by
        purchase_covariates.first_order_channel,
        purchase_covariates.first_order_region,
        purchase_covariates.acquisition_channel,
        purchase_histories.repeats,
        purchase_histories.recency_days,
        purchase_histories.age_days
)

select * from cells

-- Grain: value tier. Inputs: value_tiers, rfm_measures.
-- Its customers and their value, exact where it is historic. In published cents, for the interval alone: their values,
-- the squares of these (a product of two numbers of 18 digits has 18, and these may need more), and the smallest.
with tier_values as (
    select
        value_tiers.tier,
        cast(count(*) as bigint) as customers,
        cast(
            sum(case when value_tiers.basis = 'historic' then rfm_measures.monetary else value_tiers.value end)
            as decimal(38, 8)
        ) as value,
        cast(sum(value_tiers.value) as decimal(38, 2)) as value_cents,
        cast(sum(cast(value_tiers.value as decimal(38, 2)) * value_tiers.value) as decimal(38, 4)) as value_squares,
        min(value_tiers.value) as value_from
    from value_tiers
    left join rfm_measures on rfm_measures.customer_id = value_tiers.customer_id
    group by value_tiers.tier
)

select * from tier_values

-- Grain: value tier. Input: value_tiers.
with tier_values as (
    select
        tier,
        cast(count(*) as bigint) as customers,
        cast(sum(value) as decimal(38, 2)) as value
    from value_tiers
    group by tier
)

select * from tier_values

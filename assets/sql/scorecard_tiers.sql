-- Grain: value tier. Input: value_tiers.
-- Its customers, their values and the squares of these (a product of two numbers of 18 digits has 18, and these may
-- need more), and the smallest of them.
with tier_values as (
    select
        tier,
        cast(count(*) as bigint) as customers,
        cast(sum(value) as decimal(38, 2)) as value,
        cast(sum(cast(value as decimal(38, 2)) * value) as decimal(38, 4)) as value_squares,
        min(value) as value_from
    from value_tiers
    group by tier
)

select * from tier_values

-- Grain: value tier. Inputs: customer_value, value_tiers.
with tier_sums as (
    select
        value_tiers.tier,
        cast(count(*) as bigint) as customers,
        sum(customer_value.expected_orders) as expected_orders,
        cast(sum(customer_value.clv) as decimal(38, 2)) as expected_value
    from value_tiers
    inner join customer_value on value_tiers.customer_id = customer_value.customer_id
    group by value_tiers.tier
)

select * from tier_sums

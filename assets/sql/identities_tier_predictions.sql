-- Grain: one row. Inputs: value_tiers, customer_value.
-- A predicted value is that of the customer's row in customer_value.
with pairs as (
    select
        case
            when value_tiers.value = customer_value.clv then 1
            when value_tiers.value is null and customer_value.clv is null then 1
            else 0
        end as is_same
    from value_tiers
    inner join customer_value on value_tiers.customer_id = customer_value.customer_id
    where value_tiers.basis = 'predicted'
),

agreement as (
    select
        cast(count(*) as bigint) as left_side,
        cast(coalesce(sum(is_same), 0) as bigint) as right_side,
        cast(count(*) as bigint) as n
    from pairs
)

select * from agreement

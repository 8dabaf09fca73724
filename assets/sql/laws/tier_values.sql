-- Grain: one row. Inputs: value_tiers, rfm_segments, customer_value.
-- A historic value is the net value of the window, and RFM's M is the same figure; a predicted one is customer_value's.
with pairs as (
    select
        value_tiers.value,
        case when value_tiers.basis = 'historic' then rfm_segments.monetary else customer_value.clv end as expected
    from value_tiers
    inner join rfm_segments on value_tiers.customer_id = rfm_segments.customer_id
    left join customer_value on value_tiers.customer_id = customer_value.customer_id
),

agreement as (
    select
        cast(count(*) as bigint) as left_side,
        cast(coalesce(sum(
            case
                when value = expected then 1
                when value is null and expected is null then 1
                else 0
            end
        ), 0) as bigint) as right_side,
        cast(count(*) as bigint) as n
    from pairs
)

select * from agreement

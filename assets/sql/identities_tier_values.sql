-- Grain: one row. Inputs: value_tiers, rfm_segments.
-- A historic value is the net value of the window, and RFM's M is the same figure.
with pairs as (
    select
        case
            when value_tiers.value = rfm_segments.monetary then 1
            when value_tiers.value is null and rfm_segments.monetary is null then 1
            else 0
        end as is_same
    from value_tiers
    inner join rfm_segments on value_tiers.customer_id = rfm_segments.customer_id
    where value_tiers.basis = 'historic'
),

agreement as (
    select
        cast(count(*) as bigint) as left_side,
        cast(coalesce(sum(is_same), 0) as bigint) as right_side,
        cast(count(*) as bigint) as n
    from pairs
)

select * from agreement

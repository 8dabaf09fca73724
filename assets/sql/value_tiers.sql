-- Grain: customer with a valid order on or before $as_of. Input: values_to_tier.
-- The tier of each customer's value between the borders $high_from and $mid_from of models.value_tiers: whoever reaches a
-- border is above it, and a border that is NULL is reached by nobody. Without positive value there is no tier.
with tiered as (
    select
        customer_id,
        cast($as_of as date) as as_of,
        cast($basis as varchar) as basis,
        value,
        case
            when value is null or value <= 0 then 'none'
            when value >= cast($high_from as decimal(38, 8)) then 'high'
            when value >= cast($mid_from as decimal(38, 8)) then 'mid'
            else 'low'
        end as tier
    from values_to_tier
)

select * from tiered

-- Grain: segment x what is counted. Inputs: segment_overlap, customer_traits, rfm_segments, lifecycle_stages,
-- value_tiers, churn_scores, customer_days.
-- A segment beside itself is everybody whom its own table puts in it: customers to the head, and their net value of the
-- window ($as_of - $window_days, $as_of] but for the rounding of each figure; of tiers by historic value it is the tiers'
-- own value, of customers without a valid order that of their flows.
with placed as (
    select 'trait' as kind, 'high_frequency' as segment, customer_id
    from customer_traits
    where is_high_frequency
    union all
    select 'trait' as kind, 'potential_high_value' as segment, customer_id
    from customer_traits
    where is_potential_high_value
    union all
    select 'trait' as kind, 'steady' as segment, customer_id
    from customer_traits
    where is_steady
    union all
    select 'trait' as kind, 'price_sensitive' as segment, customer_id
    from customer_traits
    where is_price_sensitive
    union all
    select 'age_band' as kind, age_band as segment, customer_id
    from customer_traits
    union all
    select 'rfm' as kind, segment, customer_id
    from rfm_segments
    union all
    select 'stage' as kind, stage as segment, customer_id
    from lifecycle_stages
    union all
    select 'tier' as kind, tier as segment, customer_id
    from value_tiers
    union all
    select 'risk_band' as kind, risk_band as segment, customer_id
    from churn_scores
),

flows_alone as (
    select
        customer_days.customer_id,
        cast(sum(customer_days.net_value) as decimal(38, 8)) as net_value
    from customer_days
    left join rfm_segments on rfm_segments.customer_id = customer_days.customer_id
    where
        rfm_segments.customer_id is null
        and date_diff('day', customer_days.day, cast($as_of as date)) < $window_days
    group by customer_days.customer_id
),

expected as (
    select
        placed.kind,
        placed.segment,
        cast(count(*) as decimal(38, 2)) as customers,
        cast(
            coalesce(
                sum(
                    case
                        when placed.kind = 'tier' and value_tiers.basis = 'historic' then value_tiers.value
                        else coalesce(rfm_segments.monetary, flows_alone.net_value)
                    end
                ),
                0
            ) as decimal(38, 2)
        ) as net_value
    from placed
    left join rfm_segments on rfm_segments.customer_id = placed.customer_id
    left join value_tiers on value_tiers.customer_id = placed.customer_id
    left join flows_alone on flows_alone.customer_id = placed.customer_id
    group by placed.kind, placed.segment
),

listed as (
    select
        kind,
        segment,
        cast(sum(customers_both) as decimal(38, 2)) as customers,
        cast(coalesce(sum(net_value_both), 0) as decimal(38, 2)) as net_value
    from segment_overlap
    where kind = other_kind and segment = other_segment
    group by kind, segment
),

pairs as (
    select
        coalesce(expected.kind, listed.kind) as kind,
        coalesce(expected.segment, listed.segment) as segment,
        coalesce(listed.customers, 0) as customers_listed,
        coalesce(expected.customers, 0) as customers_expected,
        coalesce(listed.net_value, 0) as value_listed,
        coalesce(expected.net_value, 0) as value_expected
    from expected
    full outer join listed on listed.kind = expected.kind and listed.segment = expected.segment
),

sides as (
    select
        kind, segment, 'customers' as counted, customers_listed as left_side, customers_expected as right_side,
        cast(customers_expected as bigint) as n, cast(0 as bigint) as rounded
    from pairs
    union all
    select
        kind, segment, 'net value' as counted, value_listed as left_side, value_expected as right_side,
        cast(customers_expected as bigint) as n, cast(customers_expected as bigint) + 1 as rounded
    from pairs
)

select * from sides

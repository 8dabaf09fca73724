-- Grain: kind of move that is listed. Inputs: segment_moves, rfm_segments, lifecycle_stages, value_tiers.
-- Stayers included, the moves end at every customer of tonight's table, in tonight's segment.
with arrivals as (
    select
        kind,
        to_segment as segment,
        cast(sum(customers) as bigint) as customers
    from segment_moves
    where to_segment <> '(gone)'
    group by kind, to_segment
),

kinds as (
    select kind
    from segment_moves
    group by kind
),

tonight as (
    select 'rfm' as kind, segment, cast(count(*) as bigint) as customers
    from rfm_segments
    group by segment
    union all
    select 'stage' as kind, stage as segment, cast(count(*) as bigint) as customers
    from lifecycle_stages
    group by stage
    union all
    select 'tier' as kind, tier as segment, cast(count(*) as bigint) as customers
    from value_tiers
    group by tier
),

expected as (
    select tonight.kind, tonight.segment, tonight.customers
    from tonight
    inner join kinds on tonight.kind = kinds.kind
),

counts as (
    select
        coalesce(expected.kind, arrivals.kind) as kind,
        coalesce(expected.segment, arrivals.segment) as segment,
        coalesce(expected.customers, 0) as left_side,
        coalesce(arrivals.customers, 0) as right_side,
        coalesce(expected.customers, 0) as n
    from expected
    full outer join arrivals on expected.kind = arrivals.kind and expected.segment = arrivals.segment
)

select * from counts

-- Grain: segment x kind of other segment x what is counted. Inputs: segment_overlap.
-- Every known customer has one stage and one age band: by either, the parts of a segment are the segment, customers to
-- the head and net value but for the rounding of each figure.
with whole as (
    select
        kind,
        segment,
        cast(customers_both as decimal(38, 2)) as customers,
        cast(coalesce(net_value_both, 0) as decimal(38, 2)) as net_value
    from segment_overlap
    where kind = other_kind and segment = other_segment
),

parts as (
    select
        kind,
        segment,
        other_kind,
        cast(sum(customers_both) as decimal(38, 2)) as customers,
        cast(coalesce(sum(net_value_both), 0) as decimal(38, 2)) as net_value,
        count(*) as parts
    from segment_overlap
    where other_kind in ('stage', 'age_band')
    group by kind, segment, other_kind
),

pairs as (
    select
        whole.kind,
        whole.segment,
        parts.other_kind,
        parts.customers as customers_in_parts,
        whole.customers,
        parts.net_value as value_in_parts,
        whole.net_value,
        parts.parts
    from whole
    inner join parts on parts.kind = whole.kind and parts.segment = whole.segment
),

sides as (
    select
        kind, segment, other_kind, 'customers' as counted, customers_in_parts as left_side, customers as right_side,
        cast(customers as bigint) as n, cast(0 as bigint) as rounded
    from pairs
    union all
    select
        kind, segment, other_kind, 'net value' as counted, value_in_parts as left_side, net_value as right_side,
        cast(customers as bigint) as n, parts + 1 as rounded
    from pairs
)

select * from sides

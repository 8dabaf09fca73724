-- Grain: segment x kind of other segment x what is counted. Inputs: segment_overlap.
-- Every known customer has one stage and one age band: by either, the parts of a segment are the segment, customers to
-- the head and net value within the half cent that each figure's rounding may cost.
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
        cast(customers as bigint) as n
    from pairs
    union all
    select
        kind, segment, other_kind, 'net value' as counted, value_in_parts as left_side,
        case
            when abs(value_in_parts - net_value)
                <= cast(0.005 as decimal(4, 3)) * cast(parts + 1 as decimal(15, 0)) then value_in_parts
            else net_value
        end as right_side,
        cast(customers as bigint) as n
    from pairs
)

select * from sides

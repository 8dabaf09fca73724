-- Grain: move that somebody made. Inputs: customer_moves, segment_moves.
-- Customer by customer and counted, the moves are the same; who stayed is in the counts only.
with listed as (
    select kind, from_segment, to_segment, cast(count(*) as bigint) as customers
    from customer_moves
    group by kind, from_segment, to_segment
),

counted as (
    select kind, from_segment, to_segment, customers
    from segment_moves
    where from_segment <> to_segment
),

moves as (
    select
        coalesce(counted.kind, listed.kind) as kind,
        coalesce(counted.from_segment, listed.from_segment) as from_segment,
        coalesce(counted.to_segment, listed.to_segment) as to_segment,
        coalesce(counted.customers, 0) as left_side,
        coalesce(listed.customers, 0) as right_side,
        coalesce(counted.customers, 0) as n
    from counted
    full outer join listed
        on counted.kind = listed.kind
        and counted.from_segment = listed.from_segment
        and counted.to_segment = listed.to_segment
)

select * from moves

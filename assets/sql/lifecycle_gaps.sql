-- Grain: length of a gap in days. Input: order_steps.
-- The same counts as order_gaps.sql has of the orders: steps within one day are between two channels or regions.
with gap_counts as (
    select
        cast(date_diff('day', previous_on, ordered_on) as integer) as value,
        cast(sum(steps) as bigint) as count
    from order_steps
    where kind = 'order' and scope = 'all' and previous_on < ordered_on
    group by date_diff('day', previous_on, ordered_on)
)

select * from gap_counts

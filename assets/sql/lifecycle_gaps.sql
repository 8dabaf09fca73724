-- Grain: length of a gap in days. Input: order_steps.
-- How often two consecutive order days of one customer lie that many days apart, over all customers and all time.
with gap_counts as (
    select
        cast(date_diff('day', previous_on, ordered_on) as integer) as value,
        cast(sum(steps) as bigint) as count
    from order_steps
    where kind = 'order' and scope = 'all' and previous_on is not null
    group by date_diff('day', previous_on, ordered_on)
)

select * from gap_counts

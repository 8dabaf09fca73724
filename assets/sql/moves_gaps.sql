-- Grain: length of a gap in days. Input: moves_order_days (of every customer, as known then).
-- How often two consecutive order days of one customer lie that many days apart, up to the predecessor's date.
with gap_counts as (
    select cast(gap_days as integer) as value, cast(count(*) as bigint) as count
    from moves_order_days
    where facts = 'before' and gap_days is not null
    group by gap_days
)

select * from gap_counts

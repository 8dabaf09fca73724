-- Grain: length of a gap in days. Input: orders (valid at the end of the night's date).
-- How often two consecutive order days of one customer lie that many days apart, over all customers and all time.
with order_days as (
    select
        customer_id,
        ordered_on
    from orders
    where customer_id is not null and valid_from is not null and voided_on is null
    group by customer_id, ordered_on
),

steps as (
    select
        date_diff(
            'day',
            lag(ordered_on) over (partition by customer_id order by ordered_on),
            ordered_on
        ) as gap_days
    from order_days
),

gap_counts as (
    select
        cast(gap_days as integer) as value,
        cast(count(*) as bigint) as count
    from steps
    where gap_days is not null
    group by gap_days
)

select * from gap_counts

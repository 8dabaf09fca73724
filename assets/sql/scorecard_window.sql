-- Grain: one row, as of $at. Input: orders (valid at $at: what was refunded later does not count against that day).
-- The window is ($at - $window_days, $at]; a first order is mature once it is $second_order_days old.
with valid_orders as (
    select
        customer_id,
        date_diff('day', ordered_on, cast($at as date)) as days_ago
    from orders
    where
        customer_id is not null
        and valid_from <= cast($at as date)
        and (voided_on is null or voided_on > cast($at as date))
),

aged as (
    select
        customer_id,
        days_ago,
        max(days_ago) over (partition by customer_id) as first_days_ago
    from valid_orders
),

customers_ordering as (
    select
        customer_id,
        first_days_ago,
        cast(sum(case when days_ago < $window_days then 1 else 0 end) as bigint) as orders_in_window,
        cast(sum(case when first_days_ago - days_ago <= $second_order_days then 1 else 0 end) as bigint)
            as early_orders
    from aged
    group by customer_id, first_days_ago
),

window_counts as (
    select
        cast(sum(case when orders_in_window >= 1 then 1 else 0 end) as bigint) as buyers,
        cast(sum(case when orders_in_window >= 2 then 1 else 0 end) as bigint) as repeat_buyers,
        cast(sum(case when first_days_ago >= $second_order_days then 1 else 0 end) as bigint) as mature_customers,
        cast(sum(case when first_days_ago >= $second_order_days and early_orders >= 2 then 1 else 0 end) as bigint)
            as second_orderers
    from customers_ordering
)

select * from window_counts

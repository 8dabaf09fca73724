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

customers_ordering as (
    select
        customer_id,
        cast(count(*) as bigint) as orders,
        cast(sum(case when days_ago < $window_days then 1 else 0 end) as bigint) as orders_in_window,
        max(days_ago) as first_days_ago
    from valid_orders
    group by customer_id
),

-- Only of those whose first order is mature and who have a second, orders are looked at again.
second_orders as (
    select valid_orders.customer_id
    from valid_orders
    inner join customers_ordering on valid_orders.customer_id = customers_ordering.customer_id
    where
        customers_ordering.orders >= 2
        and customers_ordering.first_days_ago >= $second_order_days
        and customers_ordering.first_days_ago - valid_orders.days_ago <= $second_order_days
    group by valid_orders.customer_id
    having count(*) >= 2
),

second_orderers as (
    select cast(count(*) as bigint) as customers
    from second_orders
),

window_counts as (
    select
        cast(sum(case when orders_in_window >= 1 then 1 else 0 end) as bigint) as buyers,
        cast(sum(case when orders_in_window >= 2 then 1 else 0 end) as bigint) as repeat_buyers,
        cast(sum(case when first_days_ago >= $second_order_days then 1 else 0 end) as bigint) as mature_customers,
        min(second_orderers.customers) as second_orderers
    from customers_ordering
    cross join second_orderers
)

select * from window_counts

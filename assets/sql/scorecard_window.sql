-- Grain: one row each for what was known at $at and what is known tonight, of the customers to whom it makes a
-- difference: one of their orders up to $at was valid then and is not now, or the other way round. Input: orders.
-- The window is ($at - $window_days, $at]; a first order is mature once it is $second_order_days old.
with orders_until as (
    select
        customer_id,
        ordered_on,
        case
            when valid_from <= cast($at as date) and (voided_on is null or voided_on > cast($at as date)) then 1
            else 0
        end as was_valid,
        case when valid_from is not null and voided_on is null then 1 else 0 end as is_valid
    from orders
    where customer_id is not null and ordered_on <= cast($at as date)
),

judged_otherwise as (
    select distinct customer_id
    from orders_until
    where was_valid <> is_valid
),

theirs as (
    select orders_until.*
    from orders_until
    inner join judged_otherwise on orders_until.customer_id = judged_otherwise.customer_id
),

valid_orders as (
    select 'then' as known, customer_id, date_diff('day', ordered_on, cast($at as date)) as days_ago
    from theirs
    where was_valid = 1
    union all
    select 'tonight' as known, customer_id, date_diff('day', ordered_on, cast($at as date)) as days_ago
    from theirs
    where is_valid = 1
),

customers_ordering as (
    select
        known,
        customer_id,
        cast(sum(case when days_ago < $window_days then 1 else 0 end) as bigint) as orders_in_window,
        max(days_ago) as first_days_ago
    from valid_orders
    group by known, customer_id
),

in_time as (
    select
        valid_orders.known,
        valid_orders.customer_id,
        count(*) as orders
    from valid_orders
    inner join customers_ordering
        on valid_orders.known = customers_ordering.known and valid_orders.customer_id = customers_ordering.customer_id
    where customers_ordering.first_days_ago - valid_orders.days_ago <= $second_order_days
    group by valid_orders.known, valid_orders.customer_id
),

window_counts as (
    select
        customers_ordering.known,
        cast(sum(case when orders_in_window >= 1 then 1 else 0 end) as bigint) as buyers,
        cast(sum(case when orders_in_window >= 2 then 1 else 0 end) as bigint) as repeat_buyers,
        cast(sum(case when first_days_ago >= $second_order_days then 1 else 0 end) as bigint) as mature_customers,
        cast(sum(case when first_days_ago >= $second_order_days and in_time.orders >= 2 then 1 else 0 end) as bigint)
            as second_orderers
    from customers_ordering
    inner join in_time
        on in_time.known = customers_ordering.known and in_time.customer_id = customers_ordering.customer_id
    group by customers_ordering.known
)

select * from window_counts

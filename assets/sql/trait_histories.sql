-- Grain: customer with a valid order. Input: orders_of_customers (valid at tonight or not).
-- What the customer's orders of all time say of traits: how many there are and how many of them had a discount, the
-- first one's day and value, and from $steady_orders orders on the gaps between order days.
with valid_orders as (
    select customer_id, source, order_id, ordered_at, ordered_on, net_value, discount_value
    from orders_of_customers
    where valid_from is not null and voided_on is null
),

counted as (
    select
        customer_id,
        cast(count(*) as bigint) as orders,
        cast(count(case when discount_value > 0 then 1 end) as bigint) as discounted_orders,
        min(ordered_at) as first_ordered_at,
        max(ordered_on) as last_ordered_on
    from valid_orders
    group by customer_id
),

-- Of several orders of the same moment the first by source and id.
first_orders as (
    select
        counted.customer_id,
        valid_orders.ordered_on as first_order_on,
        cast(case when valid_orders.net_value >= 0 then valid_orders.net_value end as decimal(18, 2)) as first_order_value,
        row_number() over (
            partition by counted.customer_id order by valid_orders.source, valid_orders.order_id
        ) as place
    from valid_orders
    inner join counted
        on counted.customer_id = valid_orders.customer_id and counted.first_ordered_at = valid_orders.ordered_at
),

-- The gaps of fewer orders decide nothing.
order_days as (
    select distinct
        valid_orders.customer_id,
        valid_orders.ordered_on,
        counted.last_ordered_on
    from valid_orders
    inner join counted on counted.customer_id = valid_orders.customer_id
    where counted.orders >= $steady_orders
),

gaps as (
    select
        customer_id,
        ordered_on,
        last_ordered_on,
        date_diff(
            'day', lag(ordered_on) over (partition by customer_id order by ordered_on), ordered_on
        ) as gap_days
    from order_days
),

ranked_gaps as (
    select
        customer_id,
        gap_days,
        ordered_on = last_ordered_on as is_last,
        row_number() over (partition by customer_id order by gap_days, ordered_on) as place,
        count(*) over (partition by customer_id) as gaps
    from gaps
    where gap_days is not null
),

-- The median is the middle gap, or the mean of the two.
rhythms as (
    select
        customer_id,
        cast(count(*) as bigint) as gaps,
        cast(sum(gap_days) as bigint) as gap_sum,
        cast(sum(gap_days * gap_days) as bigint) as gap_sum_of_squares,
        cast(sum(case when 2 * place between gaps and gaps + 2 then gap_days end) as double)
            / cast(count(case when 2 * place between gaps and gaps + 2 then 1 end) as double) as median_gap_days,
        cast(max(case when is_last then gap_days end) as integer) as last_gap_days
    from ranked_gaps
    group by customer_id
),

trait_histories as (
    select
        counted.customer_id,
        counted.orders,
        counted.discounted_orders,
        first_orders.first_order_on,
        first_orders.first_order_value,
        rhythms.gaps,
        rhythms.gap_sum,
        rhythms.gap_sum_of_squares,
        rhythms.median_gap_days,
        rhythms.last_gap_days
    from counted
    left join first_orders on first_orders.customer_id = counted.customer_id and first_orders.place = 1
    left join rhythms on rhythms.customer_id = counted.customer_id
)

select * from trait_histories

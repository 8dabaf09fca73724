-- Grain: customer with an order. Input: orders_of_customers (valid at $as_of).
-- The days on which a customer's stage may have changed, for the cuts $warning_days (T1), $lost_days (T2),
-- $loyal_orders and $reactivated_days.
with order_days as (
    select
        customer_id,
        ordered_on,
        count(*) as orders
    from orders_of_customers
    where valid_from is not null and voided_on is null
    group by customer_id, ordered_on
),

steps as (
    select
        customer_id,
        ordered_on,
        orders,
        date_diff(
            'day',
            lag(ordered_on) over (partition by customer_id order by ordered_on),
            ordered_on
        ) as gap_days,
        sum(orders) over (
            partition by customer_id order by ordered_on
            rows between unbounded preceding and current row
        ) as orders_so_far
    from order_days
),

-- A gap of T1 + 1 days holds no day of warning: the returning order falls on the day the warning would begin.
ordering as (
    select
        customer_id,
        min(ordered_on) as first_order_on,
        max(ordered_on) as last_order_on,
        cast(sum(orders) as bigint) as orders,
        max(case when gap_days is null or gap_days > $warning_days + 1 then ordered_on end) as active_since,
        min(case when orders_so_far >= 2 then ordered_on end) as repeat_since,
        min(case when orders_so_far >= $loyal_orders then ordered_on end) as loyal_since
    from steps
    group by customer_id
),

returns as (
    select
        customer_id,
        ordered_on,
        date_diff(
            'day',
            lag(ordered_on) over (partition by customer_id order by ordered_on),
            ordered_on
        ) as days_since_return
    from steps
    where gap_days > $lost_days
),

-- Where T1 = T2 one return may follow another before the first wears off: the stage then began at the earlier one.
returned as (
    select
        customer_id,
        max(ordered_on) as returned_on,
        max(
            case when days_since_return is null or days_since_return > $reactivated_days then ordered_on end
        ) as returning_since
    from returns
    group by customer_id
),

histories as (
    select
        ordering.customer_id,
        ordering.orders,
        ordering.first_order_on,
        ordering.last_order_on,
        ordering.active_since,
        ordering.repeat_since,
        ordering.loyal_since,
        returned.returned_on,
        returned.returning_since
    from ordering
    left join returned on ordering.customer_id = returned.customer_id
)

select * from histories

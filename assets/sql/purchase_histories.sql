-- Grain: one row per origin and customer with an order valid at the origin; at past origins of a sample of the customers.
-- Inputs: orders, customer_days, customers, value_origins. $as_of, $sampled_below: a customer belongs to the
-- sample whose id's digest sorts below it.
-- What a row knows: orders valid at the origin and flows dated up to it. All orders of a day are one purchase.
-- What it does not know: `future_*`, NULL until the horizon is over by as_of. `recent_*` are what a past origin is judged
-- beside, and NULL tonight.
-- Nearly all days have orders that are valid from that day on, and customer_days has counted them; the others, which
-- were valid later or are no longer, are looked up order by order.
with odd_days as (
    select distinct customer_id, ordered_on as day
    from orders
    where customer_id is not null
        and valid_from is not null
        and (voided_on is not null or valid_from > ordered_on)
),

odd_orders as (
    select distinct
        value_origins.origin,
        value_origins.label_until,
        orders.customer_id,
        orders.ordered_on as day,
        case
            when orders.valid_from <= value_origins.origin
                and (orders.voided_on is null or orders.voided_on > value_origins.origin) then 1
            else 0
        end as valid_at_origin,
        case
            when orders.valid_from <= value_origins.label_until
                and (orders.voided_on is null or orders.voided_on > value_origins.label_until) then 1
            else 0
        end as valid_after
    from orders
    inner join odd_days on orders.customer_id = odd_days.customer_id and orders.ordered_on = odd_days.day
    cross join value_origins
),

odd as (
    select origin, customer_id, day, max(valid_at_origin) as valid_at_origin, max(valid_after) as valid_after
    from odd_orders
    group by origin, customer_id, day
),

sampled as (
    select customer_id
    from customers
    where substr(md5(customer_id), 1, 4) < $sampled_below
),

-- There is one row per customer and day anyway. Grouped, the few are found before each origin is looked at.
sampled_days as (
    select
        customer_days.customer_id,
        customer_days.day,
        max(customer_days.orders) as orders,
        max(customer_days.net_value) as net_value
    from customer_days
    inner join sampled on customer_days.customer_id = sampled.customer_id
    group by customer_days.customer_id, customer_days.day
),

-- Of the day's orders: whether one was valid at the origin, and whether one was at the end of the horizon.
days_tonight as (
    select
        customer_days.customer_id,
        customer_days.day,
        customer_days.net_value,
        coalesce(odd.valid_at_origin, case when customer_days.orders > 0 then 1 else 0 end) as valid_at_origin
    from customer_days
    left join odd
        on customer_days.customer_id = odd.customer_id
        and customer_days.day = odd.day
        and odd.origin = cast($as_of as date)
    where customer_days.day <= cast($as_of as date)
),

days_of_the_past as (
    select
        value_origins.origin,
        sampled_days.customer_id,
        sampled_days.day,
        sampled_days.net_value,
        date_diff('day', sampled_days.day, value_origins.origin) as days_before,
        case
            when sampled_days.day <= value_origins.origin
                and date_diff('day', sampled_days.day, value_origins.origin) < value_origins.horizon_days then 1
            else 0
        end as is_recent,
        coalesce(odd.valid_at_origin, case when sampled_days.orders > 0 then 1 else 0 end) as valid_at_origin,
        coalesce(odd.valid_after, case when sampled_days.orders > 0 then 1 else 0 end) as valid_after
    from sampled_days
    inner join value_origins
        on sampled_days.day <= value_origins.label_until
        and value_origins.origin < cast($as_of as date)
    left join odd
        on sampled_days.customer_id = odd.customer_id
        and sampled_days.day = odd.day
        and value_origins.origin = odd.origin
),

totals as (
    select
        cast($as_of as date) as origin,
        customer_id,
        min(case when valid_at_origin = 1 then day end) as first_order_on,
        max(case when valid_at_origin = 1 then day end) as last_order_on,
        count(case when valid_at_origin = 1 then 1 end) as order_days,
        cast(null as bigint) as recent_order_days,
        sum(net_value) as value,
        cast(null as decimal(38, 8)) as recent_value,
        cast(null as bigint) as future_order_days,
        cast(null as decimal(38, 8)) as future_value
    from days_tonight
    group by customer_id
    union all
    select
        origin,
        customer_id,
        min(case when days_before >= 0 and valid_at_origin = 1 then day end) as first_order_on,
        max(case when days_before >= 0 and valid_at_origin = 1 then day end) as last_order_on,
        count(case when days_before >= 0 and valid_at_origin = 1 then 1 end) as order_days,
        count(case when is_recent = 1 and valid_at_origin = 1 then 1 end)
            as recent_order_days,
        sum(case when days_before >= 0 then net_value end) as value,
        sum(case when is_recent = 1 then net_value end) as recent_value,
        count(case when days_before < 0 and valid_after = 1 then 1 end) as future_order_days,
        sum(case when days_before < 0 then net_value end) as future_value
    from days_of_the_past
    group by origin, customer_id
),

money as (
    select count(net_value) > 0 as is_known
    from orders
),

histories as (
    select
        totals.origin,
        totals.customer_id,
        cast(totals.order_days - 1 as bigint) as repeats,
        cast(date_diff('day', totals.first_order_on, totals.last_order_on) as bigint) as recency_days,
        cast(date_diff('day', totals.first_order_on, totals.origin) as bigint) as age_days,
        cast(totals.recent_order_days as bigint) as recent_order_days,
        cast(case when money.is_known then coalesce(totals.value, 0) end as decimal(38, 8)) as value,
        cast(
            case
                when totals.origin < cast($as_of as date) and money.is_known then coalesce(totals.recent_value, 0)
            end as decimal(38, 8)
        ) as recent_value,
        cast(totals.future_order_days as bigint) as future_order_days,
        cast(
            case
                when totals.origin < cast($as_of as date) and money.is_known then coalesce(totals.future_value, 0)
            end as decimal(38, 8)
        ) as future_value
    from totals
    cross join money
    where totals.order_days > 0
)

select * from histories

-- Grain: one row per origin and customer with an order valid at the origin.
-- Inputs: orders, customer_days, value_origins. $as_of, $horizon_days.
-- What a row knows: orders valid at the origin and flows dated up to it. All orders of a day are one purchase.
-- What it does not know: `future_*`, NULL until the horizon is over by as_of.
with valid_orders as (
    select distinct
        value_origins.origin,
        orders.customer_id,
        orders.ordered_on
    from orders
    inner join value_origins on orders.valid_from <= value_origins.origin
    where orders.customer_id is not null
        and orders.ordered_on <= value_origins.origin
        and (orders.voided_on is null or orders.voided_on > value_origins.origin)
),

purchases as (
    select
        origin,
        customer_id,
        min(ordered_on) as first_order_on,
        max(ordered_on) as last_order_on,
        cast(count(*) as bigint) as order_days,
        cast(sum(case when date_diff('day', ordered_on, origin) < $horizon_days then 1 else 0 end) as bigint)
            as recent_order_days
    from valid_orders
    group by origin, customer_id
),

flows as (
    select
        value_origins.origin,
        customer_days.customer_id,
        cast(sum(customer_days.net_value) as decimal(38, 8)) as value,
        cast(sum(
            case
                when date_diff('day', customer_days.day, value_origins.origin) < $horizon_days
                    then customer_days.net_value
            end
        ) as decimal(38, 8)) as recent_value
    from customer_days
    inner join value_origins on customer_days.day <= value_origins.origin
    group by value_origins.origin, customer_days.customer_id
),

later_days as (
    select distinct
        value_origins.origin,
        orders.customer_id,
        orders.ordered_on
    from orders
    inner join value_origins
        on orders.ordered_on > value_origins.origin
        and orders.ordered_on <= value_origins.label_until
    where orders.customer_id is not null
        and orders.valid_from <= value_origins.label_until
        and (orders.voided_on is null or orders.voided_on > value_origins.label_until)
),

later_orders as (
    select origin, customer_id, cast(count(*) as bigint) as future_order_days
    from later_days
    group by origin, customer_id
),

later_flows as (
    select
        value_origins.origin,
        customer_days.customer_id,
        cast(sum(customer_days.net_value) as decimal(38, 8)) as future_value
    from customer_days
    inner join value_origins
        on customer_days.day > value_origins.origin
        and customer_days.day <= value_origins.label_until
    group by value_origins.origin, customer_days.customer_id
),

money as (
    select count(net_value) > 0 as is_known
    from orders
),

histories as (
    select
        purchases.origin,
        purchases.customer_id,
        purchases.order_days - 1 as repeats,
        cast(date_diff('day', purchases.first_order_on, purchases.last_order_on) as bigint) as recency_days,
        cast(date_diff('day', purchases.first_order_on, purchases.origin) as bigint) as age_days,
        purchases.recent_order_days,
        case when money.is_known then coalesce(flows.value, 0) end as value,
        case when money.is_known then coalesce(flows.recent_value, 0) end as recent_value,
        case when value_origins.label_until <= cast($as_of as date) then coalesce(later_orders.future_order_days, 0) end
            as future_order_days,
        case
            when value_origins.label_until <= cast($as_of as date) and money.is_known
                then coalesce(later_flows.future_value, 0)
        end as future_value
    from purchases
    inner join value_origins on purchases.origin = value_origins.origin
    cross join money
    left join flows on purchases.origin = flows.origin and purchases.customer_id = flows.customer_id
    left join later_orders
        on purchases.origin = later_orders.origin and purchases.customer_id = later_orders.customer_id
    left join later_flows on purchases.origin = later_flows.origin and purchases.customer_id = later_flows.customer_id
)

select * from histories

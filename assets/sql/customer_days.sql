-- One row per known customer and business day with a flow or an order, up to as_of.
-- Reads: flows_of_customers, orders_of_customers.
with flows as (
    select
        customer_id,
        day,
        sum(lines) as lines,
        sum(gross_value) as gross_value,
        sum(discount_value) as discount_value,
        sum(refund_value) as refund_value,
        sum(net_value) as net_value
    from flows_of_customers
    group by customer_id, day
),

order_counts as (
    select customer_id, ordered_on as day, count(*) as orders
    from orders_of_customers
    where valid_from is not null
    group by customer_id, ordered_on
),

days as (
    select
        flows.customer_id,
        flows.day,
        coalesce(order_counts.orders, 0) as orders,
        flows.lines,
        case when flows.net_value is not null then coalesce(flows.gross_value, 0) end as gross_value,
        case when flows.net_value is not null then coalesce(flows.discount_value, 0) end as discount_value,
        case when flows.net_value is not null then coalesce(flows.refund_value, 0) end as refund_value,
        flows.net_value
    from flows
    left join order_counts on order_counts.customer_id = flows.customer_id and order_counts.day = flows.day
)

select * from days

-- One row per known customer and business day with a flow or an order, up to as_of.
-- Reads: order_lines, orders.
with flows as (
    select
        customer_id,
        ordered_on as day,
        count(*) as lines,
        sum(case when kind = 'sold' then amount end) as gross_value,
        sum(case when kind = 'sold' then discount when kind = 'discount' then -amount end) as discount_value,
        sum(case when kind = 'refund' then -amount end) as refund_value,
        sum(amount) - coalesce(sum(case when kind = 'sold' then discount end), 0) as net_value
    from order_lines
    where customer_id is not null and kind in ('sold', 'refund', 'discount')
    group by customer_id, ordered_on
),

order_counts as (
    select customer_id, ordered_on as day, count(*) as orders
    from orders
    where customer_id is not null and valid_from is not null
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

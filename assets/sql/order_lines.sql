-- One row per clean order line dated up to as_of.
-- Reads: landed_transactions, row_outcomes, file_register.
-- A refund naming the order it belongs to counts there; every line of an order has the order's customer (where lines
-- name several, the first in text order).
with accepted as (
    select
        register.source,
        register.file,
        register.content,
        landed.line_number,
        case when landed.kind = 'refund' then coalesce(landed.refund_of, landed.order_id) else landed.order_id end
            as order_id,
        landed.line_id,
        landed.ordered_at,
        cast(landed.ordered_at as date) as ordered_on,
        landed.customer_id,
        landed.product_id,
        landed.product_name,
        landed.category,
        landed.kind,
        landed.quantity,
        landed.unit_price,
        landed.amount,
        landed.discount,
        landed.currency,
        landed.channel,
        landed.region,
        landed.status,
        register.loaded_at
    from landed_transactions as landed
    join row_outcomes as outcomes
        on outcomes.content_no = landed.content_no and outcomes.line_number = landed.line_number
    join file_register as register on register.content_no = landed.content_no
    where outcomes.outcome = 'accepted'
        and register.status = 'loaded'
        and cast(landed.ordered_at as date) <= cast($as_of as date)
),

order_customers as (
    select source, order_id, min(customer_id) as customer_id
    from accepted
    group by source, order_id
),

with_customer as (
    select
        accepted.source,
        accepted.file,
        accepted.content,
        accepted.line_number,
        accepted.order_id,
        accepted.line_id,
        accepted.ordered_at,
        accepted.ordered_on,
        order_customers.customer_id,
        accepted.product_id,
        accepted.product_name,
        accepted.category,
        accepted.kind,
        accepted.quantity,
        accepted.unit_price,
        accepted.amount,
        accepted.discount,
        accepted.currency,
        accepted.channel,
        accepted.region,
        accepted.status,
        accepted.loaded_at
    from accepted
    join order_customers
        on order_customers.source = accepted.source and order_customers.order_id = accepted.order_id
)

select * from with_customer

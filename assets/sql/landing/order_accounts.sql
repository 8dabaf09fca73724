-- One row per line that names another account than its order does, or none: the order's account. Where the lines of an
-- order up to as_of name several, it is the first in text order.
-- Reads: landed_transactions, split_orders, file_register, configured_sources, row_outcomes.
with lines as (
    select
        landed.content_no,
        landed.line_number,
        sources.order_source,
        case when landed.kind = 'refund' then coalesce(landed.refund_of, landed.order_id) else landed.order_id end
            as order_id,
        landed.customer_id as account_id
    from landed_transactions as landed
    semi join split_orders using (order_hash)
    join file_register as register on register.content_no = landed.content_no and register.status = 'loaded'
    join configured_sources as sources on sources.source = register.source
    anti join row_outcomes as outcomes
        on outcomes.content_no = landed.content_no and outcomes.line_number = landed.line_number
    where cast(landed.ordered_at as date) <= cast($as_of as date)
),

orders as (
    select order_source, order_id, min(account_id) as account_id
    from lines
    group by order_source, order_id
),

others as (
    select lines.content_no, lines.line_number, orders.account_id
    from lines
    join orders using (order_source, order_id)
    where lines.account_id is distinct from orders.account_id
)

select * from others

-- One row per order whose landed lines name several customers, or only some of them one, and which was not known.
-- Reads: landed_transactions, split_orders. Only numbers are compared.
with split as (
    select order_hash
    from landed_transactions
    __among_new__
    where order_hash % $parts::ubigint = $part::ubigint
    group by order_hash
    having min(hash(customer_id)) <> max(hash(customer_id))
),

unknown as (
    select order_hash
    from split
    anti join split_orders using (order_hash)
)

select * from unknown

-- Grain: known customer. Inputs: customers, lifecycle_histories.
-- What a customer's stage is decided by; without an order, 0 orders and no days.
with histories as (
    select
        customers.customer_id,
        customers.known_since,
        coalesce(lifecycle_histories.orders, 0) as orders,
        lifecycle_histories.first_order_on,
        lifecycle_histories.last_order_on,
        lifecycle_histories.active_since,
        lifecycle_histories.repeat_since,
        lifecycle_histories.loyal_since,
        lifecycle_histories.returned_on,
        lifecycle_histories.returning_since
    from customers
    left join lifecycle_histories on customers.customer_id = lifecycle_histories.customer_id
)

select * from histories

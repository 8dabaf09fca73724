-- Grain: valid order of a known customer. Inputs: orders_to_follow (orders valid at as_of), customers_numbered.
with order_histories as (
    select
        customers_numbered.customer_no,
        orders_to_follow.ordered_on
    from orders_to_follow
    inner join customers_numbered on orders_to_follow.customer_id = customers_numbered.customer_id
    where orders_to_follow.valid_from is not null and orders_to_follow.voided_on is null
)

select * from order_histories

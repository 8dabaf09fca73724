-- Grain: customer in moving_customers. Inputs: moving_customers, customers, reassigned_accounts.
-- Whether the customer is known tonight and since when, and what became of the account that is named like it: part of
-- another customer since the predecessor (`is_absorbed`), or a customer of its own again, and whose it was (`was_part_of`).
with named as (
    select account_id as customer_id, previous_customer_id, customer_id as now_part_of
    from reassigned_accounts
),

known as (
    select
        moving_customers.customer_id,
        customers.known_since,
        customers.customer_id is not null as is_known,
        coalesce(named.now_part_of <> moving_customers.customer_id, false) as is_absorbed,
        case
            when named.now_part_of = moving_customers.customer_id
                and named.previous_customer_id <> moving_customers.customer_id then named.previous_customer_id
        end as was_part_of
    from moving_customers
    left join customers on moving_customers.customer_id = customers.customer_id
    left join named on moving_customers.customer_id = named.customer_id
)

select * from known

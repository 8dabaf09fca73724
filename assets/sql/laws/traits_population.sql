-- Grain: one row per customer expected in customer_traits. Inputs: customers.
-- Every known customer has one row of traits.
with expected as (
    select customer_id
    from customers
)

select * from expected

-- Grain: one row per customer expected in lifecycle_stages. Inputs: customers.
-- Every known customer has exactly one stage.
with expected as (
    select customer_id
    from customers
)

select * from expected

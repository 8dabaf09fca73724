-- Grain: one row. Input: customer_value.
-- Customers whose value is predicted, and its sum.
with predicted as (
    select
        cast(count(clv) as bigint) as customers,
        cast(sum(clv) as decimal(38, 2)) as clv
    from customer_value
)

select * from predicted

-- Grain: one row. Input: customer_value.
-- Customers whose value is predicted, its sum and that of its squares: of two numbers of 18 digits the product has 18,
-- and a value of ten million, an everyday one in dong or rupiah, has a square of more.
with predicted as (
    select
        cast(count(clv) as bigint) as customers,
        cast(sum(clv) as decimal(38, 2)) as clv,
        cast(sum(cast(clv as decimal(38, 2)) * clv) as decimal(38, 4)) as clv_squares
    from customer_value
)

select * from predicted

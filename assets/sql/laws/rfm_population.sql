-- Grain: one row per customer expected in rfm_segments. Inputs: orders (valid at as_of).
-- RFM holds exactly the customers with a valid order on or before as_of.
with expected as (
    select customer_id
    from orders
    where customer_id is not null and valid_from is not null and voided_on is null
    group by customer_id
)

select * from expected

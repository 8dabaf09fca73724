-- Grain: one row per customer expected in customer_value. Inputs: rfm_segments.
-- Valued are exactly the customers of RFM.
with expected as (
    select customer_id
    from rfm_segments
)

select * from expected

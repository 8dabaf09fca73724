-- Grain: one row per customer expected in value_tiers. Inputs: rfm_segments.
-- The pyramid holds exactly the customers of RFM.
with expected as (
    select customer_id
    from rfm_segments
)

select * from expected

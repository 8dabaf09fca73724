-- Grain: release that came due. Input: prediction_scorecard.
-- The tenths of a judged release are everybody in it: customers and churned.
with sides as (
    select
        predicted_on,
        cast(sum(case when decile > 0 then n + churned else 0 end) as bigint) as left_side,
        cast(sum(case when decile = 0 then n + churned else 0 end) as bigint) as right_side,
        cast(sum(case when decile = 0 then n else 0 end) as bigint) as n
    from prediction_scorecard
    group by predicted_on
)

select * from sides

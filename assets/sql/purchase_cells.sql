-- Grain: one row per origin and distinct purchase history. Input: purchase_histories.
with cells as (
    select
        origin,
        repeats,
        recency_days,
        age_days,
        cast(count(*) as bigint) as customers
    from purchase_histories
    group by origin, repeats, recency_days, age_days
)

select * from cells

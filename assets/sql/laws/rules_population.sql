-- Grain: one row. Inputs: churn_rules, churn_scores.
-- Every scored customer is in exactly one rule.
with ruled as (
    select cast(coalesce(sum(customers), 0) as bigint) as customers
    from churn_rules
),

scored as (
    select cast(count(*) as bigint) as customers
    from churn_scores
),

sides as (
    select
        ruled.customers as left_side,
        scored.customers as right_side,
        scored.customers as n
    from ruled
    cross join scored
)

select * from sides

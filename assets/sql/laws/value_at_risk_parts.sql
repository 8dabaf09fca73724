-- Grain: scope. Inputs: value_at_risk, churn_scores.
-- The parts of every scope are everybody: customers to the head, money but for the rounding of each figure.
with everybody as (
    select
        cast(count(*) as decimal(38, 2)) as customers
    from churn_scores
),

whole as (
    select
        coalesce(sum(value_at_stake), 0) as value_at_stake,
        coalesce(sum(value_at_risk), 0) as value_at_risk
    from value_at_risk
    where scope = 'all'
),

parts as (
    select
        scope,
        sum(customers) as customers,
        coalesce(sum(value_at_stake), 0) as value_at_stake,
        coalesce(sum(value_at_risk), 0) as value_at_risk,
        2 * (count(*) + 1) as rounded
    from value_at_risk
    group by scope
),

sides as (
    select
        parts.scope,
        cast(parts.customers + parts.value_at_stake + parts.value_at_risk as decimal(38, 2)) as left_side,
        cast(everybody.customers + whole.value_at_stake + whole.value_at_risk as decimal(38, 2)) as right_side,
        cast(parts.customers as bigint) as n,
        parts.rounded
    from parts
    cross join everybody
    cross join whole
)

select * from sides

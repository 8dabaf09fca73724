-- Grain: scope. Inputs: value_at_risk, churn_scores.
-- The parts of every scope are everybody: customers to the head, and money, of which each figure is rounded, within
-- the half cent a figure that this may cost.
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
        2 * (count(*) + 1) as figures
    from value_at_risk
    group by scope
),

totals as (
    select
        parts.scope,
        cast(parts.customers + parts.value_at_stake + parts.value_at_risk as decimal(38, 2)) as of_parts,
        cast(everybody.customers + whole.value_at_stake + whole.value_at_risk as decimal(38, 2)) as of_everybody,
        cast(0.005 as decimal(4, 3)) * cast(parts.figures as decimal(9, 0)) as rounding,
        cast(parts.customers as bigint) as n
    from parts
    cross join everybody
    cross join whole
),

sides as (
    select
        scope,
        of_parts as left_side,
        case when abs(of_parts - of_everybody) <= rounding then of_parts else of_everybody end as right_side,
        n
    from totals
)

select * from sides

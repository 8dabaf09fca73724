-- Grain: one row. Input: kpi_scorecard.
-- Where a period is over, who was kept and who left are together the customers of the period before.
with kept as (
    select scope, scope_value, grain, period_start, numerator, denominator
    from kpi_scorecard
    where kpi = 'retention_rate' and value is not null
),

gone as (
    select scope, scope_value, grain, period_start, numerator, denominator
    from kpi_scorecard
    where kpi = 'churn_rate' and value is not null
),

pairs as (
    select
        case
            when kept.denominator = gone.denominator
                and cast(kept.numerator as bigint) + cast(gone.numerator as bigint) = cast(kept.denominator as bigint)
                then 1
            else 0
        end as adds_up
    from kept
    full outer join gone
        on kept.scope = gone.scope
        and kept.scope_value = gone.scope_value
        and kept.grain = gone.grain
        and kept.period_start = gone.period_start
),

agreement as (
    select
        cast(count(*) as bigint) as left_side,
        cast(coalesce(sum(adds_up), 0) as bigint) as right_side,
        cast(count(*) as bigint) as n
    from pairs
)

select * from agreement

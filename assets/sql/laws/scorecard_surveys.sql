-- Grain: KPI (csat, nps). Inputs: kpi_scorecard, csat, nps.
-- The scorecard repeats every figure of the survey tables, with its answers, and none of its own.
with published as (
    select 'csat' as kpi, question, scope, scope_value, grain, period_start, csat as value, n
    from csat
    union all
    select 'nps' as kpi, question, scope, scope_value, grain, period_start, nps as value, n
    from nps
),

repeated as (
    select kpi, question, scope, scope_value, grain, period_start, value, n
    from kpi_scorecard
    where kpi in ('csat', 'nps') and question is not null
),

pairs as (
    select
        coalesce(published.kpi, repeated.kpi) as kpi,
        case when published.value = repeated.value and published.n = repeated.n then 1 else 0 end as is_same
    from published
    full outer join repeated
        on published.kpi = repeated.kpi
        and published.question = repeated.question
        and published.scope = repeated.scope
        and published.scope_value = repeated.scope_value
        and published.grain = repeated.grain
        and published.period_start = repeated.period_start
),

kpis as (
    select 'csat' as kpi
    union all
    select 'nps' as kpi
),

agreement as (
    select
        kpis.kpi,
        cast(count(pairs.kpi) as bigint) as left_side,
        cast(coalesce(sum(pairs.is_same), 0) as bigint) as right_side,
        cast(count(pairs.kpi) as bigint) as n
    from kpis
    left join pairs on kpis.kpi = pairs.kpi
    group by kpis.kpi
)

select * from agreement

-- Grain: kind x grain. Inputs: survey_scores, csat, nps.
-- The scores of a question, period and scope are its answers: all of them, the satisfied ones, promoters (9 and 10) and
-- detractors (0 to 6). Days are not among the scores.
with counted as (
    select
        question,
        kind,
        grain,
        period_start,
        scope,
        scope_value,
        cast(sum(responses) as bigint) as n,
        cast(coalesce(sum(satisfied), 0) as bigint) as satisfied,
        cast(sum(case when kind = 'nps' and score >= 9 then responses else 0 end) as bigint) as promoters,
        cast(sum(case when kind = 'nps' and score <= 6 then responses else 0 end) as bigint) as detractors
    from survey_scores
    where kind in ('csat', 'nps')
    group by question, kind, grain, period_start, scope, scope_value
),

published as (
    select
        'csat' as kind, question, grain, period_start, scope, scope_value, n,
        satisfied, cast(0 as bigint) as promoters, cast(0 as bigint) as detractors
    from csat
    where grain <> 'day'
    union all
    select
        'nps' as kind, question, grain, period_start, scope, scope_value, n,
        cast(0 as bigint) as satisfied, promoters, detractors
    from nps
    where grain <> 'day'
),

pairs as (
    select
        coalesce(published.kind, counted.kind) as kind,
        coalesce(published.grain, counted.grain) as grain,
        case
            when published.n = counted.n and published.satisfied = counted.satisfied
                and published.promoters = counted.promoters and published.detractors = counted.detractors then 1
            else 0
        end as is_same
    from published
    full outer join counted
        on published.kind = counted.kind
        and published.question = counted.question
        and published.grain = counted.grain
        and published.period_start = counted.period_start
        and published.scope = counted.scope
        and published.scope_value = counted.scope_value
),

agreement as (
    select
        kind,
        grain,
        cast(count(*) as bigint) as left_side,
        cast(sum(is_same) as bigint) as right_side,
        cast(count(*) as bigint) as n
    from pairs
    group by kind, grain
)

select * from agreement

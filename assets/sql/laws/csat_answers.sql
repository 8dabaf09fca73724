-- Grain: question x grain x group of answers. Inputs: csat (scope all), survey_responses.
-- Over the periods of every grain each answer counts once, and the satisfied ones count as satisfied.
with answers as (
    select
        question,
        cast(count(*) as bigint) as n,
        cast(sum(case when is_satisfied then 1 else 0 end) as bigint) as satisfied
    from survey_responses
    where kind = 'csat'
    group by question
),

published as (
    select
        question,
        grain,
        cast(sum(n) as bigint) as n,
        cast(sum(satisfied) as bigint) as satisfied
    from csat
    where scope = 'all'
    group by question, grain
),

grains as (
    select grain from (values ('day'), ('week'), ('month'), ('quarter'), ('year'), ('total')) as every_grain (grain)
),

expected as (
    select
        answers.question,
        grains.grain,
        answers.n,
        answers.satisfied
    from answers
    cross join grains
),

pairs as (
    select
        coalesce(expected.question, published.question) as question,
        coalesce(expected.grain, published.grain) as grain,
        coalesce(expected.n, 0) as n,
        coalesce(expected.satisfied, 0) as satisfied,
        coalesce(published.n, 0) as published_n,
        coalesce(published.satisfied, 0) as published_satisfied
    from expected
    full outer join published on expected.question = published.question and expected.grain = published.grain
),

counts as (
    select question, grain, 'n' as counted, n as left_side, published_n as right_side, n
    from pairs
    union all
    select question, grain, 'satisfied' as counted, satisfied as left_side, published_satisfied as right_side, n
    from pairs
)

select * from counts

-- Grain: question x grain x group of answers. Inputs: nps (scope all), survey_responses.
-- Over the periods of every grain each answer counts once, in the group of its score (9 and 10 promote, 0 to 6 detract).
with answers as (
    select
        question,
        cast(count(*) as bigint) as n,
        cast(sum(case when score >= 9 then 1 else 0 end) as bigint) as promoters,
        cast(sum(case when score <= 6 then 1 else 0 end) as bigint) as detractors
    from survey_responses
    where kind = 'nps'
    group by question
),

published as (
    select
        question,
        grain,
        cast(sum(n) as bigint) as n,
        cast(sum(promoters) as bigint) as promoters,
        cast(sum(detractors) as bigint) as detractors
    from nps
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
        answers.promoters,
        answers.detractors
    from answers
    cross join grains
),

pairs as (
    select
        coalesce(expected.question, published.question) as question,
        coalesce(expected.grain, published.grain) as grain,
        coalesce(expected.n, 0) as n,
        coalesce(expected.promoters, 0) as promoters,
        coalesce(expected.detractors, 0) as detractors,
        coalesce(published.n, 0) as published_n,
        coalesce(published.promoters, 0) as published_promoters,
        coalesce(published.detractors, 0) as published_detractors
    from expected
    full outer join published on expected.question = published.question and expected.grain = published.grain
),

counts as (
    select question, grain, 'n' as counted, n as left_side, published_n as right_side, n
    from pairs
    union all
    select question, grain, 'promoters' as counted, promoters as left_side, published_promoters as right_side, n
    from pairs
    union all
    select question, grain, 'detractors' as counted, detractors as left_side, published_detractors as right_side, n
    from pairs
)

select * from counts

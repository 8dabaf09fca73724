-- Grain: question x grain x score. Inputs: survey_scores (scope all), survey_responses.
-- Over the periods of every grain from the week on, each answer counts once, under the score that was given.
with answers as (
    select
        question,
        score,
        cast(count(*) as bigint) as n
    from survey_responses
    group by question, score
),

published as (
    select
        question,
        score,
        grain,
        cast(sum(responses) as bigint) as n
    from survey_scores
    where scope = 'all'
    group by question, score, grain
),

grains as (
    select grain from (values ('week'), ('month'), ('quarter'), ('year'), ('total')) as every_grain (grain)
),

expected as (
    select
        answers.question,
        answers.score,
        grains.grain,
        answers.n
    from answers
    cross join grains
),

pairs as (
    select
        coalesce(expected.question, published.question) as question,
        coalesce(expected.grain, published.grain) as grain,
        coalesce(expected.score, published.score) as score,
        coalesce(expected.n, 0) as left_side,
        coalesce(published.n, 0) as right_side,
        coalesce(expected.n, 0) as n
    from expected
    full outer join published
        on expected.question = published.question
        and expected.score = published.score
        and expected.grain = published.grain
)

select * from pairs

-- Grain: question x kind x grain x period x scope value with at least one answer; `total` holds every answer.
-- Inputs: survey_responses, survey_scopes, calendar. Answers 9 and 10 promote, 0 to 6 detract (nps only).
with answers as (
    select
        survey_responses.question,
        survey_responses.kind,
        survey_responses.responded_on,
        survey_scopes.scope,
        survey_scopes.scope_value,
        cast(count(*) as bigint) as n,
        cast(sum(survey_responses.score) as decimal(38, 3)) as score_sum,
        cast(sum(survey_responses.score * survey_responses.score) as decimal(38, 6)) as score_squares,
        cast(count(case when survey_responses.is_satisfied then 1 end) as bigint) as satisfied,
        cast(count(case when survey_responses.score >= $promoters_from then 1 end) as bigint) as promoters,
        cast(count(case when survey_responses.score < $passives_from then 1 end) as bigint) as detractors
    from survey_responses
    inner join survey_scopes
        on survey_responses.source = survey_scopes.source
        and survey_responses.response_id = survey_scopes.response_id
    group by
        survey_responses.question,
        survey_responses.kind,
        survey_responses.responded_on,
        survey_scopes.scope,
        survey_scopes.scope_value
),

periods as (
    select
        day,
        grain,
        period_start,
        period_end
    from calendar
    union all
    select
        day,
        'total' as grain,
        cast(null as date) as period_start,
        cast($as_of as date) as period_end
    from calendar
    where grain = 'day'
),

counted as (
    select
        answers.question,
        answers.kind,
        periods.grain,
        periods.period_start,
        periods.period_end,
        answers.scope,
        answers.scope_value,
        cast(sum(answers.n) as bigint) as n,
        cast(sum(answers.score_sum) as decimal(38, 3)) as score_sum,
        cast(sum(answers.score_squares) as decimal(38, 6)) as score_squares,
        cast(sum(answers.satisfied) as bigint) as satisfied,
        cast(sum(answers.promoters) as bigint) as promoters,
        cast(sum(answers.detractors) as bigint) as detractors
    from answers
    inner join periods on answers.responded_on = periods.day
    group by
        answers.question,
        answers.kind,
        periods.grain,
        periods.period_start,
        periods.period_end,
        answers.scope,
        answers.scope_value
),

waves as (
    select
        question,
        source,
        min(responded_on) as first_answer_on
    from survey_responses
    group by question, source
),

-- A question is delivered as far as its newest source reaches: a later wave follows the waves before it.
deliveries as (
    select
        waves.question,
        min(waves.first_answer_on) as first_answer_on,
        max(date_add(event_freshness.last_event_on, event_freshness.cadence_days)) as delivered_until
    from waves
    left join event_freshness on waves.source = event_freshness.source
    group by waves.question
),

survey_counts as (
    select
        counted.question,
        counted.kind,
        counted.grain,
        coalesce(counted.period_start, deliveries.first_answer_on) as period_start,
        counted.period_end,
        counted.scope,
        counted.scope_value,
        counted.n,
        counted.score_sum,
        counted.score_squares,
        counted.satisfied,
        counted.promoters,
        counted.n - counted.promoters - counted.detractors as passives,
        counted.detractors,
        deliveries.delivered_until
    from counted
    inner join deliveries on counted.question = deliveries.question
)

select * from survey_counts

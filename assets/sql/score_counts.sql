-- Grain: question x kind x grain x period x scope value x score with at least one answer; `total` holds every answer.
-- Inputs: answer_cells, survey_responses, event_freshness, calendar.
with periods as (
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
        answer_cells.question,
        answer_cells.kind,
        periods.grain,
        periods.period_start,
        periods.period_end,
        answer_cells.scope,
        answer_cells.scope_value,
        answer_cells.score,
        cast(sum(answer_cells.n) as bigint) as n,
        cast(sum(answer_cells.satisfied) as bigint) as satisfied
    from answer_cells
    inner join periods on answer_cells.responded_on = periods.day
    group by
        answer_cells.question,
        answer_cells.kind,
        periods.grain,
        periods.period_start,
        periods.period_end,
        answer_cells.scope,
        answer_cells.scope_value,
        answer_cells.score
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

score_counts as (
    select
        counted.question,
        counted.kind,
        counted.grain,
        coalesce(counted.period_start, deliveries.first_answer_on) as period_start,
        counted.period_end,
        counted.scope,
        counted.scope_value,
        counted.score,
        counted.n,
        counted.satisfied,
        deliveries.delivered_until
    from counted
    inner join deliveries on counted.question = deliveries.question
)

select * from score_counts

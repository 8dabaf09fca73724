-- Grain: question x kind x day x scope value with an answer. Inputs: answers_to_count (rows of survey_responses),
-- survey_scopes. Answers 9 and 10 promote, 0 to 6 detract (nps only).
with answer_cells as (
    select
        answers_to_count.question,
        answers_to_count.kind,
        answers_to_count.responded_on,
        survey_scopes.scope,
        survey_scopes.scope_value,
        cast(count(*) as bigint) as n,
        cast(sum(answers_to_count.score) as decimal(38, 3)) as score_sum,
        cast(sum(answers_to_count.score * answers_to_count.score) as decimal(38, 6)) as score_squares,
        cast(count(case when answers_to_count.is_satisfied then 1 end) as bigint) as satisfied,
        cast(count(case when answers_to_count.score >= $promoters_from then 1 end) as bigint) as promoters,
        cast(count(case when answers_to_count.score < $passives_from then 1 end) as bigint) as detractors
    from answers_to_count
    inner join survey_scopes
        on answers_to_count.source = survey_scopes.source
        and answers_to_count.response_id = survey_scopes.response_id
    group by
        answers_to_count.question,
        answers_to_count.kind,
        answers_to_count.responded_on,
        survey_scopes.scope,
        survey_scopes.scope_value
)

select * from answer_cells

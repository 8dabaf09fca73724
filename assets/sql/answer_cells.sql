-- Grain: question x kind x day x scope value x score with an answer. Inputs: answers_to_count (rows of
-- survey_responses), survey_scopes. What satisfies is declared by source, so a score may satisfy in one and not another.
with answer_cells as (
    select
        answers_to_count.question,
        answers_to_count.kind,
        answers_to_count.responded_on,
        survey_scopes.scope,
        survey_scopes.scope_value,
        answers_to_count.score,
        cast(count(*) as bigint) as n,
        cast(count(case when answers_to_count.is_satisfied then 1 end) as bigint) as satisfied
    from answers_to_count
    inner join survey_scopes
        on answers_to_count.source = survey_scopes.source
        and answers_to_count.response_id = survey_scopes.response_id
    group by
        answers_to_count.question,
        answers_to_count.kind,
        answers_to_count.responded_on,
        survey_scopes.scope,
        survey_scopes.scope_value,
        answers_to_count.score
)

select * from answer_cells

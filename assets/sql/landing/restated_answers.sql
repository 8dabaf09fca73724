-- One row per month and cause: how the answers dated up to the predecessor's date differ from what it saw.
-- Reads: survey_answers_before, survey_answers_since (the answers of the contents that are not the same to both).
with compared as (
    select
        source,
        response_id,
        question,
        coalesce(since.responded_on, before.responded_on) as responded_on,
        coalesce(since.account_id, before.account_id) as account_id,
        before.score is not null as was_there,
        since.score is not null as is_there
    from survey_answers_before as before
    full join survey_answers_since as since using (source, response_id, question)
    where before.score is distinct from since.score or before.responded_on is distinct from since.responded_on
),

restated as (
    select
        cast(date_trunc('month', responded_on) as date) as period_start,
        case when was_there and is_there then 'correction' when was_there then 'withdrawn' else 'late_row' end as cause,
        count(*) filter (where is_there) as rows_added,
        count(*) filter (where was_there) as rows_removed,
        count(distinct (source, response_id)) as responses,
        count(distinct account_id) as customers
    from compared
    group by all
)

select * from restated

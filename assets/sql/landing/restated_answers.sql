-- One row per month and cause: how the answers dated up to the predecessor's date differ from what it saw.
-- Reads: survey_answers_before, survey_answers_since (the answers of the contents that are not the same to both).
-- An answer that is dated otherwise now is one fewer in its old month and one more in its new one; one that counts in
-- another channel, region or dimension is one fewer and one more of its month.
with compared as (
    select
        source,
        response_id,
        question,
        case when before.score is not null then before.responded_on end as was_on,
        case when since.score is not null then since.responded_on end as is_on,
        coalesce(since.account_id, before.account_id) as account_id
    from survey_answers_before as before
    full join survey_answers_since as since using (source, response_id, question)
    where before.score is distinct from since.score
        or before.responded_on is distinct from since.responded_on
        or before.channel is distinct from since.channel
        or before.region is distinct from since.region
        or before.dimensions is distinct from since.dimensions
),

caused as (
    select
        *,
        case
            when was_on is not null and is_on is not null then 'correction'
            when was_on is not null then 'withdrawn'
            else 'late_row'
        end as cause
    from compared
),

dated as (
    select *, is_on as responded_on, 1 as added, 0 as removed from caused where is_on is not null
    union all
    select *, was_on as responded_on, 0 as added, 1 as removed from caused where was_on is not null
),

restated as (
    select
        cast(date_trunc('month', responded_on) as date) as period_start,
        cause,
        cast(sum(added) as bigint) as rows_added,
        cast(sum(removed) as bigint) as rows_removed,
        count(distinct (source, response_id)) as responses,
        count(distinct account_id) as customers
    from dated
    group by date_trunc('month', responded_on), cause
)

select * from restated

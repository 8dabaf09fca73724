-- Grain: one row. Inputs: survey_scopes, survey_responses.
-- Every response that was answered counts in the scope all, once.
with responses as (
    select
        source,
        response_id
    from survey_responses
    group by source, response_id
),

whole as (
    select
        source,
        response_id
    from survey_scopes
    where scope = 'all' and scope_value = 'all'
),

pairs as (
    select
        case when whole.response_id is null then 0 else 1 end as is_whole
    from responses
    left join whole on responses.source = whole.source and responses.response_id = whole.response_id
),

totals as (
    select
        cast(count(*) as bigint) as left_side,
        cast(coalesce(sum(is_whole), 0) as bigint) as right_side,
        cast(count(*) as bigint) as n
    from pairs
)

select * from totals

-- One row per response and scope it counts in: all, channel, region and every extra dimension mapped, as its rows dated up
-- to as_of name them.
-- Reads: responses_to_place, survey_rows (those of survey_responses and landed_surveys that are to be placed),
-- row_outcomes, file_register.
with responses as (
    select source, response_id, min(channel) as channel, min(region) as region
    from responses_to_place
    group by source, response_id
),

dimensions as (
    select distinct register.source, landed.response_id, unnest(map_entries(landed.dimensions)) as entry
    from survey_rows as landed
    join file_register as register on register.content_no = landed.content_no and register.status = 'loaded'
    anti join row_outcomes as outcomes
        on outcomes.content_no = landed.content_no and outcomes.line_number = landed.line_number
    where landed.reasons is null
        and cast(landed.responded_at as date) <= cast($as_of as date)
),

scopes as (
    select source, response_id, 'all' as scope, 'all' as scope_value from responses
    union all
    select source, response_id, 'channel', channel from responses where channel is not null
    union all
    select source, response_id, 'region', region from responses where region is not null
    union all
    select dimensions.source, dimensions.response_id, dimensions.entry.key, min(dimensions.entry.value)
    from dimensions
    join responses on responses.source = dimensions.source and responses.response_id = dimensions.response_id
    where dimensions.entry.value is not null
    group by all
)

select * from scopes

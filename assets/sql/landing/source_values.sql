-- One row per source, dimension, value and length of window: how often it came lately, and in the four windows before.
-- Reads: configured_sources, order_flows, clean_lines, survey_responses; of the last three what $recent_from on holds,
-- for more than the first day of each value.
-- A window is the source's cadence or 28 days, and ends on the source's newest day up to as_of. What is counted are
-- orders with the value (an order's lines count once) and responses, by the numbers that stand for them.
with first_lines as (
    select
        source,
        channel, region, category, status, currency,
        grouping(channel, region, category, status, currency) as others,
        min(ordered_on) as first_on
    from clean_lines
    group by grouping sets (
        (source, channel), (source, region), (source, category), (source, status), (source, currency)
    )
),

first_answers as (
    select
        source,
        channel, region, question,
        grouping(channel, region, question) as others,
        min(responded_on) as first_on
    from survey_responses
    group by grouping sets ((source, channel), (source, region), (source, question))
),

-- One bit of `others` per column, set where the row is not about it.
firsts as (
    select
        source,
        case others when 15 then 'channel' when 23 then 'region' when 27 then 'category' when 29 then 'status'
            when 30 then 'currency' end as dimension,
        case others when 15 then channel when 23 then region when 27 then category when 29 then status
            when 30 then currency end as value,
        first_on
    from first_lines
    union all
    select
        source,
        case others when 3 then 'channel' when 5 then 'region' when 6 then 'question' end,
        case others when 3 then channel when 5 then region when 6 then question end,
        first_on
    from first_answers
),

spans as (
    select source, min(day) as source_first_on, max(day) as source_last_on
    from (
        select source, day from order_flows
        union all
        select source, responded_on from survey_responses
    )
    group by source
),

windows as (
    select
        spans.*,
        unnest(list_distinct([configured.cadence_days, 28])) as window_days,
        least(configured.cadence_days, 28) as shorter_days
    from spans
    join configured_sources as configured on configured.source = spans.source
),

-- An order's lines of one day, channel and region are one flow; only what else they name is looked up line by line.
recent as (
    select source, day, order_no as event_no, unnest(['channel', 'region']) as dimension,
        unnest([channel, region]) as value
    from order_flows
    where day >= cast($recent_from as date)
    union all
    select source, day, order_no, unnest(['category', 'status', 'currency']), unnest([category, status, currency])
    from (
        select source, ordered_on as day, order_no, category, status, currency
        from clean_lines
        where ordered_on >= cast($recent_from as date)
        group by all
    )
    union all
    select source, responded_on, hash(response_id), unnest(['channel', 'region', 'question']),
        unnest([channel, region, question])
    from survey_responses
    where responded_on >= cast($recent_from as date)
),

events as (
    select distinct
        recent.source,
        windows.window_days,
        date_diff('day', recent.day, windows.source_last_on) // windows.window_days as back,
        recent.event_no,
        recent.dimension,
        recent.value
    from recent
    join windows on windows.source = recent.source
    where date_diff('day', recent.day, windows.source_last_on) < 5 * windows.window_days
),

-- Every event has a row for each dimension, be it without a value.
totals as (
    select
        source,
        window_days,
        count(*) filter (where is_now) as all_events,
        count(*) filter (where not is_now) as all_events_before
    from (
        select distinct source, window_days, event_no, back = 0 as is_now
        from events
        where dimension = 'channel'
    )
    group by source, window_days
),

counted as (
    select
        source,
        dimension,
        value,
        window_days,
        count(*) filter (where back = 0) as events,
        count(*) filter (where back > 0) as events_before,
        count(distinct back) filter (where back > 0) as windows_before
    from events
    where value is not null
    group by all
),

weighed as (
    select
        counted.*,
        totals.all_events,
        -- What it would have had, had it kept its share of all there was.
        cast(counted.events_before as double) / nullif(totals.all_events_before, 0) * totals.all_events as expected,
        count(*) over (partition by counted.source, counted.dimension, counted.window_days) as values_known,
        firsts.first_on,
        windows.window_days = windows.shorter_days as is_shorter,
        windows.source_first_on,
        windows.source_last_on
    from counted
    join totals on totals.source = counted.source and totals.window_days = counted.window_days
    join windows on windows.source = counted.source and windows.window_days = counted.window_days
    join firsts
        on firsts.source = counted.source and firsts.dimension = counted.dimension and firsts.value = counted.value
)

select * from weighed

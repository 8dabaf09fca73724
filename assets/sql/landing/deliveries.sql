-- One row per source: how many days ago something new of it landed, at known_at, beside its cadence.
-- Reads: file_register, configured_sources.
-- A night that lies further behind the newest event than the cadence (a backfill) has no say in it: no row.
with deliveries as (
    select source, max(loaded_on) as last_landed_on, count(distinct (file, content)) as files
    from file_register
    group by source
),

silences as (
    select
        configured.source,
        'days_without_delivery' as figure,
        deliveries.last_landed_on as judged_on,
        cast(date_diff('day', deliveries.last_landed_on, cast($known_on as date)) as double) as value,
        cast(null as double) as usual,
        cast(null as double) as low,
        cast(configured.cadence_days as double) as high,
        deliveries.files as periods
    from configured_sources as configured
    join deliveries on deliveries.source = configured.source
    where coalesce(
        date_diff('day', cast($as_of as date), least(cast($newest_event_on as date), cast($known_on as date) - 1))
        <= configured.cadence_days,
        true
    )
)

select * from silences

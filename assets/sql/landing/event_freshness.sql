-- One row per configured source: its first and newest accepted event of any date, at known_at.
-- Reads: row_accounting, configured_sources.
with spans as (
    select
        sources.source,
        sources.kind,
        cast(min(accounting.first_event) as date) as first_event_on,
        cast(max(accounting.last_event) as date) as last_event_on,
        sources.cadence_days
    from configured_sources as sources
    left join row_accounting as accounting
        on accounting.source = sources.source and accounting.status in ('loaded', 'superseded')
    group by all
)

select * from spans

-- One row per source, file and content: where every row and every amount went, at known_at.
-- Reads: file_register, row_outcomes, landed_* and landed_rejects.
with records as (
    select content_no, line_number, reasons, kind, raw_amount, ordered_at as event_at
    from landed_transactions
    union all
    select content_no, line_number, reasons, null, null, responded_at
    from landed_surveys
    union all
    select content_no, line_number, reasons, null, null, acquired_at
    from landed_customers
    union all
    select content_no, line_number, [reason], null, null, null
    from landed_rejects
),

fates as (
    select
        register.source,
        register.file,
        register.content,
        records.kind,
        records.raw_amount,
        records.event_at,
        coalesce(cast(records.event_at as date) > register.loaded_on, false) as is_ahead,
        case
            when register.status = 'duplicate_file' then 'duplicate'
            when records.reasons is not null then 'quarantined'
            when register.status = 'superseded' then 'superseded'
            when outcomes.outcome = 'conflict' then 'quarantined'
            else outcomes.outcome
        end as fate
    from file_register as register
    join records on records.content_no = register.content_no
    left join row_outcomes as outcomes
        on outcomes.content_no = records.content_no and outcomes.line_number = records.line_number
),

counts as (
    select
        source,
        file,
        content,
        count(*) as rows_in,
        count(*) filter (where fate in ('accepted', 'superseded')) as accepted,
        count(*) filter (where fate = 'accepted' and kind = 'excluded') as excluded,
        count(*) filter (where fate = 'accepted' and kind = 'charge') as charges,
        count(*) filter (where fate = 'superseded') as superseded,
        count(*) filter (where fate = 'duplicate') as duplicates,
        count(*) filter (where fate = 'quarantined') as quarantined,
        coalesce(sum(raw_amount), 0) as amount_in,
        coalesce(sum(raw_amount) filter (where fate in ('accepted', 'superseded')), 0) as amount_accepted,
        coalesce(sum(raw_amount) filter (where fate = 'accepted' and kind = 'excluded'), 0) as amount_excluded,
        coalesce(sum(raw_amount) filter (where fate = 'accepted' and kind = 'charge'), 0) as amount_charges,
        coalesce(sum(raw_amount) filter (where fate = 'superseded'), 0) as amount_superseded,
        coalesce(sum(raw_amount) filter (where fate = 'duplicate'), 0) as amount_duplicates,
        coalesce(sum(raw_amount) filter (where fate = 'quarantined'), 0) as amount_quarantined,
        count(*) filter (where fate = 'accepted' and is_ahead) as dated_ahead,
        min(event_at) filter (where fate in ('accepted', 'superseded')) as first_event,
        -- A row dated ahead is no sign that the days before it have been delivered.
        max(event_at) filter (where fate in ('accepted', 'superseded') and not is_ahead) as last_event
    from fates
    group by source, file, content
),

accounted as (
    select
        register.source,
        register.file,
        register.content,
        cast($as_of as date) as as_of,
        register.status,
        register.error,
        coalesce(counts.rows_in, 0) as rows_in,
        coalesce(counts.accepted, 0) as accepted,
        coalesce(counts.excluded, 0) as excluded,
        coalesce(counts.charges, 0) as charges,
        coalesce(counts.superseded, 0) as superseded,
        coalesce(counts.duplicates, 0) as duplicates,
        coalesce(counts.quarantined, 0) as quarantined,
        sources.currency,
        coalesce(counts.amount_in, 0) as amount_in,
        coalesce(counts.amount_accepted, 0) as amount_accepted,
        coalesce(counts.amount_excluded, 0) as amount_excluded,
        coalesce(counts.amount_charges, 0) as amount_charges,
        coalesce(counts.amount_superseded, 0) as amount_superseded,
        coalesce(counts.amount_duplicates, 0) as amount_duplicates,
        coalesce(counts.amount_quarantined, 0) as amount_quarantined,
        coalesce(counts.dated_ahead, 0) as dated_ahead,
        counts.first_event,
        counts.last_event,
        register.loaded_at
    from file_register as register
    join configured_sources as sources on sources.source = register.source
    left join counts
        on counts.source = register.source and counts.file = register.file and counts.content = register.content
)

select * from accounted

-- One row per source, file, content and currency: where every row and every amount went, at known_at.
-- Reads: file_register, configured_sources, landed_counts, row_outcomes, vanished_rows.
-- What landed is counted once, when it lands; of these counts a night takes away the rows that do not count.
with landed as (
    select
        register.source,
        register.file,
        register.content,
        register.status,
        coalesce(counts.currency, sources.currency) as currency,
        counts.kind,
        counts.is_usable,
        counts.rows,
        counts.amount,
        coalesce(counts.event_on > register.loaded_on, false) as is_ahead,
        counts.first_event,
        counts.last_event
    from file_register as register
    join configured_sources as sources on sources.source = register.source
    join landed_counts as counts on counts.content_no = register.content_no
),

not_counted as (
    select
        register.source,
        register.file,
        register.content,
        coalesce(outcomes.currency, sources.currency) as currency,
        outcomes.kind,
        case when outcomes.outcome in ('duplicate', 'superseded') then outcomes.outcome else 'quarantined' end as fate,
        coalesce(outcomes.event_on > register.loaded_on, false) as is_ahead,
        count(*) as rows,
        coalesce(sum(outcomes.raw_amount), 0) as amount
    from row_outcomes as outcomes
    join file_register as register on register.content_no = outcomes.content_no and register.status = 'loaded'
    join configured_sources as sources on sources.source = register.source
    group by all
),

-- Every row once with the fate of its file, and those of row_outcomes moved from there to their own.
fates as (
    select
        source,
        file,
        content,
        currency,
        kind,
        case
            when status = 'duplicate_file' then 'duplicate'
            when not is_usable then 'quarantined'
            when status = 'superseded' then 'superseded'
            else 'accepted'
        end as fate,
        is_ahead,
        rows,
        amount,
        first_event,
        last_event
    from landed
    union all
    select source, file, content, currency, kind, 'accepted', is_ahead, -rows, -amount, null, null
    from not_counted
    union all
    select source, file, content, currency, kind, fate, is_ahead, rows, amount, null, null
    from not_counted
),

counts as (
    select
        source,
        file,
        content,
        currency,
        sum(rows) as rows_in,
        sum(rows) filter (where fate in ('accepted', 'superseded')) as accepted,
        sum(rows) filter (where fate = 'accepted' and kind = 'excluded') as excluded,
        sum(rows) filter (where fate = 'accepted' and kind = 'charge') as charges,
        sum(rows) filter (where fate = 'superseded') as superseded,
        sum(rows) filter (where fate = 'duplicate') as duplicates,
        sum(rows) filter (where fate = 'quarantined') as quarantined,
        sum(amount) as amount_in,
        sum(amount) filter (where fate in ('accepted', 'superseded')) as amount_accepted,
        sum(amount) filter (where fate = 'accepted' and kind = 'excluded') as amount_excluded,
        sum(amount) filter (where fate = 'accepted' and kind = 'charge') as amount_charges,
        sum(amount) filter (where fate = 'superseded') as amount_superseded,
        sum(amount) filter (where fate = 'duplicate') as amount_duplicates,
        sum(amount) filter (where fate = 'quarantined') as amount_quarantined,
        sum(rows) filter (where fate = 'accepted' and is_ahead) as dated_ahead,
        min(first_event) filter (where fate in ('accepted', 'superseded')) as first_event,
        -- A row dated ahead is no sign that the days before it have been delivered.
        max(last_event) filter (where fate in ('accepted', 'superseded') and not is_ahead) as last_event
    from fates
    group by source, file, content, currency
),

accounted as (
    select
        register.source,
        register.file,
        register.content,
        coalesce(counts.currency, sources.currency) as currency,
        cast($as_of as date) as as_of,
        register.status,
        register.error,
        coalesce(counts.rows_in, 0) as rows_in,
        coalesce(counts.accepted, 0) as accepted,
        coalesce(counts.excluded, 0) as excluded,
        coalesce(counts.charges, 0) as charges,
        coalesce(counts.superseded, 0) as superseded,
        coalesce(vanished.rows, 0) as vanished,
        coalesce(counts.duplicates, 0) as duplicates,
        coalesce(counts.quarantined, 0) as quarantined,
        coalesce(counts.amount_in, 0) as amount_in,
        coalesce(counts.amount_accepted, 0) as amount_accepted,
        coalesce(counts.amount_excluded, 0) as amount_excluded,
        coalesce(counts.amount_charges, 0) as amount_charges,
        coalesce(counts.amount_superseded, 0) as amount_superseded,
        coalesce(vanished.amount, 0) as amount_vanished,
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
    left join vanished_rows as vanished
        on vanished.content_no = register.content_no
            and register.status = 'superseded'
            and vanished.currency is not distinct from counts.currency
)

select * from accounted

-- One row per usable record of a file in force that is a duplicate, superseded or in conflict.
-- Reads: repeated_rows, file_register, configured_sources.
-- A record with a key is one of several deliveries of the same thing; one without is identified by its content. Most
-- records are the only one of their identity: landing has kept the others, and only they are compared.
with in_force as (
    select kept.*, register.source, register.content, register.natural_key, sources.duplicates
    from repeated_rows as kept
    join file_register as register on register.content_no = kept.content_no and register.status = 'loaded'
    join configured_sources as sources on sources.source = register.source
),

repeated as (
    select identity
    from in_force
    group by identity
    having count(*) > 1
),

placed as (
    select in_force.*
    from in_force
    semi join repeated on repeated.identity = in_force.identity
),

-- Two versions of a key under one file name that no update time puts in order: neither can be believed. They came in one
-- file, or in several deliveries of that name that add up.
conflicts as (
    select source, natural_key, key, updated_at
    from placed
    where key is not null
    group by source, natural_key, key, updated_at
    having min(row_hash) <> max(row_hash)
),

believable as (
    select placed.*
    from placed
    anti join conflicts
        on conflicts.source = placed.source and conflicts.natural_key = placed.natural_key
            and conflicts.key = placed.key and conflicts.updated_at is not distinct from placed.updated_at
),

counted as (
    select
        *,
        case
            when key is null and duplicates = 'keep'
                then row_number() over (partition by content_no, parent, row_hash order by line_number)
            else 1
        end as occurrence
    from believable
),

copies as (
    select
        *,
        row_number() over (
            partition by source, coalesce(key, parent), key is null, row_hash, occurrence
            order by natural_key, content, line_number
        ) as copy
    from counted
),

contested as (
    select source, key
    from believable
    where key is not null
    group by source, key
    having min(row_hash) <> max(row_hash)
),

-- The highest update time wins, else the later file in name order; never the order of loading.
winners as (
    select
        believable.source,
        believable.key,
        arg_max(
            believable.row_hash,
            (coalesce(believable.updated_at, timestamp '0001-01-01'), believable.natural_key)
        ) as row_hash
    from believable
    join contested on contested.source = believable.source and contested.key = believable.key
    group by believable.source, believable.key
),

not_counted as (
    select copies.*, case when copies.copy > 1 then 'duplicate' else 'superseded' end as outcome
    from copies
    left join winners on winners.source = copies.source and winners.key = copies.key
    where copies.copy > 1 or winners.row_hash <> copies.row_hash
    union all by name
    select placed.*, 'conflict' as outcome
    from placed
    join conflicts
        on conflicts.source = placed.source and conflicts.natural_key = placed.natural_key
            and conflicts.key = placed.key and conflicts.updated_at is not distinct from placed.updated_at
),

outcomes as (
    select content_no, line_number, source, outcome, currency, kind, raw_amount, event_on
    from not_counted
)

select * from outcomes

-- One row per content of customers or answers known tonight and what it says of them is a function of, as a number.
-- Reads: file_register, configured_sources, landed_counts, row_outcomes.
-- What a file says of the time after as_of is not known yet: what is known of it is dated up to seen_until.
with reach as (
    select content_no, max(event_on) as last_on
    from landed_counts
    where is_usable
    group by content_no
),

exceptions as (
    select content_no, bit_xor(hash(line_number)) as number, count(*) as rows
    from row_outcomes
    group by content_no
),

contents as (
    select
        register.content_no,
        hash(
            register.source, register.file, register.content, register.natural_key, register.status,
            register.loaded_on, exceptions.number, exceptions.rows
        ) as made_of,
        case
            when reach.last_on > cast($as_of as date) then cast($as_of as date)
            else cast('infinity' as date)
        end as seen_until
    from file_register as register
    join configured_sources as sources on sources.source = register.source
    left join reach on reach.content_no = register.content_no
    left join exceptions on exceptions.content_no = register.content_no
    where sources.kind in ('customers', 'surveys')
        and register.content_no is not null
)

select * from contents

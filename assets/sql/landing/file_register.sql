-- One row per source, file and content visible at known_at: whether its rows count tonight.
-- Reads: landed_files, landed_contents, configured_sources. Cleaning is DuckDB's own and not meant for other engines.
-- A content whose dates other files settle has several readings, each in force from a moment on.
with readings as (
    select source, content, mapping, content_no, error
    from landed_contents
    where readable_from is null or readable_from <= $known_at
    qualify row_number() over (
        partition by source, content, mapping order by readable_from desc nulls last, content_no desc) = 1
),

known_files as (
    select
        files.source,
        files.file,
        files.natural_key,
        files.content,
        contents.content_no,
        contents.error,
        sources.delivery,
        max(files.file_no) as newest_no,
        min(files.loaded_at) as loaded_at
    from landed_files as files
    join configured_sources as sources on sources.source = files.source
    join readings as contents
        on contents.source = files.source and contents.content = files.content and contents.mapping = sources.mapping
    where files.loaded_at <= $known_at
    group by all
),

-- An unreadable version never overtakes a readable one: nothing is lost to a broken delivery.
ranked as (
    select
        *,
        row_number() over (partition by source, file, error is null order by newest_no desc) as age_of_version,
        max(case when error is null then newest_no end) over (partition by source, file) as newest_readable_no,
        rank() over (partition by source, error is null order by natural_key desc) as age_of_name
    from known_files
),

in_force as (
    select
        *,
        error is null and case delivery
            when 'append' then true
            when 'replace_file' then age_of_version = 1
            else age_of_version = 1 and age_of_name = 1
        end as is_current
    from ranked
),

copies as (
    select
        *,
        row_number() over (partition by source, content, is_current order by natural_key, newest_no) as copy
    from in_force
),

statuses as (
    select
        source,
        file,
        content,
        content_no,
        natural_key,
        case
            when error is not null and delivery <> 'append' and newest_no < newest_readable_no then 'superseded'
            when error is not null then 'unreadable'
            when not is_current then 'superseded'
            when copy > 1 then 'duplicate_file'
            else 'loaded'
        end as status,
        error,
        loaded_at,
        cast(timezone($business_zone, timezone('UTC', loaded_at)) as date) as loaded_on
    from copies
)

select * from statuses

-- Grain: landed file with quarantined rows on either side. Inputs: row_accounting, quarantine.
-- The rows set aside whole are the quarantined rows of the file; an answer set aside alone names its column.
with kept as (
    select
        source,
        file,
        content,
        cast(count(*) as bigint) as kept_rows
    from quarantine
    where column_name = ''
    group by source, file, content
),

counted as (
    select
        source,
        file,
        content,
        cast(sum(quarantined) as bigint) as quarantined
    from row_accounting
    where quarantined > 0
    group by source, file, content
),

files as (
    select
        coalesce(counted.source, kept.source) as source,
        coalesce(counted.file, kept.file) as file,
        coalesce(counted.content, kept.content) as content,
        coalesce(counted.quarantined, 0) as left_side,
        coalesce(kept.kept_rows, 0) as right_side,
        coalesce(counted.quarantined, 0) as n
    from counted
    full outer join kept
        on counted.source = kept.source and counted.file = kept.file and counted.content = kept.content
)

select * from files

-- Grain: landed file of lines that is settled by $as_of, or whose lines are in no such file. Inputs: row_accounting,
-- event_freshness, order_lines.
-- The accepted rows of a file of transactions, superseded ones apart, are its order lines; the repayments beside them
-- are not rows of the file. A file that goes on after $as_of, or holds rows dated after the day they were loaded, is not
-- settled: some of its rows wait for their night.
with listed as (
    select
        source,
        file,
        content,
        cast(sum(case when is_repayment then 0 else 1 end) as bigint) as listed_lines
    from order_lines
    group by source, file, content
),

sources as (
    select source
    from event_freshness
    where kind = 'transactions'
),

files as (
    select
        row_accounting.source,
        row_accounting.file,
        row_accounting.content,
        cast(sum(row_accounting.accepted - row_accounting.superseded) as bigint) as accepted_lines,
        case
            when max(row_accounting.dated_ahead) > 0 then 0
            when cast(max(row_accounting.last_event) as date) > cast($as_of as date) then 0
            else 1
        end as is_settled
    from row_accounting
    inner join sources on row_accounting.source = sources.source
    where row_accounting.status = 'loaded'
    group by row_accounting.source, row_accounting.file, row_accounting.content
),

pairs as (
    select
        coalesce(files.source, listed.source) as source,
        coalesce(files.file, listed.file) as file,
        coalesce(files.content, listed.content) as content,
        coalesce(files.accepted_lines, 0) as left_side,
        coalesce(listed.listed_lines, 0) as right_side,
        coalesce(files.accepted_lines, 0) as n
    from files
    full outer join listed
        on files.source = listed.source and files.file = listed.file and files.content = listed.content
    where files.source is null or files.is_settled = 1
)

select * from pairs

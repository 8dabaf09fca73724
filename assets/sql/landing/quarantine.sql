-- One row per record, or per single answer of a wide survey row, that was set aside, with all its reasons.
-- Reads: file_register, row_outcomes, landed_*, landed_rejects, conflict_texts.
with records as (
    select content_no, line_number, '' as column_name, reasons, raw from landed_transactions where reasons is not null
    union all
    select content_no, line_number, '', reasons, raw from landed_surveys where reasons is not null
    union all
    select content_no, line_number, '', reasons, raw from landed_customers where reasons is not null
    union all
    select content_no, line_number, column_name, reasons, raw from landed_answers where reasons is not null
    union all
    select content_no, line_number, '', [reason], raw from landed_rejects
    union all
    select content_no, line_number, '', ['conflicting_versions'], raw from conflict_texts
),

placed as (
    select
        register.source,
        register.file,
        register.content,
        records.line_number,
        records.column_name,
        cast($as_of as date) as as_of,
        records.reasons,
        coalesce(records.raw, '') as raw
    from records
    join file_register as register
        on register.content_no = records.content_no and register.status in ('loaded', 'superseded')
)

select * from placed

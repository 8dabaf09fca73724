-- One row per record or answer that was set aside: why, and what becomes of it read again (reasons_now NULL: it comes
-- back), with its money as it is read now.
-- Reads: set_aside (of the last night); file_register, quarantine, landed_transactions (read again).
with fates as (
    select
        before.source,
        before.file,
        before.line_number,
        before.column_name,
        before.reasons,
        case
            when register.content is null then ['source_not_configured']
            when register.error is not null then ['unreadable_file']
            else quarantine.reasons
        end as reasons_now,
        landed.raw_amount as amount,
        landed.currency
    from set_aside as before
    left join file_register as register
        on register.source = before.source and register.file = before.file and register.content = before.content
    left join quarantine
        on quarantine.source = before.source and quarantine.file = before.file
            and quarantine.content = before.content and quarantine.line_number = before.line_number
            and quarantine.column_name = before.column_name
    left join landed_transactions as landed
        on landed.content_no = register.content_no and landed.line_number = before.line_number
)

select * from fates
order by source, file, line_number, column_name

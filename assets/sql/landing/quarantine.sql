-- One row per record, or per single answer of a wide survey row, that was set aside, with all its reasons.
-- What a row is set aside for by itself holds for superseded files too; row_outcomes tell of the files in force alone,
-- though a superseded one may have the same bytes.
-- Reads: file_register, row_outcomes, exchange_rates, landed_set_aside, landed_answers, landed_rejects, landed_texts.
with records as (
    select
        landed.content_no,
        landed.line_number,
        case
            when landed.currency <> $base_currency and landed.event_on is not null and rates.rate is null
                then list_append(landed.reasons, 'missing_exchange_rate')
            else landed.reasons
        end as reasons,
        false as only_in_force
    from landed_set_aside as landed
    left join exchange_rates as rates on rates.currency = landed.currency and rates.valid_on = landed.event_on
    union all
    select
        content_no,
        line_number,
        [case when outcome = 'conflict' then 'conflicting_versions' else outcome end],
        true
    from row_outcomes
    where outcome not in ('duplicate', 'superseded')
),

set_aside as (
    select
        records.content_no, records.line_number, '' as column_name, records.reasons, texts.raw, records.only_in_force
    from records
    left join landed_texts as texts
        on texts.content_no = records.content_no and texts.line_number = records.line_number
    union all
    select content_no, line_number, '', [reason], raw, false from landed_rejects
    union all
    select content_no, line_number, column_name, reasons, raw, false from landed_answers where reasons is not null
),

placed as (
    select
        register.source,
        register.file,
        register.content,
        set_aside.line_number,
        set_aside.column_name,
        cast($as_of as date) as as_of,
        set_aside.reasons,
        coalesce(set_aside.raw, '') as raw
    from set_aside
    join file_register as register
        on register.content_no = set_aside.content_no
            and (register.status = 'loaded' or register.status = 'superseded' and not set_aside.only_in_force)
)

select * from placed

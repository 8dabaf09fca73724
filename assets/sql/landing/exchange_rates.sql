-- One row per record of an exchange-rate file and why it cannot be used.
-- Reads: typed_rows.
with named as (
    select *, upper(currency) as code
    from typed_rows
),

-- A business currency that is not worth one of itself is a file quoted the other way round, or of another business.
judged as (
    select
        *,
        list_concat(cast_reasons, list_filter([
            case when rated_on < cast($earliest_date as date) or rated_on > cast($latest_date as date)
                then 'date_out_of_range' end,
            case when not regexp_full_match(code, '[A-Z]{3}') then 'unknown_currency' end,
            case when rate <= 0 then 'rate_not_positive' end,
            case when code = $base_currency and rate > 0 and rate <> 1 then 'rate_of_business_currency' end
        ], lambda reason: reason is not null)) as all_reasons
    from named
),

records as (
    select
        content_no,
        line_number,
        row_hash,
        code || chr(31) || cast(rated_on as varchar) as key,
        updated_at,
        rated_on,
        code as currency,
        rate,
        case when len(all_reasons) > 0 then all_reasons end as reasons
    from judged
)

select * from records

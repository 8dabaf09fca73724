-- One row per record of a customers file and why it cannot be used.
-- Reads: typed_rows.
with judged as (
    select
        *,
        list_concat(
            cast_reasons,
            case when cast(acquired_at as date) < cast($earliest_date as date)
                or cast(acquired_at as date) > cast($latest_date as date)
                then ['date_out_of_range'] else cast([] as varchar[]) end
        ) as all_reasons
    from typed_rows
),

records as (
    select
        content_no,
        line_number,
        row_hash,
        customer_id as key,
        updated_at,
        customer_id,
        birth_date,
        age,
        gender,
        region,
        occupation,
        customer_type,
        acquired_at,
        acquisition_channel,
        email,
        phone,
        consent,
        case when len(all_reasons) > 0 then all_reasons end as reasons
    from judged
)

select * from records

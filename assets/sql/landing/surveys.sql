-- One row per record of a survey file and why it cannot be used; a long record shares its answer's reasons.
-- Reads: typed_rows, judged_answers.
with judged as (
    select
        typed.*,
        list_concat(
            typed.cast_reasons,
            case when cast(responded_at as date) < cast($earliest_date as date)
                or cast(responded_at as date) > cast($latest_date as date)
                then ['date_out_of_range'] else cast([] as varchar[]) end,
            coalesce(answers.reasons, cast([] as varchar[]))
        ) as all_reasons
    from typed_rows as typed
    left join judged_answers as answers
        on not $is_wide and answers.content_no = typed.content_no and answers.line_number = typed.line_number
),

records as (
    select
        content_no,
        line_number,
        row_hash,
        case when $is_wide then response_id else response_id || chr(31) || coalesce(question, '') end as key,
        updated_at,
        response_id,
        responded_at,
        customer_id,
        order_id,
        channel,
        region,
        dimensions,
        case when len(all_reasons) > 0 then all_reasons end as reasons
    from judged
)

select * from records

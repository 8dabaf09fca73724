-- One row per answer of a usable survey record: good, or set aside alone (wide) with its column and text.
-- Reads: judged_answers, landed_surveys.
with kept as (
    select
        answers.content_no,
        answers.line_number,
        answers.question,
        answers.kind,
        case when len(answers.reasons) > 0 then answers.source_name else '' end as column_name,
        case when len(answers.reasons) = 0 then answers.score end as score,
        case when len(answers.reasons) = 0 then answers.is_satisfied end as is_satisfied,
        case when len(answers.reasons) > 0 then answers.reasons end as reasons,
        case when len(answers.reasons) > 0 then answers.answer end as raw
    from judged_answers as answers
    join landed_surveys as records
        on records.content_no = answers.content_no and records.line_number = answers.line_number
    where records.reasons is null and not answers.is_blank
)

select * from kept

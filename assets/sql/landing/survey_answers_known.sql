-- One row per valid answer dated up to as_of in a survey content of changed_contents that is in force.
-- Reads: landed_surveys, landed_answers, changed_contents, file_register, row_outcomes.
with answers as (
    select
        register.source,
        landed.response_id,
        answers.question,
        cast(landed.responded_at as date) as responded_on,
        landed.customer_id as account_id,
        landed.channel,
        landed.region,
        landed.dimensions,
        answers.score
    from landed_answers as answers
    join landed_surveys as landed
        on landed.content_no = answers.content_no and landed.line_number = answers.line_number
    join changed_contents on changed_contents.content_no = landed.content_no
    join file_register as register on register.content_no = landed.content_no and register.status = 'loaded'
    anti join row_outcomes as outcomes
        on outcomes.content_no = landed.content_no and outcomes.line_number = landed.line_number
    where landed.reasons is null
        and answers.reasons is null
        and answers.score is not null
        and cast(landed.responded_at as date) <= cast($as_of as date)
)

select * from answers

-- One row per valid answer to one question, dated up to as_of.
-- Reads: survey_rows (of landed_surveys), landed_answers, row_outcomes, file_register, customer_identities, customers.
with answers as (
    select
        register.source,
        landed.response_id,
        answers.question,
        answers.kind,
        landed.responded_at,
        cast(landed.responded_at as date) as responded_on,
        coalesce(identities.customer_id, landed.customer_id) as customer_id,
        landed.customer_id as account_id,
        landed.order_id,
        answers.score,
        answers.is_satisfied,
        landed.channel,
        landed.region
    from landed_answers as answers
    join survey_rows as landed
        on landed.content_no = answers.content_no and landed.line_number = answers.line_number
    join file_register as register on register.content_no = landed.content_no
    left join customer_identities as identities on identities.account_id = landed.customer_id
    anti join row_outcomes as outcomes
        on outcomes.content_no = landed.content_no and outcomes.line_number = landed.line_number
    where landed.reasons is null
        and register.status = 'loaded'
        and answers.reasons is null
        and answers.score is not null
        and cast(landed.responded_at as date) <= cast($as_of as date)
),

with_region as (
    select
        answers.source,
        answers.response_id,
        answers.question,
        answers.kind,
        answers.responded_at,
        answers.responded_on,
        answers.customer_id,
        answers.account_id,
        answers.order_id,
        answers.score,
        answers.is_satisfied,
        answers.channel,
        coalesce(answers.region, customers.region) as region
    from answers
    left join customers on customers.customer_id = answers.customer_id
)

select * from with_region

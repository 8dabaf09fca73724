-- Grain: overall question. Inputs: satisfaction_drivers, survey_responses.
-- Every driver of a question rests on its answers of the window.
with answers as (
    select
        question,
        cast(count(*) as bigint) as answers
    from survey_responses
    where responded_on > date_add(cast($as_of as date), -$window_days)
        and responded_on <= cast($as_of as date)
    group by question
),

pairs as (
    select
        satisfaction_drivers.question,
        satisfaction_drivers.driver,
        satisfaction_drivers.answers as left_side,
        coalesce(answers.answers, 0) as right_side,
        coalesce(answers.answers, 0) as n
    from satisfaction_drivers
    left join answers on satisfaction_drivers.question = answers.question
)

select * from pairs

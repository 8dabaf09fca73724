-- Grain: one row per recommendation question that a known customer answered in the window, and attitude.
-- Inputs: survey_responses, churn_scores, rfm_measures.
-- The customers are those with a churn score: who has a valid order in the window. Of a customer's answers in the window
-- the latest counts; answers 9 and 10 promote, 0 to 6 detract. Money is exact: it is rounded once, in the published table.
with answers as (
    select
        question,
        customer_id,
        score,
        row_number() over (
            partition by question, customer_id
            order by responded_at desc, source desc, response_id desc
        ) as place
    from survey_responses
    where kind = 'nps'
        and customer_id is not null
        and responded_on > date_add(cast($as_of as date), -$window_days)
),

questions as (
    select distinct question
    from answers
),

customers_scored as (
    select
        questions.question,
        case
            when answers.score is null then 'no_answer'
            when answers.score >= $promoters_from then 'promoter'
            when answers.score >= $passives_from then 'passive'
            else 'detractor'
        end as attitude,
        churn_scores.risk_band = 'high' as is_at_risk,
        rfm_measures.monetary
    from churn_scores
    cross join questions
    inner join rfm_measures on churn_scores.customer_id = rfm_measures.customer_id
    left join answers
        on answers.customer_id = churn_scores.customer_id
        and answers.question = questions.question
        and answers.place = 1
),

attitudes as (
    select attitude from (values ('promoter'), ('passive'), ('detractor'), ('no_answer')) as every_attitude (attitude)
),

-- Money that no source maps is NULL; of an attitude that nobody has it is 0.
sums as (
    select
        questions.question,
        attitudes.attitude,
        count(customers_scored.question) as customers,
        coalesce(sum(customers_scored.monetary), case when count(customers_scored.question) = 0 then 0 end)
            as net_value,
        count(case when customers_scored.is_at_risk then 1 end) as high_risk_customers,
        coalesce(
            sum(case when customers_scored.is_at_risk then customers_scored.monetary end),
            case when count(case when customers_scored.is_at_risk then 1 end) = 0 then 0 end
        ) as high_risk_value
    from questions
    cross join attitudes
    left join customers_scored
        on customers_scored.question = questions.question
        and customers_scored.attitude = attitudes.attitude
    group by questions.question, attitudes.attitude
),

wholes as (
    select
        question,
        sum(customers) as customers,
        sum(net_value) as net_value
    from sums
    group by question
),

value_by_attitude as (
    select
        sums.question,
        sums.attitude,
        cast($as_of as date) as as_of,
        sums.customers,
        case when wholes.customers > 0 then cast(sums.customers as double) / wholes.customers end as customer_share,
        sums.net_value,
        case when wholes.net_value > 0 then cast(sums.net_value as double) / cast(wholes.net_value as double) end
            as value_share,
        sums.high_risk_customers,
        sums.high_risk_value
    from sums
    inner join wholes on sums.question = wholes.question
)

select * from value_by_attitude

-- Grain: question x what is counted. Inputs: value_by_attitude, churn_scores, rfm_segments, value_at_risk.
-- The attitudes of every question are everybody with a churn score: customers to the head, and their net value of the
-- window but for the rounding of each figure, RFM's included; the same of those at high risk.
with scored as (
    select
        churn_scores.risk_band,
        rfm_segments.monetary
    from churn_scores
    left join rfm_segments on churn_scores.customer_id = rfm_segments.customer_id
),

everybody as (
    select
        cast(count(*) as decimal(38, 2)) as customers,
        cast(coalesce(sum(monetary), 0) as decimal(38, 2)) as net_value,
        cast(count(case when risk_band = 'high' then 1 end) as decimal(38, 2)) as high_risk_customers,
        cast(coalesce(sum(case when risk_band = 'high' then monetary end), 0) as decimal(38, 2)) as high_risk_value
    from scored
),

at_risk as (
    select cast(coalesce(sum(customers), 0) as decimal(38, 2)) as customers
    from value_at_risk
    where scope = 'all'
),

attitudes as (
    select
        question,
        cast(sum(customers) as decimal(38, 2)) as customers,
        count(*) as attitudes,
        cast(coalesce(sum(net_value), 0) as decimal(38, 2)) as net_value,
        cast(sum(high_risk_customers) as decimal(38, 2)) as high_risk_customers,
        cast(coalesce(sum(high_risk_value), 0) as decimal(38, 2)) as high_risk_value
    from value_by_attitude
    group by question
),

sides as (
    select question, 'customers' as counted, attitudes.customers as left_side, everybody.customers as right_side
    from attitudes cross join everybody
    union all
    select question, 'customers of value_at_risk' as counted, attitudes.customers, at_risk.customers
    from attitudes cross join at_risk
    union all
    select question, 'net value' as counted, attitudes.net_value, everybody.net_value
    from attitudes cross join everybody
    union all
    select question, 'customers at high risk' as counted, attitudes.high_risk_customers, everybody.high_risk_customers
    from attitudes cross join everybody
    union all
    select question, 'value at high risk' as counted, attitudes.high_risk_value, everybody.high_risk_value
    from attitudes cross join everybody
),

counted as (
    select
        sides.question,
        sides.counted,
        sides.left_side,
        sides.right_side,
        cast(attitudes.customers as bigint) as n,
        case
            when sides.counted in ('net value', 'value at high risk')
                then cast(attitudes.customers as bigint) + attitudes.attitudes
            else 0
        end as rounded
    from sides
    inner join attitudes on sides.question = attitudes.question
)

select * from counted

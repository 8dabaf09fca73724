-- Grain: measure, and measure x cut. Inputs: rfm_segments, rfm_cuts, customer_days.
-- By the cuts as they are stored and exact money, every customer of RFM has the score that is published for the measure;
-- and so many customers have a score up to the cut's as are said to lie at it or below.
with cuts as (
    select
        max(case when measure = 'recency_days' and cut = 1 then value end) as recency_1,
        max(case when measure = 'recency_days' and cut = 2 then value end) as recency_2,
        max(case when measure = 'recency_days' and cut = 3 then value end) as recency_3,
        max(case when measure = 'recency_days' and cut = 4 then value end) as recency_4,
        max(case when measure = 'frequency' and cut = 1 then value end) as frequency_1,
        max(case when measure = 'frequency' and cut = 2 then value end) as frequency_2,
        max(case when measure = 'frequency' and cut = 3 then value end) as frequency_3,
        max(case when measure = 'frequency' and cut = 4 then value end) as frequency_4,
        max(case when measure = 'monetary' and cut = 1 then value end) as monetary_1,
        max(case when measure = 'monetary' and cut = 2 then value end) as monetary_2,
        max(case when measure = 'monetary' and cut = 3 then value end) as monetary_3,
        max(case when measure = 'monetary' and cut = 4 then value end) as monetary_4
    from rfm_cuts
),

window_flows as (
    select
        customer_id,
        cast(sum(net_value) as decimal(38, 8)) as net_value
    from customer_days
    where date_diff('day', day, cast($as_of as date)) < $window_days
    group by customer_id
),

-- Whoever had no flow in the window has a value of zero, where anybody has one.
measured as (
    select
        rfm_segments.recency_days,
        rfm_segments.frequency,
        case when rfm_segments.monetary is not null then coalesce(window_flows.net_value, 0) end as monetary,
        rfm_segments.r,
        rfm_segments.f,
        rfm_segments.m
    from rfm_segments
    left join window_flows on rfm_segments.customer_id = window_flows.customer_id
),

scores as (
    select
        measured.r,
        measured.f,
        measured.m,
        5
        - case when measured.recency_days > cuts.recency_1 then 1 else 0 end
        - case when measured.recency_days > cuts.recency_2 then 1 else 0 end
        - case when measured.recency_days > cuts.recency_3 then 1 else 0 end
        - case when measured.recency_days > cuts.recency_4 then 1 else 0 end as r_again,
        1
        + case when measured.frequency > cuts.frequency_1 then 1 else 0 end
        + case when measured.frequency > cuts.frequency_2 then 1 else 0 end
        + case when measured.frequency > cuts.frequency_3 then 1 else 0 end
        + case when measured.frequency > cuts.frequency_4 then 1 else 0 end as f_again,
        case
            when measured.monetary is not null
                then 1
                    + case when measured.monetary > cuts.monetary_1 then 1 else 0 end
                    + case when measured.monetary > cuts.monetary_2 then 1 else 0 end
                    + case when measured.monetary > cuts.monetary_3 then 1 else 0 end
                    + case when measured.monetary > cuts.monetary_4 then 1 else 0 end
            else 0
        end as m_again
    from measured
    cross join cuts
),

scored as (
    select
        6 - r as r_from_below,
        f,
        coalesce(m, 0) as m,
        case when r = r_again then 1 else 0 end as same_r,
        case when f = f_again then 1 else 0 end as same_f,
        case when coalesce(m, 0) = m_again then 1 else 0 end as same_m
    from scores
),

-- How many customers have each score; a score of nobody's is 0.
holders as (
    select 'recency_days' as measure, r_from_below as score, count(*) as customers, sum(same_r) as scored_again
    from scored
    group by r_from_below
    union all
    select 'frequency' as measure, f as score, count(*) as customers, sum(same_f) as scored_again
    from scored
    group by f
    union all
    select 'monetary' as measure, m as score, count(*) as customers, sum(same_m) as scored_again
    from scored
    group by m
),

up_to_cuts as (
    select
        rfm_cuts.measure,
        rfm_cuts.cut,
        rfm_cuts.customers_up_to,
        coalesce(sum(case when holders.score between 1 and rfm_cuts.cut then holders.customers else 0 end), 0) as customers
    from rfm_cuts
    left join holders on rfm_cuts.measure = holders.measure
    group by rfm_cuts.measure, rfm_cuts.cut, rfm_cuts.customers_up_to
),

agreement as (
    select
        measure,
        0 as cut,
        cast(sum(customers) as bigint) as left_side,
        cast(sum(scored_again) as bigint) as right_side,
        cast(sum(customers) as bigint) as n
    from holders
    group by measure
    union all
    select
        measure,
        cut,
        customers_up_to as left_side,
        cast(customers as bigint) as right_side,
        customers_up_to as n
    from up_to_cuts
)

select * from agreement

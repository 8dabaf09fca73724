-- Grain: one row per origin and customer with a valid order in the window that ends at the origin.
-- Inputs: orders, customer_days, order_lines, survey_responses, churn_origins. $as_of, $window_days, $horizon_days.
-- What a row knows: orders valid at the origin; flows, lines and answers dated up to it. Order totals are not read:
-- they hold refunds dated up to as_of, which an earlier origin cannot know.
-- What it does not know: `churned`, NULL until the horizon is over by as_of.
-- Sums are of whole numbers and whole cents held as doubles: exact in any order up to 2^53, and a third of the work of
-- decimals. Rows become doubles before they meet the origins, and what few days have (discounts, refunds) is summed
-- over those days alone.
with changing_customers as (
    select distinct orders.customer_id
    from orders
    inner join churn_origins
        on orders.voided_on <= churn_origins.origin or orders.valid_from > orders.ordered_on
    where orders.customer_id is not null and orders.valid_from is not null
),

-- A customer none of whose orders was ever void looks the same from every origin, cut off at it; only the others are
-- seen anew from each (`seen_from`).
views as (
    select
        changing_customers.customer_id,
        churn_origins.origin as seen_from
    from changing_customers
    cross join churn_origins
),

seen_orders as (
    select
        orders.customer_id,
        views.seen_from,
        orders.ordered_on,
        orders.channel,
        cast(orders.products as double) as products,
        cast(cast(100 * orders.units as decimal(38, 0)) as double) as unit_hundredths
    from orders
    left join views on views.customer_id = orders.customer_id
    where orders.customer_id is not null
        and orders.valid_from is not null
        and (
            views.seen_from is null
            or (
                orders.valid_from <= views.seen_from
                and (orders.voided_on is null or orders.voided_on > views.seen_from)
            )
        )
),

-- Days since the order before; orders of one day are 0 days apart, and that is no gap.
order_gaps as (
    select
        customer_id,
        seen_from,
        ordered_on,
        products,
        unit_hundredths,
        cast(
            nullif(
                date_diff(
                    'day',
                    lag(ordered_on) over (partition by customer_id, seen_from order by ordered_on),
                    ordered_on
                ),
                0
            ) as double
        ) as gap_days
    from seen_orders
),

aged_orders as (
    select
        churn_origins.origin,
        order_gaps.customer_id,
        order_gaps.products,
        order_gaps.unit_hundredths,
        order_gaps.gap_days,
        cast(date_diff('day', order_gaps.ordered_on, churn_origins.origin) as int) as age_days
    from order_gaps
    inner join churn_origins on order_gaps.ordered_on <= churn_origins.origin
    where order_gaps.seen_from is null or order_gaps.seen_from = churn_origins.origin
),

habits as (
    select
        origin,
        customer_id,
        cast(min(age_days) as bigint) as recency_days,
        cast(max(age_days) as bigint) as tenure_days,
        cast(count(*) as bigint) as orders_all,
        cast(count(case when age_days < $window_days then 1 end) as bigint) as orders_window,
        cast(count(case when age_days < 180 then 1 end) as bigint) as orders_180,
        cast(count(case when age_days < 90 then 1 end) as bigint) as orders_90,
        cast(count(case when age_days < 30 then 1 end) as bigint) as orders_30,
        cast(count(case when age_days < 7 then 1 end) as bigint) as orders_7,
        -- The horizon's days, a year ago; nothing is known of them before the customer's own first year is over.
        case when max(age_days) >= 365 then cast(
            count(case when age_days < 365 and age_days >= 365 - $horizon_days then 1 end) as bigint
        ) end as orders_year_ago,
        cast(sum(case when age_days < $window_days then products end) as bigint) as products_window,
        sum(case when age_days < $window_days then unit_hundredths end) / cast(100 as double) as units_window,
        cast(count(gap_days) + 1 as bigint) as order_days,
        cast(count(gap_days) as bigint) as gaps,
        cast(sum(gap_days) as bigint) as gap_sum,
        cast(sum(gap_days * gap_days) as bigint) as gap_sum_of_squares,
        -- The gap before the newest order day, carried behind its age in one minimum; NULL without a gap.
        min(age_days * cast(100000 as double) + gap_days) as newest_gap
    from aged_orders
    group by origin, customer_id
),

population as (
    select *
    from habits
    where recency_days < $window_days
),

flow_days as (
    select
        customer_id,
        day,
        cast(lines as double) as lines,
        cast(cast(100 * discount_value as decimal(38, 0)) as double) as discount_value,
        cast(cast(100 * refund_value as decimal(38, 0)) as double) as refund_value,
        cast(cast(100 * net_value as decimal(38, 0)) as double) as net_value
    from customer_days
),

aged_flows as (
    select
        churn_origins.origin,
        flow_days.customer_id,
        flow_days.lines,
        flow_days.net_value,
        cast(date_diff('day', flow_days.day, churn_origins.origin) as int) as age_days
    from flow_days
    inner join churn_origins on flow_days.day <= churn_origins.origin
    where date_diff('day', flow_days.day, churn_origins.origin) < $window_days
),

-- A sum over no day is NULL, and so is one of days without money: whether money is known, the window says.
flows as (
    select
        origin,
        customer_id,
        sum(lines) as lines_window,
        sum(case when age_days < 180 then lines end) as lines_180,
        sum(case when age_days < 90 then lines end) as lines_90,
        sum(case when age_days < 30 then lines end) as lines_30,
        sum(case when age_days < 7 then lines end) as lines_7,
        sum(net_value) as net_value_window,
        sum(case when age_days < 180 then net_value end) as net_value_180,
        sum(case when age_days < 90 then net_value end) as net_value_90,
        sum(case when age_days < 30 then net_value end) as net_value_30,
        sum(case when age_days < 7 then net_value end) as net_value_7
    from aged_flows
    group by origin, customer_id
),

aged_reductions as (
    select
        churn_origins.origin,
        flow_days.customer_id,
        flow_days.discount_value,
        flow_days.refund_value,
        cast(date_diff('day', flow_days.day, churn_origins.origin) as int) as age_days
    from flow_days
    inner join churn_origins on flow_days.day <= churn_origins.origin
    where (flow_days.discount_value <> 0 or flow_days.refund_value <> 0)
        and date_diff('day', flow_days.day, churn_origins.origin) < $window_days
),

reductions as (
    select
        origin,
        customer_id,
        sum(discount_value) as discount_value_window,
        sum(case when age_days < 180 then discount_value end) as discount_value_180,
        sum(case when age_days < 90 then discount_value end) as discount_value_90,
        sum(case when age_days < 30 then discount_value end) as discount_value_30,
        sum(case when age_days < 7 then discount_value end) as discount_value_7,
        sum(refund_value) as refund_value_window,
        sum(case when age_days < 180 then refund_value end) as refund_value_180,
        sum(case when age_days < 90 then refund_value end) as refund_value_90,
        sum(case when age_days < 30 then refund_value end) as refund_value_30,
        sum(case when age_days < 7 then refund_value end) as refund_value_7
    from aged_reductions
    group by origin, customer_id
),

-- Gross value is what net value, discounts and refunds come to.
money as (
    select
        flows.origin,
        flows.customer_id,
        cast(coalesce(flows.lines_window, 0) as bigint) as lines_window,
        cast(coalesce(flows.lines_180, 0) as bigint) as lines_180,
        cast(coalesce(flows.lines_90, 0) as bigint) as lines_90,
        cast(coalesce(flows.lines_30, 0) as bigint) as lines_30,
        cast(coalesce(flows.lines_7, 0) as bigint) as lines_7,
        case when flows.net_value_window is not null then coalesce(flows.net_value_window, 0) end as net_value_window,
        case when flows.net_value_window is not null then coalesce(reductions.discount_value_window, 0) end as discount_value_window,
        case when flows.net_value_window is not null then coalesce(reductions.refund_value_window, 0) end as refund_value_window,
        case when flows.net_value_window is not null then coalesce(flows.net_value_180, 0) end as net_value_180,
        case when flows.net_value_window is not null then coalesce(reductions.discount_value_180, 0) end as discount_value_180,
        case when flows.net_value_window is not null then coalesce(reductions.refund_value_180, 0) end as refund_value_180,
        case when flows.net_value_window is not null then coalesce(flows.net_value_90, 0) end as net_value_90,
        case when flows.net_value_window is not null then coalesce(reductions.discount_value_90, 0) end as discount_value_90,
        case when flows.net_value_window is not null then coalesce(reductions.refund_value_90, 0) end as refund_value_90,
        case when flows.net_value_window is not null then coalesce(flows.net_value_30, 0) end as net_value_30,
        case when flows.net_value_window is not null then coalesce(reductions.discount_value_30, 0) end as discount_value_30,
        case when flows.net_value_window is not null then coalesce(reductions.refund_value_30, 0) end as refund_value_30,
        case when flows.net_value_window is not null then coalesce(flows.net_value_7, 0) end as net_value_7,
        case when flows.net_value_window is not null then coalesce(reductions.discount_value_7, 0) end as discount_value_7,
        case when flows.net_value_window is not null then coalesce(reductions.refund_value_7, 0) end as refund_value_7
    from flows
    left join reductions on reductions.origin = flows.origin and reductions.customer_id = flows.customer_id
),

channel_orders as (
    select
        churn_origins.origin,
        seen_orders.customer_id,
        seen_orders.channel,
        cast(count(*) as bigint) as orders
    from seen_orders
    inner join churn_origins on seen_orders.ordered_on <= churn_origins.origin
    where seen_orders.channel is not null
        and (seen_orders.seen_from is null or seen_orders.seen_from = churn_origins.origin)
        and date_diff('day', seen_orders.ordered_on, churn_origins.origin) < $window_days
    group by churn_origins.origin, seen_orders.customer_id, seen_orders.channel
),

channel_ranks as (
    select
        origin,
        channel,
        row_number() over (partition by origin order by sum(orders) desc, channel) as place
    from channel_orders
    group by origin, channel
),

own_channels as (
    select
        *,
        row_number() over (partition by origin, customer_id order by orders desc, channel) as own_place
    from channel_orders
),

channels as (
    select
        own_channels.origin,
        own_channels.customer_id,
        cast(count(*) as bigint) as channels_window,
        cast(sum(own_channels.orders) as bigint) as channel_orders_window,
        cast(sum(case when channel_ranks.place = 1 then own_channels.orders else 0 end) as bigint)
            as main_channel_orders_window,
        max(case when own_channels.own_place = 1 then own_channels.channel end) as main_channel
    from own_channels
    inner join channel_ranks
        on channel_ranks.origin = own_channels.origin and channel_ranks.channel = own_channels.channel
    group by own_channels.origin, own_channels.customer_id
),

category_days as (
    select
        customer_id,
        ordered_on,
        category,
        cast(count(*) as bigint) as lines
    from order_lines
    where kind = 'sold' and customer_id is not null and category is not null
    group by customer_id, ordered_on, category
),

category_lines as (
    select
        churn_origins.origin,
        category_days.customer_id,
        category_days.category,
        cast(sum(category_days.lines) as bigint) as lines
    from category_days
    inner join churn_origins on category_days.ordered_on <= churn_origins.origin
    where date_diff('day', category_days.ordered_on, churn_origins.origin) < $window_days
    group by churn_origins.origin, category_days.customer_id, category_days.category
),

categories as (
    select
        origin,
        customer_id,
        cast(count(*) as bigint) as categories_window,
        cast(sum(lines) as bigint) as category_lines_window,
        cast(max(lines) as bigint) as top_category_lines_window
    from category_lines
    group by origin, customer_id
),

answers as (
    select
        churn_origins.origin,
        survey_responses.customer_id,
        survey_responses.kind,
        survey_responses.score,
        survey_responses.is_satisfied,
        row_number() over (
            partition by churn_origins.origin, survey_responses.customer_id, survey_responses.kind
            order by
                survey_responses.responded_at desc,
                survey_responses.source,
                survey_responses.response_id,
                survey_responses.question
        ) as place
    from survey_responses
    inner join churn_origins on survey_responses.responded_on <= churn_origins.origin
    where survey_responses.customer_id is not null and survey_responses.kind in ('csat', 'nps')
),

latest_answers as (
    select
        origin,
        customer_id,
        max(case when kind = 'nps' then score end) as latest_nps_score,
        max(case when kind = 'csat' and is_satisfied then 1 when kind = 'csat' then 0 end) as latest_csat_satisfied
    from answers
    where place = 1
    group by origin, customer_id
),

buyers as (
    select distinct
        churn_origins.origin,
        orders.customer_id
    from orders
    inner join churn_origins
        on orders.ordered_on > churn_origins.origin
        and orders.ordered_on <= churn_origins.label_until
    where orders.customer_id is not null
        and churn_origins.label_until <= $as_of
        and orders.valid_from <= churn_origins.label_until
        and (orders.voided_on is null or orders.voided_on > churn_origins.label_until)
),

features as (
    select
        population.*,
        cast(population.newest_gap - 100000 * population.recency_days as bigint) as last_gap_days,
        money.lines_window,
        money.lines_180,
        money.lines_90,
        money.lines_30,
        money.lines_7,
        (money.net_value_window + money.discount_value_window + money.refund_value_window) / cast(100 as double)
            as gross_value_window,
        (money.net_value_180 + money.discount_value_180 + money.refund_value_180) / cast(100 as double)
            as gross_value_180,
        (money.net_value_90 + money.discount_value_90 + money.refund_value_90) / cast(100 as double)
            as gross_value_90,
        (money.net_value_30 + money.discount_value_30 + money.refund_value_30) / cast(100 as double)
            as gross_value_30,
        (money.net_value_7 + money.discount_value_7 + money.refund_value_7) / cast(100 as double)
            as gross_value_7,
        money.discount_value_window / cast(100 as double) as discount_value_window,
        money.discount_value_180 / cast(100 as double) as discount_value_180,
        money.discount_value_90 / cast(100 as double) as discount_value_90,
        money.discount_value_30 / cast(100 as double) as discount_value_30,
        money.discount_value_7 / cast(100 as double) as discount_value_7,
        money.refund_value_window / cast(100 as double) as refund_value_window,
        money.refund_value_180 / cast(100 as double) as refund_value_180,
        money.refund_value_90 / cast(100 as double) as refund_value_90,
        money.refund_value_30 / cast(100 as double) as refund_value_30,
        money.refund_value_7 / cast(100 as double) as refund_value_7,
        money.net_value_window / cast(100 as double) as net_value_window,
        money.net_value_180 / cast(100 as double) as net_value_180,
        money.net_value_90 / cast(100 as double) as net_value_90,
        money.net_value_30 / cast(100 as double) as net_value_30,
        money.net_value_7 / cast(100 as double) as net_value_7,
        channels.channels_window,
        channels.channel_orders_window,
        channels.main_channel_orders_window,
        channels.main_channel,
        categories.categories_window,
        categories.category_lines_window,
        categories.top_category_lines_window,
        latest_answers.latest_nps_score,
        latest_answers.latest_csat_satisfied,
        -- `label_until`, computed: read from churn_origins it would be one dictionary for the join's whole build side, and
        -- DuckDB 2.0 stops with an internal error where that side is large (millions of rows).
        case
            when population.origin + cast($horizon_days as int) > $as_of then null
            else buyers.customer_id is null
        end as churned
    from population
    left join money on population.origin = money.origin and population.customer_id = money.customer_id
    left join channels on population.origin = channels.origin and population.customer_id = channels.customer_id
    left join categories on population.origin = categories.origin and population.customer_id = categories.customer_id
    left join latest_answers
        on population.origin = latest_answers.origin and population.customer_id = latest_answers.customer_id
    left join buyers on population.origin = buyers.origin and population.customer_id = buyers.customer_id
)

select * from features

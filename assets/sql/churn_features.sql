-- Grain: one row per origin and customer looked at from it; each has a valid order in the window that ends there.
-- Inputs: orders, customer_days, order_lines, survey_responses, churn_origins, samples_to_describe (rows of
-- churn_samples). $as_of, $window_days, $horizon_days.
-- What a row knows: orders valid at the origin; flows, lines and answers dated up to it. Order totals are not read:
-- they hold refunds dated up to as_of, which an earlier origin cannot know.
-- What it does not know: `churned`, NULL until the horizon is over by as_of.
-- Sums are of whole numbers and whole cents held as doubles: exact in any order up to 2^53, and a third of the work of
-- decimals. Rows become doubles, rounded half up, before they meet the origins, and what few days have (discounts,
-- refunds) is summed over those days alone.
with looked_at as (
    select distinct
        origin,
        place,
        customer_id
    from samples_to_describe
),

looked_at_once as (
    select distinct
        place,
        customer_id
    from looked_at
),

placed_orders as (
    select
        looked_at_once.place,
        orders.ordered_on,
        orders.valid_from,
        orders.voided_on,
        orders.channel,
        orders.products,
        orders.units
    from orders
    inner join looked_at_once on looked_at_once.customer_id = orders.customer_id
    where orders.valid_from is not null
),

changing_customers as (
    select distinct place
    from placed_orders
    where voided_on <= (select max(origin) from churn_origins) or valid_from > ordered_on
),

-- A customer none of whose orders was ever void looks the same from every origin, cut off at it; only the others are
-- seen anew from each (`seen_from`).
views as (
    select
        looked_at.place,
        looked_at.origin as seen_from
    from looked_at
    inner join changing_customers on changing_customers.place = looked_at.place
),

seen_orders as (
    select
        placed_orders.place,
        views.seen_from,
        placed_orders.ordered_on,
        placed_orders.channel,
        cast(placed_orders.products as double) as products,
        cast(floor(100 * cast(placed_orders.units as double) + 0.5) as double) as unit_hundredths
    from placed_orders
    left join views on views.place = placed_orders.place
    where views.seen_from is null
        or (
            placed_orders.valid_from <= views.seen_from
            and (placed_orders.voided_on is null or placed_orders.voided_on > views.seen_from)
        )
),

-- Days since the order before; orders of one day are 0 days apart, and that is no gap.
order_gaps as (
    select
        place,
        seen_from,
        ordered_on,
        products,
        unit_hundredths,
        cast(
            nullif(
                date_diff(
                    'day',
                    lag(ordered_on) over (partition by place, seen_from order by ordered_on),
                    ordered_on
                ),
                0
            ) as double
        ) as gap_days
    from seen_orders
),

aged_orders as (
    select
        looked_at.origin,
        order_gaps.place,
        order_gaps.products,
        order_gaps.unit_hundredths,
        order_gaps.gap_days,
        cast(date_diff('day', order_gaps.ordered_on, looked_at.origin) as int) as age_days
    from order_gaps
    inner join looked_at
        on looked_at.place = order_gaps.place and order_gaps.ordered_on <= looked_at.origin
    where order_gaps.seen_from is null or order_gaps.seen_from = looked_at.origin
),

habits as (
    select
        origin,
        place,
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
    group by origin, place
),

flow_days as (
    select
        looked_at_once.place,
        customer_days.day,
        cast(customer_days.lines as double) as lines,
        cast(floor(100 * cast(customer_days.discount_value as double) + 0.5) as double) as discount_value,
        cast(floor(100 * cast(customer_days.refund_value as double) + 0.5) as double) as refund_value,
        cast(floor(100 * cast(customer_days.net_value as double) + 0.5) as double) as net_value
    from customer_days
    inner join looked_at_once on looked_at_once.customer_id = customer_days.customer_id
),

aged_flows as (
    select
        looked_at.origin,
        looked_at.place,
        flow_days.lines,
        flow_days.net_value,
        cast(date_diff('day', flow_days.day, looked_at.origin) as int) as age_days
    from flow_days
    inner join looked_at on looked_at.place = flow_days.place and flow_days.day <= looked_at.origin
    where date_diff('day', flow_days.day, looked_at.origin) < $window_days
),

-- A sum over no day is NULL, and so is one of days without money: whether money is known, the window says.
flows as (
    select
        origin,
        place,
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
    group by origin, place
),

aged_reductions as (
    select
        looked_at.origin,
        looked_at.place,
        flow_days.discount_value,
        flow_days.refund_value,
        cast(date_diff('day', flow_days.day, looked_at.origin) as int) as age_days
    from flow_days
    inner join looked_at on looked_at.place = flow_days.place and flow_days.day <= looked_at.origin
    where (flow_days.discount_value <> 0 or flow_days.refund_value <> 0)
        and date_diff('day', flow_days.day, looked_at.origin) < $window_days
),

reductions as (
    select
        origin,
        place,
        sum(discount_value) as discount_value_window,
        sum(case when age_days < 90 then discount_value end) as discount_value_90,
        sum(refund_value) as refund_value_window,
        sum(case when age_days < 90 then refund_value end) as refund_value_90
    from aged_reductions
    group by origin, place
),

-- Gross value is what net value, discounts and refunds come to.
money as (
    select
        flows.origin,
        flows.place,
        cast(coalesce(flows.lines_window, 0) as bigint) as lines_window,
        cast(coalesce(flows.lines_180, 0) as bigint) as lines_180,
        cast(coalesce(flows.lines_90, 0) as bigint) as lines_90,
        cast(coalesce(flows.lines_30, 0) as bigint) as lines_30,
        cast(coalesce(flows.lines_7, 0) as bigint) as lines_7,
        case when flows.net_value_window is not null then coalesce(flows.net_value_window, 0) end as net_value_window,
        case when flows.net_value_window is not null then coalesce(reductions.discount_value_window, 0) end as discount_value_window,
        case when flows.net_value_window is not null then coalesce(reductions.refund_value_window, 0) end as refund_value_window,
        case when flows.net_value_window is not null then coalesce(flows.net_value_180, 0) end as net_value_180,
        case when flows.net_value_window is not null then coalesce(flows.net_value_90, 0) end as net_value_90,
        case when flows.net_value_window is not null then coalesce(reductions.discount_value_90, 0) end as discount_value_90,
        case when flows.net_value_window is not null then coalesce(reductions.refund_value_90, 0) end as refund_value_90,
        case when flows.net_value_window is not null then coalesce(flows.net_value_30, 0) end as net_value_30,
        case when flows.net_value_window is not null then coalesce(flows.net_value_7, 0) end as net_value_7
    from flows
    left join reductions on reductions.origin = flows.origin and reductions.place = flows.place
),

-- The shop's channels are ranked by the orders of everybody, whoever is looked at.
channel_days as (
    select
        channel,
        ordered_on,
        valid_from,
        voided_on,
        cast(count(*) as bigint) as orders
    from orders
    where customer_id is not null and valid_from is not null and channel is not null
    group by channel, ordered_on, valid_from, voided_on
),

channel_ranks as (
    select
        churn_origins.origin,
        channel_days.channel,
        row_number() over (
            partition by churn_origins.origin order by sum(channel_days.orders) desc, channel_days.channel
        ) as place
    from channel_days
    inner join churn_origins
        on channel_days.ordered_on <= churn_origins.origin
        and channel_days.valid_from <= churn_origins.origin
        and (channel_days.voided_on is null or channel_days.voided_on > churn_origins.origin)
    where date_diff('day', channel_days.ordered_on, churn_origins.origin) < $window_days
    group by churn_origins.origin, channel_days.channel
),

channel_orders as (
    select
        looked_at.origin,
        seen_orders.place,
        seen_orders.channel,
        cast(count(*) as bigint) as orders
    from seen_orders
    inner join looked_at
        on looked_at.place = seen_orders.place and seen_orders.ordered_on <= looked_at.origin
    where seen_orders.channel is not null
        and (seen_orders.seen_from is null or seen_orders.seen_from = looked_at.origin)
        and date_diff('day', seen_orders.ordered_on, looked_at.origin) < $window_days
    group by looked_at.origin, seen_orders.place, seen_orders.channel
),

own_channels as (
    select
        *,
        row_number() over (partition by origin, place order by orders desc, channel) as own_place
    from channel_orders
),

channels as (
    select
        own_channels.origin,
        own_channels.place,
        cast(count(*) as bigint) as channels_window,
        cast(sum(own_channels.orders) as bigint) as channel_orders_window,
        cast(sum(case when channel_ranks.place = 1 then own_channels.orders else 0 end) as bigint)
            as main_channel_orders_window,
        max(case when own_channels.own_place = 1 then own_channels.channel end) as main_channel
    from own_channels
    inner join channel_ranks
        on channel_ranks.origin = own_channels.origin and channel_ranks.channel = own_channels.channel
    group by own_channels.origin, own_channels.place
),

-- Counted by day first, they would be nearly as many as the lines.
category_lines as (
    select
        looked_at.origin,
        looked_at.place,
        order_lines.category,
        cast(count(*) as bigint) as lines
    from order_lines
    inner join looked_at
        on looked_at.customer_id = order_lines.customer_id and order_lines.ordered_on <= looked_at.origin
    where order_lines.kind = 'sold'
        and order_lines.category is not null
        and date_diff('day', order_lines.ordered_on, looked_at.origin) < $window_days
    group by looked_at.origin, looked_at.place, order_lines.category
),

categories as (
    select
        origin,
        place,
        cast(count(*) as bigint) as categories_window,
        cast(sum(lines) as bigint) as category_lines_window,
        cast(max(lines) as bigint) as top_category_lines_window
    from category_lines
    group by origin, place
),

answers as (
    select
        looked_at.origin,
        looked_at.place,
        survey_responses.kind,
        survey_responses.score,
        survey_responses.is_satisfied,
        row_number() over (
            partition by looked_at.origin, looked_at.place, survey_responses.kind
            order by
                survey_responses.responded_at desc,
                survey_responses.source,
                survey_responses.response_id,
                survey_responses.question
        ) as newest
    from survey_responses
    inner join looked_at
        on looked_at.customer_id = survey_responses.customer_id and survey_responses.responded_on <= looked_at.origin
    where survey_responses.kind in ('csat', 'nps')
),

latest_answers as (
    select
        origin,
        place,
        max(case when kind = 'nps' then score end) as latest_nps_score,
        max(case when kind = 'csat' and is_satisfied then 1 when kind = 'csat' then 0 end) as latest_csat_satisfied
    from answers
    where newest = 1
    group by origin, place
),

buyers as (
    select distinct
        looked_at.origin,
        looked_at.place
    from placed_orders
    inner join looked_at
        on looked_at.place = placed_orders.place
        and placed_orders.ordered_on > looked_at.origin
        and placed_orders.ordered_on <= looked_at.origin + cast($horizon_days as int)
    where looked_at.origin + cast($horizon_days as int) <= $as_of
        and placed_orders.valid_from <= looked_at.origin + cast($horizon_days as int)
        and (
            placed_orders.voided_on is null or placed_orders.voided_on > looked_at.origin + cast($horizon_days as int)
        )
),

features as (
    select
        habits.*,
        looked_at.customer_id,
        cast(habits.newest_gap - 100000 * habits.recency_days as bigint) as last_gap_days,
        money.lines_window,
        money.lines_180,
        money.lines_90,
        money.lines_30,
        money.lines_7,
        (money.net_value_window + money.discount_value_window + money.refund_value_window) / cast(100 as double)
            as gross_value_window,
        (money.net_value_90 + money.discount_value_90 + money.refund_value_90) / cast(100 as double)
            as gross_value_90,
        money.discount_value_window / cast(100 as double) as discount_value_window,
        money.discount_value_90 / cast(100 as double) as discount_value_90,
        money.refund_value_window / cast(100 as double) as refund_value_window,
        money.refund_value_90 / cast(100 as double) as refund_value_90,
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
            when habits.origin + cast($horizon_days as int) > $as_of then null
            else buyers.place is null
        end as churned
    from habits
    inner join looked_at on habits.origin = looked_at.origin and habits.place = looked_at.place
    left join money on habits.origin = money.origin and habits.place = money.place
    left join channels on habits.origin = channels.origin and habits.place = channels.place
    left join categories on habits.origin = categories.origin and habits.place = categories.place
    left join latest_answers
        on habits.origin = latest_answers.origin and habits.place = latest_answers.place
    left join buyers on habits.origin = buyers.origin and habits.place = buyers.place
)

select * from features

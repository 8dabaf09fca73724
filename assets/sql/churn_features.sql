-- Grain: one row per origin and customer with a valid order in the window that ends at the origin.
-- Inputs: orders, customer_days, order_lines, survey_responses, churn_origins. $as_of, $window_days, $horizon_days.
-- What a row knows: orders valid at the origin; flows, lines and answers dated up to it. Order totals are not read:
-- they hold refunds dated up to as_of, which an earlier origin cannot know.
-- What it does not know: `churned`, NULL until the horizon is over by as_of.
-- Money is summed in whole cents held as doubles: exact in any order up to 2^53, and a third of the work of decimals.
with order_sums as (
    select
        customer_id,
        ordered_on,
        valid_from,
        voided_on,
        channel,
        cast(count(*) as bigint) as orders,
        cast(sum(products) as bigint) as products,
        cast(sum(units) as decimal(18, 2)) as units
    from orders
    where customer_id is not null and valid_from is not null
    group by customer_id, ordered_on, valid_from, voided_on, channel
),

valid_orders as (
    select
        churn_origins.origin,
        order_sums.customer_id,
        order_sums.channel,
        order_sums.orders,
        order_sums.products,
        order_sums.units,
        cast(date_diff('day', order_sums.ordered_on, churn_origins.origin) as bigint) as age_days
    from order_sums
    inner join churn_origins on order_sums.valid_from <= churn_origins.origin
    where order_sums.ordered_on <= churn_origins.origin
        and (order_sums.voided_on is null or order_sums.voided_on > churn_origins.origin)
),

order_days as (
    select
        origin,
        customer_id,
        age_days,
        cast(sum(orders) as double) as orders,
        cast(sum(products) as double) as products,
        cast(sum(units) as decimal(18, 2)) as units
    from valid_orders
    group by origin, customer_id, age_days
),

-- The next older order day ends the gap; after the newest one nothing has come yet.
gaps as (
    select
        *,
        cast(lead(age_days) over (partition by origin, customer_id order by age_days) - age_days as bigint) as gap_days
    from order_days
),

habits as (
    select
        origin,
        customer_id,
        cast(min(age_days) as bigint) as recency_days,
        cast(max(age_days) as bigint) as tenure_days,
        cast(sum(orders) as bigint) as orders_all,
        cast(sum(case when age_days < $window_days then orders else 0 end) as bigint) as orders_window,
        cast(sum(case when age_days < 180 then orders else 0 end) as bigint) as orders_180,
        cast(sum(case when age_days < 90 then orders else 0 end) as bigint) as orders_90,
        cast(sum(case when age_days < 30 then orders else 0 end) as bigint) as orders_30,
        cast(sum(case when age_days < 7 then orders else 0 end) as bigint) as orders_7,
        -- The horizon's days, a year ago; nothing is known of them before the customer's own first year is over.
        case when max(age_days) >= 365 then cast(
            sum(case when age_days < 365 and age_days >= 365 - $horizon_days then orders else 0 end) as bigint
        ) end as orders_year_ago,
        cast(sum(case when age_days < $window_days then products else 0 end) as bigint) as products_window,
        cast(sum(case when age_days < $window_days then units else 0 end) as decimal(38, 2)) as units_window,
        cast(count(*) as bigint) as order_days,
        cast(count(gap_days) as bigint) as gaps,
        cast(sum(gap_days) as bigint) as gap_sum,
        cast(sum(gap_days * gap_days) as bigint) as gap_sum_of_squares,
        -- The gap behind the newest order day, carried behind its age in one minimum; NULL without a gap.
        min(age_days * 100000 + gap_days) as newest_gap
    from gaps
    group by origin, customer_id
),

population as (
    select *
    from habits
    where recency_days < $window_days
),

dated_flows as (
    select
        churn_origins.origin,
        customer_days.customer_id,
        cast(date_diff('day', customer_days.day, churn_origins.origin) as bigint) as age_days,
        cast(customer_days.lines as double) as lines,
        cast(cast(100 * customer_days.gross_value as decimal(38, 0)) as double) as gross_value,
        cast(cast(100 * customer_days.discount_value as decimal(38, 0)) as double) as discount_value,
        cast(cast(100 * customer_days.refund_value as decimal(38, 0)) as double) as refund_value,
        cast(cast(100 * customer_days.net_value as decimal(38, 0)) as double) as net_value
    from customer_days
    inner join churn_origins on customer_days.day <= churn_origins.origin
    where date_diff('day', customer_days.day, churn_origins.origin) < $window_days
),

flows as (
    select
        origin,
        customer_id,
        cast(sum(case when age_days < $window_days then lines else 0 end) as bigint) as lines_window,
        cast(sum(case when age_days < 180 then lines else 0 end) as bigint) as lines_180,
        cast(sum(case when age_days < 90 then lines else 0 end) as bigint) as lines_90,
        cast(sum(case when age_days < 30 then lines else 0 end) as bigint) as lines_30,
        cast(sum(case when age_days < 7 then lines else 0 end) as bigint) as lines_7,
        sum(case when age_days < $window_days then gross_value when gross_value is not null then 0 end)
            / cast(100 as double) as gross_value_window,
        sum(case when age_days < 180 then gross_value when gross_value is not null then 0 end)
            / cast(100 as double) as gross_value_180,
        sum(case when age_days < 90 then gross_value when gross_value is not null then 0 end)
            / cast(100 as double) as gross_value_90,
        sum(case when age_days < 30 then gross_value when gross_value is not null then 0 end)
            / cast(100 as double) as gross_value_30,
        sum(case when age_days < 7 then gross_value when gross_value is not null then 0 end)
            / cast(100 as double) as gross_value_7,
        sum(case when age_days < $window_days then discount_value when discount_value is not null then 0 end)
            / cast(100 as double) as discount_value_window,
        sum(case when age_days < 180 then discount_value when discount_value is not null then 0 end)
            / cast(100 as double) as discount_value_180,
        sum(case when age_days < 90 then discount_value when discount_value is not null then 0 end)
            / cast(100 as double) as discount_value_90,
        sum(case when age_days < 30 then discount_value when discount_value is not null then 0 end)
            / cast(100 as double) as discount_value_30,
        sum(case when age_days < 7 then discount_value when discount_value is not null then 0 end)
            / cast(100 as double) as discount_value_7,
        sum(case when age_days < $window_days then refund_value when refund_value is not null then 0 end)
            / cast(100 as double) as refund_value_window,
        sum(case when age_days < 180 then refund_value when refund_value is not null then 0 end)
            / cast(100 as double) as refund_value_180,
        sum(case when age_days < 90 then refund_value when refund_value is not null then 0 end)
            / cast(100 as double) as refund_value_90,
        sum(case when age_days < 30 then refund_value when refund_value is not null then 0 end)
            / cast(100 as double) as refund_value_30,
        sum(case when age_days < 7 then refund_value when refund_value is not null then 0 end)
            / cast(100 as double) as refund_value_7,
        sum(case when age_days < $window_days then net_value when net_value is not null then 0 end)
            / cast(100 as double) as net_value_window,
        sum(case when age_days < 180 then net_value when net_value is not null then 0 end)
            / cast(100 as double) as net_value_180,
        sum(case when age_days < 90 then net_value when net_value is not null then 0 end)
            / cast(100 as double) as net_value_90,
        sum(case when age_days < 30 then net_value when net_value is not null then 0 end)
            / cast(100 as double) as net_value_30,
        sum(case when age_days < 7 then net_value when net_value is not null then 0 end)
            / cast(100 as double) as net_value_7
    from dated_flows
    group by origin, customer_id
),

channel_orders as (
    select
        origin,
        customer_id,
        channel,
        cast(sum(orders) as bigint) as orders
    from valid_orders
    where channel is not null and age_days < $window_days
    group by origin, customer_id, channel
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
        order_sums.customer_id
    from order_sums
    inner join churn_origins
        on order_sums.ordered_on > churn_origins.origin
        and order_sums.ordered_on <= churn_origins.label_until
    where order_sums.valid_from <= churn_origins.label_until
        and (order_sums.voided_on is null or order_sums.voided_on > churn_origins.label_until)
),

features as (
    select
        population.*,
        cast(population.newest_gap - 100000 * population.recency_days as bigint) as last_gap_days,
        flows.lines_window,
        flows.lines_180,
        flows.lines_90,
        flows.lines_30,
        flows.lines_7,
        flows.gross_value_window,
        flows.gross_value_180,
        flows.gross_value_90,
        flows.gross_value_30,
        flows.gross_value_7,
        flows.discount_value_window,
        flows.discount_value_180,
        flows.discount_value_90,
        flows.discount_value_30,
        flows.discount_value_7,
        flows.refund_value_window,
        flows.refund_value_180,
        flows.refund_value_90,
        flows.refund_value_30,
        flows.refund_value_7,
        flows.net_value_window,
        flows.net_value_180,
        flows.net_value_90,
        flows.net_value_30,
        flows.net_value_7,
        channels.channels_window,
        channels.channel_orders_window,
        channels.main_channel_orders_window,
        channels.main_channel,
        categories.categories_window,
        categories.category_lines_window,
        categories.top_category_lines_window,
        latest_answers.latest_nps_score,
        latest_answers.latest_csat_satisfied,
        case
            when churn_origins.label_until > $as_of then null
            else buyers.customer_id is null
        end as churned
    from population
    inner join churn_origins on population.origin = churn_origins.origin
    left join flows on population.origin = flows.origin and population.customer_id = flows.customer_id
    left join channels on population.origin = channels.origin and population.customer_id = channels.customer_id
    left join categories on population.origin = categories.origin and population.customer_id = categories.customer_id
    left join latest_answers
        on population.origin = latest_answers.origin and population.customer_id = latest_answers.customer_id
    left join buyers on population.origin = buyers.origin and population.customer_id = buyers.customer_id
)

select * from features

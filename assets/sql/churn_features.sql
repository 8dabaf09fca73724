-- Grain: one row per origin and customer with a valid order in the window that ends at the origin.
-- Inputs: orders, customer_days, churn_origins. $as_of, $window_days.
-- What a row knows: orders valid at the origin, and flows dated up to the origin. Order totals are not read:
-- they hold refunds dated up to as_of, which an earlier origin cannot know.
-- What it does not know: `churned`, NULL until the horizon is over by as_of.
with valid_orders as (
    select
        churn_origins.origin,
        orders.customer_id,
        orders.ordered_on,
        cast(date_diff('day', orders.ordered_on, churn_origins.origin) as bigint) as age_days
    from orders
    inner join churn_origins on orders.valid_from <= churn_origins.origin
    where orders.customer_id is not null
        and orders.ordered_on <= churn_origins.origin
        and (orders.voided_on is null or orders.voided_on > churn_origins.origin)
),

order_days as (
    select
        origin,
        customer_id,
        ordered_on,
        age_days,
        cast(count(*) as bigint) as orders,
        lag(age_days) over (partition by origin, customer_id order by ordered_on) as previous_age_days
    from valid_orders
    group by origin, customer_id, ordered_on, age_days
),

gaps as (
    select
        origin,
        customer_id,
        age_days,
        orders,
        cast(previous_age_days - age_days as bigint) as gap_days
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
        cast(count(*) as bigint) as order_days,
        cast(count(gap_days) as bigint) as gaps,
        cast(sum(gap_days) as bigint) as gap_sum,
        cast(sum(gap_days * gap_days) as bigint) as gap_sum_of_squares
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
        customer_days.lines,
        customer_days.gross_value,
        customer_days.discount_value,
        customer_days.refund_value,
        customer_days.net_value
    from customer_days
    inner join churn_origins on customer_days.day <= churn_origins.origin
    where date_diff('day', customer_days.day, churn_origins.origin) < $window_days
),

flows as (
    select
        origin,
        customer_id,
        cast(sum(lines) as bigint) as lines_window,
        cast(sum(gross_value) as decimal(38, 8)) as gross_value_window,
        cast(sum(discount_value) as decimal(38, 8)) as discount_value_window,
        cast(sum(refund_value) as decimal(38, 8)) as refund_value_window,
        cast(sum(net_value) as decimal(38, 8)) as net_value_window,
        cast(sum(case when age_days < 180 then net_value end) as decimal(38, 8)) as net_value_180,
        cast(sum(case when age_days < 90 then net_value end) as decimal(38, 8)) as net_value_90,
        cast(sum(case when age_days < 30 then net_value end) as decimal(38, 8)) as net_value_30
    from dated_flows
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
        and orders.valid_from <= churn_origins.label_until
        and (orders.voided_on is null or orders.voided_on > churn_origins.label_until)
),

features as (
    select
        population.*,
        flows.lines_window,
        flows.gross_value_window,
        flows.discount_value_window,
        flows.refund_value_window,
        flows.net_value_window,
        case when flows.net_value_window is not null then coalesce(flows.net_value_180, 0) end as net_value_180,
        case when flows.net_value_window is not null then coalesce(flows.net_value_90, 0) end as net_value_90,
        case when flows.net_value_window is not null then coalesce(flows.net_value_30, 0) end as net_value_30,
        case
            when churn_origins.label_until > $as_of then null
            else buyers.customer_id is null
        end as churned
    from population
    inner join churn_origins on population.origin = churn_origins.origin
    left join flows on population.origin = flows.origin and population.customer_id = flows.customer_id
    left join buyers on population.origin = buyers.origin and population.customer_id = buyers.customer_id
)

select * from features

-- Of several ways tried to keep one of equal rows (a window, distinct on the key) the one that takes the least.
create table lines as
select distinct
    order_id, line_id, ordered_at, trim(customer_id) as customer_id, product_id, trim(product_name) as product_name,
    category, quantity, unit_price, discount, quantity * unit_price - coalesce(discount, 0) as net, channel,
    trim(region) as region
from landed_orders
where order_id is not null and ordered_at between '1970-01-01' and '2099-12-31' and unit_price >= 0;

create table quarantine as
select
    *,
    case
        when order_id is null then 'missing order id'
        when ordered_at is null then 'no date'
        when unit_price < 0 then 'negative price'
        else 'date out of range'
    end as reason
from landed_orders
where not coalesce(order_id is not null and ordered_at between '1970-01-01' and '2099-12-31' and unit_price >= 0, false);

create table orders as
select
    order_id,
    min(customer_id) as customer_id,
    min(ordered_at) filter (where quantity > 0) as ordered_at,
    sum(net) as net,
    count(*) as lines,
    min(channel) as channel,
    min(region) as region
from lines
group by order_id;

create table valid_orders as
select *, ordered_at::date as ordered_on, date_trunc('month', ordered_at)::date as month
from orders
where ordered_at is not null and net >= 0.01;

create table summary as
select
    customer_id,
    date '2025-12-31' - max(ordered_on) as recency,
    count(*) as orders,
    count(*) filter (where ordered_on > date '2025-12-31' - 365) as frequency
from valid_orders
where customer_id is not null
group by customer_id;

create table window_values as
select customer_id, sum(net) as monetary
from lines
where customer_id is not null and ordered_at::date > date '2025-12-31' - 365
group by customer_id;

create table rfm as
with scores as (
    select
        customer_id, recency, frequency, coalesce(monetary, 0) as monetary,
        6 - ntile(5) over (order by recency) as r,
        ntile(5) over (order by frequency) as f,
        ntile(5) over (order by coalesce(monetary, 0)) as m
    from summary
    left join window_values using (customer_id)
)
select
    *,
    case
        when r >= 4 and f + m >= 8 then 'champions'
        when r >= 3 and f + m >= 6 then 'loyal'
        when r >= 4 then 'promising'
        when r <= 2 and f + m >= 7 then 'at risk'
        when r = 1 then 'lost'
        else 'hibernating'
    end as segment
from scores;

create table lifecycle as
with days as (
    select distinct customer_id, ordered_on from valid_orders where customer_id is not null
),
gaps as (
    select ordered_on - lag(ordered_on) over (partition by customer_id order by ordered_on) as gap from days
),
cuts as (
    select quantile_disc(gap, 0.8) as t1, quantile_disc(gap, 0.95) as t2 from gaps
)
select
    customer_id, recency, orders,
    case
        when recency > t2 then 'lost'
        when recency > t1 then 'churn warning'
        when orders = 1 then 'first purchase'
        when orders >= 4 then 'loyal'
        else 'repeat'
    end as stage
from summary, cuts;

create table tiers as
with ranked as (
    select customer_id, monetary, percent_rank() over (order by monetary desc) as place from rfm where monetary > 0
)
select
    customer_id, monetary,
    case when place < 0.2 then 'high' when place < 0.5 then 'mid' else 'low' end as tier
from ranked
union all
select customer_id, monetary, 'none' from rfm where monetary <= 0;

create table cohorts as
with active_months as (
    select distinct customer_id, month from valid_orders where customer_id is not null
),
counted as (
    select min(month) over (partition by customer_id) as cohort, month from active_months
)
select cohort, date_diff('month', cohort, month) as period, count(*) as active from counted group by all;

create table kpis as
with order_counts as (
    select
        month, date_trunc('quarter', ordered_on)::date as quarter, date_trunc('year', ordered_on)::date as year,
        channel, region, count(*) as orders, count(distinct customer_id) as customers
    from valid_orders
    group by grouping sets (
        (month), (month, channel), (month, region), (quarter), (quarter, channel), (quarter, region),
        (year), (year, channel), (year, region))
),
orders_placed as (
    select
        case when month is not null then 'month' when quarter is not null then 'quarter' else 'year' end as grain,
        coalesce(month, quarter, year) as period_start,
        case when channel is not null then 'channel' when region is not null then 'region' else 'all' end as scope,
        coalesce(channel, region, 'all') as scope_value,
        orders, customers
    from order_counts
),
days as (
    select
        ordered_at::date as day, channel, region, sum(net) as net,
        sum(quantity * unit_price) filter (where quantity > 0) as gross,
        -sum(net) filter (where quantity < 0) as refunds
    from lines
    group by all
),
scoped as (
    select day, 'all' as scope, 'all' as scope_value, net, gross, refunds from days
    union all
    select day, 'channel', channel, net, gross, refunds from days
    union all
    select day, 'region', region, net, gross, refunds from days
),
sales as (
    select
        grain, date_trunc(grain, day)::date as period_start, scope, scope_value, sum(net) as net, sum(gross) as gross,
        sum(refunds) as refunds
    from scoped, (values ('month'), ('quarter'), ('year')) as grains(grain)
    group by all
)
select *, net / orders as value_per_order
from sales
left join orders_placed using (grain, period_start, scope, scope_value);

create table satisfaction as
with answers as (
    select distinct response_id, question, responded_at::date as day, score, trim(channel) as channel
    from landed_surveys
    where response_id is not null and responded_at is not null
        and (question = 'overall' and score between 1 and 5 or question = 'recommend' and score between 0 and 10)
),
scoped as (
    select question, day, score, 'all' as scope, 'all' as scope_value from answers
    union all
    select question, day, score, 'channel', channel from answers
)
select
    question, grain, date_trunc(grain, day)::date as period_start, scope, scope_value,
    count(*) as n, avg(score) as mean, count(*) filter (where score >= 4) as satisfied,
    count(*) filter (where score >= 9) as promoters, count(*) filter (where score <= 6) as detractors
from scoped, (values ('month'), ('quarter'), ('year')) as grains(grain)
group by all

-- Grain: known customer, all time up to $as_of. Inputs: customers, customer_orders, orders, customer_days.
-- Money is summed exactly and rounded once, half up with ties away from zero: a refund rounds as its sale does.
with flows as (
    select
        customer_id,
        cast(sum(gross_value) as decimal(38, 8)) as gross_value,
        cast(sum(discount_value) as decimal(38, 8)) as discount_value,
        cast(sum(refund_value) as decimal(38, 8)) as refund_value,
        cast(sum(net_value) as decimal(38, 8)) as net_value
    from customer_days
    group by customer_id
),

money as (
    select count(net_value) > 0 as is_known
    from orders
),

-- A customer without any flow has spent nothing; where no source has money, what was spent is unknown.
known_customers as (
    select
        customers.customer_id,
        customers.known_since,
        customers.channel,
        customers.region,
        customer_orders.first_order_on,
        customer_orders.last_order_on,
        coalesce(customer_orders.orders, 0) as orders,
        coalesce(customer_orders.valued_orders, 0) as valued_orders,
        case when money.is_known and flows.customer_id is null then 0 else flows.gross_value end as gross_value,
        case when money.is_known and flows.customer_id is null then 0 else flows.discount_value end as discount_value,
        case when money.is_known and flows.customer_id is null then 0 else flows.refund_value end as refund_value,
        case when money.is_known and flows.customer_id is null then 0 else flows.net_value end as net_value
    from customers
    cross join money
    left join customer_orders on customers.customer_id = customer_orders.customer_id
    left join flows on customers.customer_id = flows.customer_id
),

-- Engines divide decimals differently, so the quotient is only a guess, set right by exact multiplication below.
guesses as (
    select
        *,
        cast(abs(net_value) as decimal(38, 8)) as size,
        cast(valued_orders as decimal(11, 0)) as parts,
        case
            when valued_orders > 0
                then cast(cast(abs(net_value) as double) / cast(valued_orders as double) as decimal(18, 2))
        end as guess
    from known_customers
),

averages as (
    select
        *,
        case
            when size < (guess - cast(0.005 as decimal(4, 3))) * parts then guess - cast(0.01 as decimal(3, 2))
            when size >= (guess + cast(0.005 as decimal(4, 3))) * parts then guess + cast(0.01 as decimal(3, 2))
            else guess
        end as average_size
    from guesses
),

-- Of 38 digits DuckDB rounds a thirtieth as many a second as of 18, which hold nearly every customer.
summary as (
    select
        customer_id,
        cast($as_of as date) as as_of,
        first_order_on,
        last_order_on,
        orders,
        valued_orders,
        case
            when gross_value between -1000000000 and 1000000000
                then cast(cast(gross_value as decimal(18, 8)) as decimal(18, 2))
            else cast(gross_value as decimal(18, 2))
        end as gross_value,
        case
            when discount_value between -1000000000 and 1000000000
                then cast(cast(discount_value as decimal(18, 8)) as decimal(18, 2))
            else cast(discount_value as decimal(18, 2))
        end as discount_value,
        case
            when refund_value between -1000000000 and 1000000000
                then cast(cast(refund_value as decimal(18, 8)) as decimal(18, 2))
            else cast(refund_value as decimal(18, 2))
        end as refund_value,
        case
            when net_value between -1000000000 and 1000000000
                then cast(cast(net_value as decimal(18, 8)) as decimal(18, 2))
            else cast(net_value as decimal(18, 2))
        end as net_value,
        cast(case when net_value < 0 then -average_size else average_size end as decimal(18, 2)) as aov,
        cast(date_diff('day', last_order_on, cast($as_of as date)) as integer) as recency_days,
        cast(date_diff('day', first_order_on, cast($as_of as date)) as integer) as age_days,
        known_since,
        channel,
        region
    from averages
)

select * from summary

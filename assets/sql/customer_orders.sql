-- Grain: customer with an order. Input: orders_of_customers (valid at tonight or not).
-- First and last day and number of the valid orders, and how many of these have a value: one below 0 was sold without a
-- price. Channel and region of the latest order, valid or not, and of several of the same moment, of the first by source
-- and id.
with spans as (
    select
        customer_id,
        max(ordered_at) as latest_at,
        min(case when valid_from is not null and voided_on is null then ordered_on end) as first_order_on,
        max(case when valid_from is not null and voided_on is null then ordered_on end) as last_order_on,
        cast(sum(case when valid_from is not null and voided_on is null then 1 else 0 end) as bigint) as orders,
        count(case when valid_from is not null and voided_on is null and net_value >= 0 then 1 end) as valued_orders
    from orders_of_customers
    group by customer_id
),

candidates as (
    select
        orders_of_customers.customer_id,
        orders_of_customers.source,
        orders_of_customers.order_id,
        orders_of_customers.channel,
        orders_of_customers.region
    from orders_of_customers
    inner join spans
        on orders_of_customers.customer_id = spans.customer_id
            and orders_of_customers.ordered_at = spans.latest_at
),

-- Hardly any customer has two at once: only of these the orders are put in order.
several as (
    select customer_id
    from candidates
    group by customer_id
    having count(*) > 1
),

ranked as (
    select
        candidates.customer_id,
        candidates.channel,
        candidates.region,
        row_number() over (
            partition by candidates.customer_id order by candidates.source, candidates.order_id
        ) as place
    from candidates
    inner join several on candidates.customer_id = several.customer_id
),

latest_orders as (
    select customer_id, channel, region
    from ranked
    where place = 1
    union all
    select candidates.customer_id, candidates.channel, candidates.region
    from candidates
    left join several on candidates.customer_id = several.customer_id
    where several.customer_id is null
),

customer_orders as (
    select
        spans.customer_id,
        spans.first_order_on,
        spans.last_order_on,
        spans.orders,
        spans.valued_orders,
        latest_orders.channel,
        latest_orders.region
    from spans
    left join latest_orders on spans.customer_id = latest_orders.customer_id
)

select * from customer_orders

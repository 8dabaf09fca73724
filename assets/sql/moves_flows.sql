-- Grain: facts x flow of a customer in moving_customers. Inputs: order_flows, moving_customers.
-- What tonight knows, step by step: `known`, the days up to the predecessor's date ($previous_as_of); `ordered`, the days
-- since as well, but no money paid back in them; `refunded`, everything.
with theirs as (
    select
        order_flows.customer_id,
        order_flows.order_no,
        order_flows.day,
        order_flows.first_sold_at,
        order_flows.sold_lines,
        order_flows.gross_value,
        order_flows.net_value,
        order_flows.net_value + coalesce(order_flows.refund_value, 0) as net_without_refunds
    from order_flows
    inner join moving_customers on order_flows.customer_id = moving_customers.customer_id
    where order_flows.lines > 0
),

flows as (
    select 'known' as facts, customer_id, order_no, day, first_sold_at, sold_lines, gross_value, net_value
    from theirs
    where day <= cast($previous_as_of as date)
    union all
    select
        'ordered' as facts,
        customer_id,
        order_no,
        day,
        first_sold_at,
        sold_lines,
        gross_value,
        case when day > cast($previous_as_of as date) then net_without_refunds else net_value end as net_value
    from theirs
    union all
    select 'refunded' as facts, customer_id, order_no, day, first_sold_at, sold_lines, gross_value, net_value
    from theirs
)

select * from flows

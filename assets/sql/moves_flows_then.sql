-- Grain: facts x flow, or x line of a content that counted otherwise, up to the predecessor's date and as it knew them.
-- Inputs: order_flows, order_lines_before, contents_tonight_since, customer_identities, reassigned_accounts,
-- moving_customers.
-- `before`: the customers are those of then, all of them where $everybody; `attached`: moving ones as of tonight.
with kept as (
    select order_no, account_id, day, first_sold_at, sold_lines, gross_value, net_value
    from order_flows
    where lines > 0
        and day <= cast($previous_as_of as date)
        and content_no not in (select content_no from contents_tonight_since)
),

no_longer as (
    select
        order_no,
        account_id,
        ordered_on as day,
        case when kind = 'sold' then ordered_at end as first_sold_at,
        case when kind = 'sold' then 1 else 0 end as sold_lines,
        case when kind = 'sold' then amount end as gross_value,
        amount - case when kind = 'sold' then coalesce(discount, 0) else 0 end as net_value
    from order_lines_before
    where kind in ('sold', 'refund', 'discount')
),

known_then as (
    select * from kept
    union all
    select * from no_longer
),

owned as (
    select
        known_then.order_no,
        known_then.day,
        known_then.first_sold_at,
        known_then.sold_lines,
        known_then.gross_value,
        known_then.net_value,
        coalesce(reassigned.previous_customer_id, identities.customer_id, known_then.account_id) as previous_customer_id,
        coalesce(identities.customer_id, known_then.account_id) as customer_id
    from known_then
    left join customer_identities as identities on known_then.account_id = identities.account_id
    left join reassigned_accounts as reassigned on known_then.account_id = reassigned.account_id
    where known_then.account_id is not null
),

flows as (
    select
        'before' as facts,
        previous_customer_id as customer_id,
        order_no,
        day,
        first_sold_at,
        sold_lines,
        gross_value,
        net_value
    from owned
    where $everybody or previous_customer_id in (select customer_id from moving_customers)
    union all
    select 'attached' as facts, customer_id, order_no, day, first_sold_at, sold_lines, gross_value, net_value
    from owned
    where customer_id in (select customer_id from moving_customers)
)

select * from flows

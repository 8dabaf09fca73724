-- One row per month: orders dated up to the predecessor's date that are another customer's since it was published.
-- Reads: order_lines, customer_identities, previous_identities (as the predecessor published them), and of its view
-- order_lines_before and contents_tonight_since.
with accounts as (
    select account_id
    from customer_identities as now
    full join previous_identities as previous using (account_id)
    where coalesce(now.customer_id, account_id) <> coalesce(previous.customer_id, account_id)
),

lines as (
    select lines.*
    from order_lines as lines
    semi join accounts on accounts.account_id = lines.account_id
    where lines.kind in ('sold', 'refund', 'discount') and lines.ordered_on <= cast($as_of as date)
),

-- An order of which nothing was known then came late: it was nobody's before.
published as (
    select lines.source, lines.order_id
    from lines
    anti join contents_tonight_since as other on other.source = lines.source and other.content = lines.content
    union
    select source, order_id from order_lines_before
),

moved as (
    select
        cast(date_trunc('month', lines.ordered_on) as date) as period_start,
        count(distinct (lines.source, lines.order_id)) as orders,
        count(distinct lines.account_id) as customers,
        sum(lines.amount - coalesce(case when lines.kind = 'sold' then lines.discount end, 0)) as value_moved
    from lines
    semi join published on published.source = lines.source and published.order_id = lines.order_id
    group by date_trunc('month', lines.ordered_on)
)

select * from moved

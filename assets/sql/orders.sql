-- One row per order that has a sold, refund or discount line dated up to as_of.
-- Reads: order_lines.
-- Valid: at least one sold line and net value >= the minimum. The interval is judged day by day on the order's own
-- flows, so a past date never learns of a later refund. It is one interval: an order refunded in full and sold to again
-- under the same id counts as valid throughout, which is exact on as_of and an approximation on the days between.
with merchandise as (
    select *
    from order_lines
    where kind in ('sold', 'refund', 'discount')
),

order_days as (
    select
        source,
        order_id,
        ordered_on as day,
        min(customer_id) as customer_id,
        min(case when kind = 'sold' then ordered_at end) as first_sold_at,
        sum(case when kind = 'sold' then amount end) as gross_value,
        sum(case when kind = 'sold' then discount when kind = 'discount' then -amount end) as discount_value,
        sum(case when kind = 'refund' then -amount end) as refund_value,
        sum(amount) - coalesce(sum(case when kind = 'sold' then discount end), 0) as net_value,
        count(*) as lines,
        sum(case when kind = 'sold' then 1 else 0 end) as sold_lines,
        sum(case when kind = 'sold' then quantity end) as units
    from merchandise
    group by source, order_id, ordered_on
),

running as (
    select
        source,
        order_id,
        day,
        sum(sold_lines) over (partition by source, order_id order by day) as sold_so_far,
        sum(net_value) over (partition by source, order_id order by day) as net_so_far
    from order_days
),

states as (
    select
        source,
        order_id,
        day,
        case
            when sold_so_far = 0 then 0
            when net_so_far is null then 1
            when net_so_far >= cast($minimum_order_value as decimal(38,8)) then 1
            else 0
        end as is_valid
    from running
),

valid_spans as (
    select
        source,
        order_id,
        min(case when is_valid = 1 then day end) as valid_from,
        max(case when is_valid = 1 then day end) as last_valid_change
    from states
    group by source, order_id
),

voids as (
    select
        states.source,
        states.order_id,
        min(states.day) as voided_on
    from states
    join valid_spans
        on valid_spans.source = states.source and valid_spans.order_id = states.order_id
    where states.day > valid_spans.last_valid_change
    group by states.source, states.order_id
),

breadth as (
    select source, order_id, count(*) as products
    from (
        select distinct source, order_id, product_id
        from merchandise
        where kind = 'sold' and product_id is not null
    ) as sold_products
    group by source, order_id
),

totals as (
    select
        source,
        order_id,
        min(customer_id) as customer_id,
        min(first_sold_at) as ordered_at,
        sum(gross_value) as gross_value,
        sum(discount_value) as discount_value,
        sum(refund_value) as refund_value,
        sum(net_value) as net_value,
        sum(lines) as lines,
        sum(sold_lines) as sold_lines,
        sum(units) as units
    from order_days
    group by source, order_id
),

-- Where several lines were sold first, in the same moment, the first in text order speaks for them.
first_sold as (
    select
        merchandise.source,
        merchandise.order_id,
        min(merchandise.channel) as channel,
        min(merchandise.region) as region
    from merchandise
    join totals
        on totals.source = merchandise.source and totals.order_id = merchandise.order_id
        and totals.ordered_at = merchandise.ordered_at
    where merchandise.kind = 'sold'
    group by merchandise.source, merchandise.order_id
),

facts as (
    select
        totals.source,
        totals.order_id,
        totals.customer_id,
        totals.ordered_at,
        cast(totals.ordered_at as date) as ordered_on,
        case when totals.net_value is not null then coalesce(totals.gross_value, 0) end as gross_value,
        case when totals.net_value is not null then coalesce(totals.discount_value, 0) end as discount_value,
        case when totals.net_value is not null then coalesce(totals.refund_value, 0) end as refund_value,
        totals.net_value,
        totals.lines,
        totals.sold_lines,
        coalesce(breadth.products, 0) as products,
        coalesce(totals.units, 0) as units,
        first_sold.channel,
        first_sold.region,
        valid_spans.valid_from,
        voids.voided_on
    from totals
    join valid_spans on valid_spans.source = totals.source and valid_spans.order_id = totals.order_id
    left join first_sold on first_sold.source = totals.source and first_sold.order_id = totals.order_id
    left join voids on voids.source = totals.source and voids.order_id = totals.order_id
    left join breadth on breadth.source = totals.source and breadth.order_id = totals.order_id
)

select * from facts

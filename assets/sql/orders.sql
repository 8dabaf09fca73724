-- One row per order that has a sold, refund or discount line dated up to as_of.
-- Reads: order_lines.
-- Valid: at least one sold line and net value >= the minimum. The interval is judged day by day on the order's own
-- flows, so a past date never learns of a later refund. It is one interval: an order refunded in full and sold to again
-- under the same id counts as valid throughout, which is exact on as_of and an approximation on the days between.
with totals as (
    select
        source,
        order_id,
        min(customer_id) as customer_id,
        min(case when kind = 'sold' then ordered_at end) as ordered_at,
        min(ordered_on) as first_day,
        max(ordered_on) as last_day,
        sum(case when kind = 'sold' then amount end) as gross_value,
        sum(case when kind = 'sold' then discount when kind = 'discount' then -amount end) as discount_value,
        sum(case when kind = 'refund' then -amount end) as refund_value,
        sum(amount) - coalesce(sum(case when kind = 'sold' then discount end), 0) as net_value,
        count(*) as lines,
        sum(case when kind = 'sold' then 1 else 0 end) as sold_lines,
        sum(case when kind = 'sold' then quantity end) as units,
        min(case when kind = 'sold' then coalesce(channel, '') end) as channel,
        max(case when kind = 'sold' then coalesce(channel, '') end) as other_channel,
        min(case when kind = 'sold' then coalesce(region, '') end) as region,
        max(case when kind = 'sold' then coalesce(region, '') end) as other_region
    from order_lines
    where kind in ('sold', 'refund', 'discount')
    group by source, order_id
),

-- Few orders have flows on several days: only their days are gone through one by one.
order_days as (
    select
        lines.source,
        lines.order_id,
        lines.ordered_on as day,
        sum(lines.amount) - coalesce(sum(case when lines.kind = 'sold' then lines.discount end), 0) as net_value,
        sum(case when lines.kind = 'sold' then 1 else 0 end) as sold_lines
    from order_lines as lines
    join totals
        on totals.source = lines.source and totals.order_id = lines.order_id
        and totals.first_day < totals.last_day
    where lines.kind in ('sold', 'refund', 'discount')
    group by lines.source, lines.order_id, lines.ordered_on
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

spans as (
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
    join spans on spans.source = states.source and spans.order_id = states.order_id
    where states.day > spans.last_valid_change
    group by states.source, states.order_id
),

breadth as (
    select source, order_id, count(*) as products
    from (
        select distinct source, order_id, product_id
        from order_lines
        where kind = 'sold' and product_id is not null
    ) as sold_products
    group by source, order_id
),

-- Where an order's sold lines name several channels or regions, the first sold speak for it, and of those sold in the
-- same moment the first in text order.
first_sold as (
    select
        lines.source,
        lines.order_id,
        min(lines.channel) as channel,
        min(lines.region) as region
    from order_lines as lines
    join totals
        on totals.source = lines.source and totals.order_id = lines.order_id
        and totals.ordered_at = lines.ordered_at
    where lines.kind = 'sold' and (
        totals.channel <> totals.other_channel or totals.region <> totals.other_region
    )
    group by lines.source, lines.order_id
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
        case when first_sold.order_id is null then nullif(totals.channel, '') else first_sold.channel end as channel,
        case when first_sold.order_id is null then nullif(totals.region, '') else first_sold.region end as region,
        case
            when totals.first_day < totals.last_day then spans.valid_from
            when totals.sold_lines = 0 or totals.net_value < cast($minimum_order_value as decimal(38,8)) then null
            else totals.first_day
        end as valid_from,
        voids.voided_on
    from totals
    left join spans on spans.source = totals.source and spans.order_id = totals.order_id
    left join first_sold on first_sold.source = totals.source and first_sold.order_id = totals.order_id
    left join voids on voids.source = totals.source and voids.order_id = totals.order_id
    left join breadth on breadth.source = totals.source and breadth.order_id = totals.order_id
)

select * from facts

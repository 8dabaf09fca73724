-- One row per order that has a sold, refund or discount line dated up to as_of, of the flows in flows_to_sum.
-- Reads: flows_to_sum (with the source whose orders they are), orders_in_parts (of several flows), lines_to_count (of the orders whose products are not told by
-- their flows).
-- Valid: at least one sold line and net value >= the minimum; where a sold line has no price, what is left after refunds
-- that have an amount is not known, and one sold line is enough. The interval is judged day by day on the order's own
-- flows, so a past date never learns of a later refund. It is one interval: an order refunded in full and sold to again
-- under the same id counts as valid throughout, which is exact on as_of and an approximation on the days between.
-- Nearly every order is one flow, and needs no sums.
with single as (
    select flows.*
    from flows_to_sum as flows
    left join orders_in_parts as several on several.order_no = flows.order_no
    where several.order_no is null
),

parts as (
    select flows.*
    from flows_to_sum as flows
    join orders_in_parts as several on several.order_no = flows.order_no
),

totals as (
    select
        source,
        order_id,
        min(order_no) as order_no,
        min(customer_id) as customer_id,
        min(first_sold_at) as ordered_at,
        sum(gross_value) as gross_value,
        sum(discount_value) as discount_value,
        sum(refund_value) as refund_value,
        sum(net_value) as net_value,
        sum(lines) as lines,
        sum(sold_lines) as sold_lines,
        -- What two parts sold may be the same: their products are counted.
        case
            when count(case when product_lines > 0 then 1 end) < 2 and count(products) = count(*) then max(products)
        end as products,
        sum(units) as units
    from parts
    group by source, order_id
),

order_days as (
    select
        source,
        order_id,
        day,
        sum(net_value) as net_value,
        sum(sold_lines) as sold_lines,
        sum(case when gross_value is null then sold_lines else 0 end) as unpriced_lines
    from parts
    group by source, order_id, day
),

running as (
    select
        source,
        order_id,
        day,
        sum(sold_lines) over (partition by source, order_id order by day) as sold_so_far,
        sum(unpriced_lines) over (partition by source, order_id order by day) as unpriced_so_far,
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
            when unpriced_so_far > 0 then 1
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

-- Where an order's sold lines name several channels or regions, the first sold speak for it, and of those sold in the
-- same moment the first in text order.
first_sold as (
    select
        parts.source,
        parts.order_id,
        min(parts.channel) as channel,
        min(parts.region) as region
    from parts
    join totals
        on totals.source = parts.source and totals.order_id = parts.order_id
        and totals.ordered_at = parts.first_sold_at
    group by parts.source, parts.order_id
),

facts as (
    select
        single.source,
        single.order_id,
        single.order_no,
        single.customer_id,
        single.first_sold_at as ordered_at,
        single.gross_value,
        single.discount_value,
        single.refund_value,
        single.net_value,
        single.lines,
        single.sold_lines,
        single.products,
        single.units,
        case when single.sold_lines > 0 then single.channel end as channel,
        case when single.sold_lines > 0 then single.region end as region,
        case
            when single.sold_lines = 0 then null
            when single.gross_value is null or single.net_value >= cast($minimum_order_value as decimal(38,8))
                then single.day
        end as valid_from,
        cast(null as date) as voided_on
    from single
    union all
    select
        totals.source,
        totals.order_id,
        totals.order_no,
        totals.customer_id,
        totals.ordered_at,
        totals.gross_value,
        totals.discount_value,
        totals.refund_value,
        totals.net_value,
        totals.lines,
        totals.sold_lines,
        totals.products,
        totals.units,
        first_sold.channel,
        first_sold.region,
        spans.valid_from,
        voids.voided_on
    from totals
    join spans on spans.source = totals.source and spans.order_id = totals.order_id
    left join first_sold on first_sold.source = totals.source and first_sold.order_id = totals.order_id
    left join voids on voids.source = totals.source and voids.order_id = totals.order_id
),

-- The number goes first in telling orders apart: it decides at once where two are not the same.
breadth as (
    select order_no, order_id, count(distinct product_id) as products
    from lines_to_count
    where kind = 'sold' and product_id is not null
    group by order_no, order_id
),

orders as (
    select
        facts.source,
        facts.order_id,
        facts.order_no,
        facts.customer_id,
        facts.ordered_at,
        cast(facts.ordered_at as date) as ordered_on,
        case when facts.net_value is not null then coalesce(facts.gross_value, 0) end as gross_value,
        case when facts.net_value is not null then coalesce(facts.discount_value, 0) end as discount_value,
        case when facts.net_value is not null then coalesce(facts.refund_value, 0) end as refund_value,
        facts.net_value,
        facts.lines,
        facts.sold_lines,
        coalesce(facts.products, breadth.products, 0) as products,
        coalesce(facts.units, 0) as units,
        facts.channel,
        facts.region,
        facts.valid_from,
        facts.voided_on
    from facts
    left join breadth on breadth.order_no = facts.order_no and breadth.order_id = facts.order_id
)

select * from orders

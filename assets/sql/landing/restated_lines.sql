-- One row per month and cause: how the order lines dated up to the predecessor's date differ from what it saw.
-- Reads: order_lines_before, order_lines_since (the lines of the contents that are not the same to both).
-- Lines that are equal in what a published figure is made of cancel out, wherever they were delivered: another hour of the
-- day makes no difference, another channel or region does. An order that lost and gained lines was corrected; one that
-- only gained them learned of a late row or a refund; one that only lost them had rows taken back.
with versions as (
    select *, -1 as sign from order_lines_before
    union all
    select *, 1 as sign from order_lines_since
),

lines as (
    select
        order_no,
        order_id,
        line_id,
        ordered_on,
        account_id,
        product_id,
        channel,
        region,
        kind,
        quantity,
        currency,
        amount_original,
        is_repayment,
        rate,
        amount,
        discount,
        cast(sum(sign) as bigint) as added
    from versions
    where kind in ('sold', 'refund', 'discount')
    group by all
    having sum(sign) <> 0
),

-- A line that is the same but for its rate was not corrected: the rate was.
changed as (
    select
        *,
        rate is not null
            and sum(added) over (
                partition by order_no, order_id, line_id, ordered_on, account_id, product_id, channel, region, kind,
                    quantity, currency, amount_original, is_repayment
            ) = 0 as is_other_rate
    from lines
),

of_orders as (
    select
        order_no,
        bool_or(added > 0) as has_more,
        bool_or(added < 0) as has_less
    from changed
    where not is_other_rate
    group by order_no
),

caused as (
    select
        changed.*,
        case
            when changed.is_other_rate then 'exchange_rate'
            when of_orders.has_more and of_orders.has_less then 'correction'
            when of_orders.has_less then 'withdrawn'
            when changed.kind = 'refund' then 'refund'
            else 'late_row'
        end as cause
    from changed
    left join of_orders on of_orders.order_no = changed.order_no
),

restated as (
    select
        cast(date_trunc('month', ordered_on) as date) as period_start,
        cause,
        cast(sum(greatest(added, 0)) as bigint) as rows_added,
        cast(sum(greatest(-added, 0)) as bigint) as rows_removed,
        count(distinct order_no) as orders,
        count(distinct account_id) as customers,
        sum(added * amount) filter (where kind = 'sold') as gross_change,
        sum(added * case when kind = 'sold' then discount when kind = 'discount' then -amount end) as discount_change,
        sum(-added * amount) filter (where kind = 'refund') as refund_change,
        sum(added * (amount - coalesce(case when kind = 'sold' then discount end, 0))) as net_change
    from caused
    group by date_trunc('month', ordered_on), cause
)

select * from restated

-- Grain: published money column. Inputs: customer_summary, customer_days.
-- For every customer the published figure lies within half a cent of the exact sum of the days; no customer's days are
-- left out. Half a cent itself is what rounding half up may cost.
with exact as (
    select
        customer_id,
        cast(sum(gross_value) as decimal(38, 8)) as gross_value,
        cast(sum(discount_value) as decimal(38, 8)) as discount_value,
        cast(sum(refund_value) as decimal(38, 8)) as refund_value,
        cast(sum(net_value) as decimal(38, 8)) as net_value
    from customer_days
    group by customer_id
),

pairs as (
    select
        case when customer_summary.customer_id is null then 0 else 1 end as is_listed,
        customer_summary.gross_value as gross_value,
        customer_summary.discount_value as discount_value,
        customer_summary.refund_value as refund_value,
        customer_summary.net_value as net_value,
        coalesce(exact.gross_value, 0) as exact_gross,
        coalesce(exact.discount_value, 0) as exact_discount,
        coalesce(exact.refund_value, 0) as exact_refund,
        coalesce(exact.net_value, 0) as exact_net
    from customer_summary
    full outer join exact on customer_summary.customer_id = exact.customer_id
),

figures as (
    select 'gross_value' as figure, is_listed, coalesce(gross_value, 0) - exact_gross as difference from pairs
    union all
    select 'discount_value' as figure, is_listed, coalesce(discount_value, 0) - exact_discount as difference from pairs
    union all
    select 'refund_value' as figure, is_listed, coalesce(refund_value, 0) - exact_refund as difference from pairs
    union all
    select 'net_value' as figure, is_listed, coalesce(net_value, 0) - exact_net as difference from pairs
),

agreement as (
    select
        figure,
        cast(count(*) as bigint) as left_side,
        cast(
            sum(case when is_listed = 1 and abs(difference) <= cast(0.005 as decimal(4, 3)) then 1 else 0 end)
            as bigint
        ) as right_side,
        cast(count(*) as bigint) as n
    from figures
    group by figure
)

select * from agreement

-- Grain: one row. Inputs: order_lines, customer_days.
-- Accepted merchandise = net value of known customers + net value without a customer.
with lines as (
    select
        customer_id,
        amount,
        case when kind = 'sold' then coalesce(discount, 0) else 0 end as discount
    from order_lines
    where kind in ('sold', 'refund', 'discount') and amount is not null
),

merchandise as (
    select
        cast(coalesce(sum(amount), 0) - coalesce(sum(discount), 0) as decimal(38, 8)) as net_value,
        cast(
            coalesce(sum(case when customer_id is null then amount - discount else 0 end), 0)
            as decimal(38, 8)
        ) as without_customer,
        cast(count(*) as bigint) as n
    from lines
),

known as (
    select cast(coalesce(sum(net_value), 0) as decimal(38, 8)) as of_customers
    from customer_days
),

totals as (
    select
        merchandise.net_value as left_side,
        cast(known.of_customers + merchandise.without_customer as decimal(38, 8)) as right_side,
        merchandise.n
    from merchandise
    cross join known
)

select * from totals

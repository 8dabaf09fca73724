-- Grain: file x day x channel x region with a merchandise line. Input: flows_of_contents (rows of order_flows with one).
-- Every flow on its own date, channel and region: sold and discount lines on their day, refunds on the refund's day,
-- customers unknown included. Of nobody known each flow is a unit of its own in the intervals of rates of money: their
-- number is that of `nobody_flows`, their squares and products those of amounts rounded to the cent. Of 38 digits DuckDB
-- rounds a thirtieth as many a second as of 18, which hold nearly every flow; not so their square: of two numbers of 18
-- digits the product has 18.
with flows as (
    select
        content_no,
        day,
        coalesce(channel, 'unknown') as channel,
        coalesce(region, 'unknown') as region,
        customer_id,
        lines,
        case when lines > sold_lines + refund_lines or sold_discount > 0 then 1 end as is_discounted,
        gross_value,
        discount_value,
        refund_value,
        net_value,
        case
            when customer_id is not null then null
            when gross_value between -1000000000 and 1000000000
                then cast(cast(gross_value as decimal(18, 8)) as decimal(18, 2))
            else cast(coalesce(gross_value, 0) as decimal(38, 2))
        end as nobody_gross,
        case
            when customer_id is not null then null
            when discount_value between -1000000000 and 1000000000
                then cast(cast(discount_value as decimal(18, 8)) as decimal(18, 2))
            else cast(coalesce(discount_value, 0) as decimal(38, 2))
        end as nobody_discount,
        case
            when customer_id is not null then null
            when refund_value between -1000000000 and 1000000000
                then cast(cast(refund_value as decimal(18, 8)) as decimal(18, 2))
            else cast(coalesce(refund_value, 0) as decimal(38, 2))
        end as nobody_refund
    from flows_of_contents
),

sales_cells as (
    select
        content_no,
        day,
        channel,
        region,
        cast(sum(lines) as bigint) as lines,
        cast(count(customer_id) as bigint) as customer_flows,
        cast(count(is_discounted) as bigint) as discounted_flows,
        cast(sum(gross_value) as decimal(38, 8)) as gross_value,
        cast(sum(discount_value) as decimal(38, 8)) as discount_value,
        cast(sum(refund_value) as decimal(38, 8)) as refund_value,
        cast(sum(net_value) as decimal(38, 8)) as net_value,
        cast(count(nobody_gross) as bigint) as nobody_flows,
        cast(coalesce(sum(nobody_gross * nobody_gross), 0) as decimal(38, 4)) as nobody_gross_squares,
        cast(coalesce(sum(nobody_discount * nobody_discount), 0) as decimal(38, 4)) as nobody_discount_squares,
        cast(coalesce(sum(nobody_gross * nobody_discount), 0) as decimal(38, 4)) as nobody_gross_discounts,
        cast(coalesce(sum(nobody_refund * nobody_refund), 0) as decimal(38, 4)) as nobody_refund_squares,
        cast(coalesce(sum((nobody_gross - nobody_discount) * nobody_refund), 0) as decimal(38, 4)) as nobody_sold_refunds
    from flows
    group by content_no, day, channel, region
)

select * from sales_cells

-- Grain: file x day x channel x region with a merchandise line. Input: flows_of_contents (rows of order_flows with one).
-- Every flow on its own date, channel and region: sold and discount lines on their day, refunds on the refund's day,
-- customers unknown included.
with sales_cells as (
    select
        content_no,
        day,
        coalesce(channel, 'unknown') as channel,
        coalesce(region, 'unknown') as region,
        cast(sum(lines) as bigint) as lines,
        cast(count(customer_id) as bigint) as customer_flows,
        cast(count(case when lines > sold_lines + refund_lines or sold_discount > 0 then 1 end) as bigint)
            as discounted_flows,
        cast(sum(gross_value) as decimal(38, 8)) as gross_value,
        cast(sum(discount_value) as decimal(38, 8)) as discount_value,
        cast(sum(refund_value) as decimal(38, 8)) as refund_value,
        cast(sum(net_value) as decimal(38, 8)) as net_value
    from flows_of_contents
    group by content_no, day, coalesce(channel, 'unknown'), coalesce(region, 'unknown')
)

select * from sales_cells

-- One row per file, order, account, day, channel and region of contents_to_sum with a clean line: sums of these lines.
-- Reads: lines_to_sum, contents_to_sum, united_accounts.
-- Products are told apart without remembering them: where the products of n lines set n bits of sixty-four, they are n.
-- Two that share a bit, or one sold twice, leave fewer; who needs the number counts them then.
with sums as (
    select
        content_no,
        order_no,
        order_id,
        account_id,
        ordered_on as day,
        channel,
        region,
        min(case when kind = 'sold' then ordered_at end) as first_sold_at,
        sum(case when kind in ('sold', 'refund', 'discount') then 1 else 0 end) as lines,
        sum(case when kind = 'sold' then 1 else 0 end) as sold_lines,
        sum(case when kind = 'refund' then 1 else 0 end) as refund_lines,
        count(*) as all_lines,
        sum(case when kind = 'sold' then quantity end) as units,
        count(case when kind = 'sold' then product_id end) as product_lines,
        bit_or(case when kind = 'sold' and product_id is not null
            then cast(1 as ubigint) << cast(hash(product_id) % 64 as utinyint) end) as product_bits,
        bit_or(case when kind = 'sold' and product_id is not null
            then cast(1 as ubigint) << cast((hash(product_id) >> 6) % 64 as utinyint) end) as other_product_bits,
        sum(case when kind = 'sold' then amount end) as gross_value,
        sum(case when kind = 'sold' then discount end) as sold_discount,
        sum(case when kind = 'discount' then -amount end) as discount_lines_value,
        sum(case when kind = 'refund' then -amount end) as refund_value
    from lines_to_sum
    group by content_no, order_no, order_id, account_id, ordered_on, channel, region
),

flows as (
    select
        contents.source,
        sums.content_no,
        sums.order_no,
        sums.order_id,
        sums.account_id,
        coalesce(identities.customer_id, sums.account_id) as customer_id,
        sums.day,
        sums.channel,
        sums.region,
        sums.first_sold_at,
        sums.lines,
        sums.sold_lines,
        sums.refund_lines,
        sums.all_lines,
        sums.units,
        sums.product_lines,
        case
            when sums.product_lines = 0 then 0
            when greatest(bit_count(sums.product_bits), bit_count(sums.other_product_bits)) = sums.product_lines
                then sums.product_lines
        end as products,
        sums.gross_value,
        sums.sold_discount,
        case
            when sums.sold_discount is null then sums.discount_lines_value
            else sums.sold_discount + coalesce(sums.discount_lines_value, 0)
        end as discount_value,
        sums.refund_value,
        case
            when coalesce(sums.gross_value, sums.refund_value, sums.discount_lines_value) is not null
                then coalesce(sums.gross_value, 0) - coalesce(sums.sold_discount, 0)
                    - coalesce(sums.discount_lines_value, 0) - coalesce(sums.refund_value, 0)
        end as net_value
    from sums
    join contents_to_sum as contents on contents.content_no = sums.content_no
    left join united_accounts as identities on identities.account_id = sums.account_id
)

select * from flows

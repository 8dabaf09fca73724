-- One row per record of a transactions file: what it is worth, what kind of line it is, and why it cannot be used.
-- Reads: typed_rows.
with valued as (
    select
        *,
        case
            when amount is not null then cast(amount as decimal(38,8))
            else cast(cast(quantity as decimal(38,4)) * unit_price as decimal(38,8))  -- 18 digits overflow at 10^8
        end as raw_amount,
        coalesce(cast(discount as decimal(38,8)), 0) as line_discount,
        coalesce(upper(currency), $source_currency) as row_currency,
        case
            when exclude_when then 'excluded'
            when charge_when then 'charge'
            when discount_when then 'discount'
            when refund_when or quantity < 0 or amount < 0 then 'refund'
            else 'sold'
        end as line_kind
    from typed_rows
),

-- The discount of a refund is what was not paid in the first place, whatever its sign; it cannot exceed the refund.
judged as (
    select
        *,
        list_concat(cast_reasons, list_filter([
            case when cast(ordered_at as date) < cast($earliest_date as date)
                or cast(ordered_at as date) > cast($latest_date as date)
                or cast(refunded_at as date) < cast($earliest_date as date)
                or cast(refunded_at as date) > cast($latest_date as date) then 'date_out_of_range' end,
            case when unit_price < 0 then 'negative_unit_price' end,
            case when discount < 0 and line_kind <> 'refund' then 'negative_discount' end,
            case when line_kind = 'refund' and abs(line_discount) > abs(raw_amount) then 'discount_above_amount' end,
            -- Another currency's rows are weighed when they are converted. A thousand such lines still fit a table.
            case when row_currency = $base_currency
                and greatest(abs(raw_amount), abs(line_discount), abs(refunded)) >= 1e13 then 'value_too_large' end
        ], lambda reason: reason is not null)) as all_reasons
    from valued
),

records as (
    select
        content_no,
        line_number,
        row_hash,
        case when line_id is not null then order_id || chr(31) || line_id end as key,
        updated_at,
        order_id,
        line_id,
        ordered_at,
        customer_id,
        product_id,
        product_name,
        category,
        quantity,
        unit_price,
        line_kind as kind,
        raw_amount,
        case line_kind
            when 'refund' then -(abs(raw_amount) - abs(line_discount))
            when 'discount' then -abs(raw_amount)
            else raw_amount
        end as amount,
        case when line_kind = 'sold' and raw_amount is not null then line_discount end as discount,
        case when line_kind = 'sold' and refunded <> 0 then cast(abs(refunded) as decimal(38,8)) end as refunded,
        case when line_kind = 'sold' and refunded <> 0 then refunded_at end as refunded_at,
        row_currency as currency,
        channel,
        region,
        status,
        refund_of,
        case when len(all_reasons) > 0 then all_reasons end as reasons
    from judged
)

select * from records

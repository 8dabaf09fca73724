-- One row per record of a transactions file: what it is worth, what kind of line it is, and why it cannot be used.
-- Reads: typed_rows.
with valued as (
    select
        * exclude (cast_reasons),
        case
            when amount is not null then cast(amount as decimal(38,8))
            -- What nearly every line is: sixty-four bits hold it, and take a seventh of the time.
            when abs(quantity) < 100000 and abs(unit_price) < 100000 and cast(unit_price as decimal(18,4)) = unit_price
                then cast(
                    try_cast(quantity as decimal(9,4)) * try_cast(unit_price as decimal(9,4)) as decimal(38,8))
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
        end as line_kind,
        -- What enters no measure needs no money: exports leave it out of cancelled orders.
        case
            when exclude_when and cast_reasons is not null then nullif(list_filter(
                cast_reasons,
                lambda reason: reason not in ('missing_quantity', 'missing_unit_price', 'missing_amount')
            ), [])
            else cast_reasons
        end as cast_reasons
    from typed_rows
),

-- The discount of a refund is what was not paid in the first place, whatever its sign; it cannot exceed the refund.
judged as (
    select
        *,
        cast(ordered_at as date) < cast($earliest_date as date)
            or cast(ordered_at as date) > cast($latest_date as date)
            or cast(refunded_at as date) < cast($earliest_date as date)
            or cast(refunded_at as date) > cast($latest_date as date) as is_out_of_range,
        unit_price < 0 as has_negative_price,
        discount < 0 and line_kind <> 'refund' as has_negative_discount,
        line_kind = 'refund' and abs(line_discount) > abs(raw_amount) as has_discount_above_amount,
        -- Another currency's rows are weighed when they are converted. A thousand such lines still fit a table.
        row_currency = $base_currency and (
            abs(raw_amount) >= 10000000000000 or abs(line_discount) >= 10000000000000
            or abs(refunded) >= 10000000000000
        ) as is_too_large
    from valued
),

-- Lists are made of the few rows that have a reason.
reasoned as (
    select
        *,
        case
            when cast_reasons is not null
                or is_out_of_range or has_negative_price or has_negative_discount or has_discount_above_amount
                or is_too_large
                then list_concat(cast_reasons, list_filter([
                    case when is_out_of_range then 'date_out_of_range' end,
                    case when has_negative_price then 'negative_unit_price' end,
                    case when has_negative_discount then 'negative_discount' end,
                    case when has_discount_above_amount then 'discount_above_amount' end,
                    case when is_too_large then 'value_too_large' end
                ], lambda reason: reason is not null))
        end as reasons
    from judged
),

records as (
    select
        content_no,
        line_number,
        row_hash,
        updated_at,
        order_id,
        line_id,
        ordered_at,
        customer_id,
        product_id,
        product_name,
        category,
        case when line_kind = 'excluded' then coalesce(quantity, 0) else quantity end as quantity,
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
        reasons
    from reasoned
)

select * from records

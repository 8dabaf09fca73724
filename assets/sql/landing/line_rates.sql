-- One row per usable line in another currency than the business's, of the files in force: the rate of its order's
-- date, or why it cannot be converted.
-- Reads: landed_transactions, landed_counts, file_register, configured_sources, exchange_rates, __outcomes__ (the rows
-- of row_outcomes, with or without those that this file tells of).
-- An order is dated by its first sold line; a refund or a line without one, or before it, by itself. So no line needs a
-- rate of a day after its own, and an order that was converted is refunded at the same rate.
with foreign_contents as (
    select distinct content_no
    from landed_counts
    where is_usable and currency <> $base_currency
),

in_force as (
    select register.content_no, register.source, sources.order_source
    from file_register as register
    join configured_sources as sources on sources.source = register.source
    where register.status = 'loaded'
),

not_counted as (
    select content_no, line_number
    from __outcomes__
    where outcome in ('duplicate', 'superseded', 'conflict')
),

foreign_lines as (
    select
        landed.content_no,
        landed.line_number,
        in_force.source,
        in_force.order_source,
        landed.order_hash,
        case when landed.kind = 'refund' then coalesce(landed.refund_of, landed.order_id) else landed.order_id end
            as order_id,
        cast(landed.ordered_at as date) as ordered_on,
        landed.currency,
        landed.kind,
        landed.unit_price,
        landed.raw_amount,
        landed.refunded
    from landed_transactions as landed
    join in_force using (content_no)
    semi join foreign_contents using (content_no)
    anti join not_counted using (content_no, line_number)
    where landed.identity is not null and landed.currency <> $base_currency
),

order_dates as (
    select in_force.order_source, landed.order_id, min(cast(landed.ordered_at as date)) as first_sold_on
    from landed_transactions as landed
    join in_force using (content_no)
    semi join foreign_lines using (order_hash)
    anti join not_counted using (content_no, line_number)
    where landed.kind = 'sold'
    group by all
),

dated as (
    select
        foreign_lines.*,
        case when order_dates.first_sold_on < ordered_on then order_dates.first_sold_on else ordered_on end as priced_on
    from foreign_lines
    left join order_dates using (order_source, order_id)
),

-- What is worth that much once converted was never a price, and sums of it fit no published table.
judged as (
    select
        dated.content_no,
        dated.line_number,
        dated.source,
        dated.currency,
        dated.kind,
        dated.raw_amount,
        dated.ordered_on,
        rates.rate,
        case
            when rates.rate is null then 'missing_exchange_rate'
            when greatest(abs(dated.raw_amount::double), dated.refunded::double) * rates.rate::double >= 1e13
                or abs(dated.unit_price::double) * rates.rate::double >= 1e11
                then 'value_too_large'
        end as outcome
    from dated
    left join exchange_rates as rates on rates.currency = dated.currency and rates.valid_on = dated.priced_on
)

select * from judged

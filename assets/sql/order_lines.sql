-- One row per clean order line dated up to as_of, of the files in contents_tonight; one more, a refund on its own day,
-- where money of a sold line was paid back (`refunded`).
-- Reads: landed_transactions, contents_tonight, row_outcomes, order_accounts, line_rates, customer_identities.
-- A refund naming the order it belongs to counts there; every line of an order has the order's customer (order_accounts
-- has the lines whose own account is another). Money of another currency is converted at the rate in line_rates and
-- rounded half up; twenty digits before the point leave both engines eight behind it.
with as_landed as (
    select
        landed.content_no,
        landed.order_hash as order_no,
        contents.source,
        contents.file,
        contents.content,
        landed.line_number,
        case when landed.kind = 'refund' then coalesce(landed.refund_of, landed.order_id) else landed.order_id end
            as order_id,
        landed.line_id,
        landed.ordered_at,
        cast(landed.ordered_at as date) as ordered_on,
        coalesce(order_accounts.account_id, landed.customer_id) as account_id,
        landed.product_id,
        landed.product_name,
        landed.category,
        landed.kind,
        landed.quantity,
        landed.unit_price,
        landed.amount,
        landed.discount,
        landed.currency,
        line_rates.rate,
        landed.channel,
        landed.region,
        landed.status,
        contents.loaded_at,
        false as is_repayment
    from landed_transactions as landed
    join contents_tonight as contents on contents.content_no = landed.content_no
    anti join row_outcomes as outcomes
        on outcomes.content_no = landed.content_no and outcomes.line_number = landed.line_number
    left join order_accounts
        on order_accounts.content_no = landed.content_no and order_accounts.line_number = landed.line_number
    left join line_rates
        on line_rates.content_no = landed.content_no and line_rates.line_number = landed.line_number
    where landed.order_hash is not null
        and cast(landed.ordered_at as date) <= cast($as_of as date)
),

-- Read on its own: hardly any line has one, and to look for them among all the cleaned lines costs more.
paid_back as (
    select
        landed.content_no,
        landed.order_hash as order_no,
        contents.source,
        contents.file,
        contents.content,
        landed.line_number,
        landed.order_id,
        landed.line_id,
        coalesce(landed.refunded_at, landed.ordered_at) as ordered_at,
        cast(coalesce(landed.refunded_at, landed.ordered_at) as date) as ordered_on,
        coalesce(order_accounts.account_id, landed.customer_id) as account_id,
        landed.product_id,
        landed.product_name,
        landed.category,
        'refund' as kind,
        cast(0 as decimal(18, 4)) as quantity,
        cast(null as decimal(18, 6)) as unit_price,
        -landed.refunded as amount,
        cast(null as decimal(38, 8)) as discount,
        landed.currency,
        line_rates.rate,
        landed.channel,
        landed.region,
        landed.status,
        contents.loaded_at,
        true as is_repayment
    from landed_transactions as landed
    join contents_tonight as contents on contents.content_no = landed.content_no
    anti join row_outcomes as outcomes
        on outcomes.content_no = landed.content_no and outcomes.line_number = landed.line_number
    left join order_accounts
        on order_accounts.content_no = landed.content_no and order_accounts.line_number = landed.line_number
    left join line_rates
        on line_rates.content_no = landed.content_no and line_rates.line_number = landed.line_number
    where landed.refunded is not null
        and landed.order_hash is not null
        and cast(landed.ordered_at as date) <= cast($as_of as date)
        and cast(coalesce(landed.refunded_at, landed.ordered_at) as date) <= cast($as_of as date)
),

accepted as (
    select * from as_landed
    union all
    select * from paid_back
),

with_customer as (
    select
        accepted.content_no,
        accepted.order_no,
        accepted.source,
        accepted.file,
        accepted.content,
        accepted.line_number,
        accepted.order_id,
        accepted.line_id,
        accepted.ordered_at,
        accepted.ordered_on,
        coalesce(identities.customer_id, accepted.account_id) as customer_id,
        accepted.account_id,
        accepted.product_id,
        accepted.product_name,
        accepted.category,
        accepted.kind,
        accepted.quantity,
        case
            when accepted.rate is null then accepted.unit_price
            else cast(accepted.unit_price * accepted.rate as decimal(18, 6))
        end as unit_price,
        case
            when accepted.rate is null then accepted.amount
            else cast(cast(accepted.amount as decimal(28, 8)) * accepted.rate as decimal(38, 8))
        end as amount,
        case
            when accepted.rate is null then accepted.discount
            else cast(cast(accepted.discount as decimal(28, 8)) * accepted.rate as decimal(38, 8))
        end as discount,
        accepted.currency,
        accepted.rate,
        case when accepted.rate is not null then accepted.amount end as amount_original,
        accepted.channel,
        accepted.region,
        accepted.status,
        accepted.loaded_at,
        accepted.is_repayment
    from accepted
    left join customer_identities as identities on identities.account_id = accepted.account_id
)

select * from with_customer

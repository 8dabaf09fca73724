-- Grain: grain x period (month, quarter, year) with a flow of nobody known. Inputs: order_flows, calendar.
-- What an order of nobody known brought on a day, in whatever files, is one unit in the intervals of rates of money: how
-- many there are, and the sums of squares and products of what each brought, to the cent. Of 38 digits DuckDB rounds a
-- thirtieth as many a second as of 18, which hold nearly every sum, but not its square.
with order_days as (
    select
        day,
        coalesce(sum(gross_value), 0) as gross_value,
        coalesce(sum(discount_value), 0) as discount_value,
        coalesce(sum(refund_value), 0) as refund_value
    from order_flows
    where customer_id is null and lines > 0
    group by order_no, day
),

rounded as (
    select
        day,
        case
            when gross_value between -1000000000 and 1000000000
                then cast(cast(gross_value as decimal(18, 8)) as decimal(18, 2))
            else cast(gross_value as decimal(38, 2))
        end as gross,
        case
            when discount_value between -1000000000 and 1000000000
                then cast(cast(discount_value as decimal(18, 8)) as decimal(18, 2))
            else cast(discount_value as decimal(38, 2))
        end as discount,
        case
            when refund_value between -1000000000 and 1000000000
                then cast(cast(refund_value as decimal(18, 8)) as decimal(18, 2))
            else cast(refund_value as decimal(38, 2))
        end as refund
    from order_days
),

nobody as (
    select
        day,
        cast(count(*) as bigint) as units,
        cast(sum(gross * gross) as decimal(38, 4)) as gross_squares,
        cast(sum(discount * discount) as decimal(38, 4)) as discount_squares,
        cast(sum(gross * discount) as decimal(38, 4)) as gross_discounts,
        cast(sum(refund * refund) as decimal(38, 4)) as refund_squares,
        cast(sum((gross - discount) * refund) as decimal(38, 4)) as sold_refunds
    from rounded
    group by day
),

squares as (
    select
        calendar.grain,
        calendar.period_start,
        cast(sum(nobody.units) as bigint) as units,
        cast(sum(nobody.gross_squares) as decimal(38, 4)) as gross_squares,
        cast(sum(nobody.discount_squares) as decimal(38, 4)) as discount_squares,
        cast(sum(nobody.gross_discounts) as decimal(38, 4)) as gross_discounts,
        cast(sum(nobody.refund_squares) as decimal(38, 4)) as refund_squares,
        cast(sum(nobody.sold_refunds) as decimal(38, 4)) as sold_refunds
    from nobody
    inner join calendar on nobody.day = calendar.day
    where calendar.grain in ('month', 'quarter', 'year')
    group by calendar.grain, calendar.period_start
)

select * from squares

-- Grain: grain x period (month, quarter, year) with a flow of nobody known. Inputs: sales_cells, calendar.
-- How many such flows there are, and the sums of squares and products of what each brought, for the whole only.
with nobody as (
    select
        day,
        cast(sum(nobody_flows) as bigint) as units,
        cast(sum(nobody_gross_squares) as decimal(38, 4)) as gross_squares,
        cast(sum(nobody_discount_squares) as decimal(38, 4)) as discount_squares,
        cast(sum(nobody_gross_discounts) as decimal(38, 4)) as gross_discounts,
        cast(sum(nobody_refund_squares) as decimal(38, 4)) as refund_squares,
        cast(sum(nobody_sold_refunds) as decimal(38, 4)) as sold_refunds
    from sales_cells
    where nobody_flows > 0
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

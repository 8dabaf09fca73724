-- One row per source with at least 1,000 sold lines in the year up to as_of: the size that one sold line in a thousand
-- exceeds, for quantity and unit price.
-- Reads: landed_transactions, file_register.
-- Counted in steps of a ninth (eight to a doubling): an exact quantile would hold every value in memory.
with sold as (
    select register.source, landed.quantity, landed.unit_price
    from landed_transactions as landed
    join file_register as register on register.content_no = landed.content_no and register.status = 'loaded'
    where landed.reasons is null
        and landed.kind = 'sold'
        and landed.ordered_at >= cast($as_of as date) - 365
        and landed.ordered_at < cast($as_of as date) + 1
),

steps as (
    select source, 'quantity' as field, ceil(8 * log2(quantity)) as step, count(*) as lines
    from sold
    where quantity > 0
    group by all
    union all
    select source, 'unit_price', ceil(8 * log2(unit_price)), count(*)
    from sold
    where unit_price > 0
    group by all
),

ranked as (
    select
        *,
        sum(lines) over (partition by source, field order by step) as lines_up_to,
        sum(lines) over (partition by source, field) as all_lines
    from steps
),

ranges as (
    select
        source,
        min(pow(2, step / 8)) filter (where field = 'quantity') as quantity,
        min(pow(2, step / 8)) filter (where field = 'unit_price') as unit_price
    from ranked
    where all_lines >= 1000 and lines_up_to >= 0.999 * all_lines
    group by source
)

select * from ranges

-- Grain: counted thing (customers, customer months, cells). Inputs: retention_cohorts, orders (valid at as_of).
-- The cohorts hold every customer with a valid order once, every month a customer ordered in once, and a cohort has
-- one size in all its periods.
with customer_months as (
    select
        customer_id,
        extract(year from ordered_on) as year,
        extract(month from ordered_on) as month
    from orders
    where customer_id is not null and valid_from is not null and voided_on is null
    group by customer_id, extract(year from ordered_on), extract(month from ordered_on)
),

facts as (
    select
        cast(count(distinct customer_id) as bigint) as customers,
        cast(count(*) as bigint) as customer_months
    from customer_months
),

sizes as (
    select
        cohort_month,
        cohort_size
    from retention_cohorts
    where period = 0
),

cells as (
    select
        cast(count(*) as bigint) as cells,
        cast(coalesce(sum(retention_cohorts.active), 0) as bigint) as active,
        cast(
            coalesce(sum(case when retention_cohorts.cohort_size = sizes.cohort_size then 1 else 0 end), 0)
            as bigint
        ) as same_size
    from retention_cohorts
    left join sizes on retention_cohorts.cohort_month = sizes.cohort_month
),

listed as (
    select cast(coalesce(sum(cohort_size), 0) as bigint) as customers
    from sizes
),

counts as (
    select 'customers' as counted, facts.customers as left_side, listed.customers as right_side, facts.customers as n
    from facts
    cross join listed
    union all
    select
        'customer_months' as counted,
        facts.customer_months as left_side,
        cells.active as right_side,
        facts.customer_months as n
    from facts
    cross join cells
    union all
    select 'cells' as counted, cells.cells as left_side, cells.same_size as right_side, cells.cells as n
    from cells
)

select * from counts

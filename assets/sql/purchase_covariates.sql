-- Grain: one row per origin and customer in purchase_histories. Inputs: purchase_histories, orders, customers.
-- $by_channel, $by_region, $by_acquisition: 1 where the covariate is configured, else 0 and the column is NULL;
-- $least_repeat_buyers, $most_levels: see models.purchase_covariates.
-- What a row knows: the first order valid at the origin; the acquisition channel of who is known by then.
-- A value keeps its name where enough customers who came back by the origin have it, and it is among the most frequent.
-- All other values and missing ones are the level '(other)' where they are enough together; else they count with the
-- most frequent level.
with chosen as (
    select
        origin,
        customer_id,
        age_days,
        case when repeats > 0 then 1 else 0 end as has_repeated
    from purchase_histories
),

ranked_orders as (
    select
        chosen.origin,
        chosen.customer_id,
        orders.channel,
        orders.region,
        row_number() over (
            partition by chosen.origin, chosen.customer_id order by orders.ordered_at, orders.source, orders.order_id
        ) as place
    from chosen
    inner join orders
        on chosen.customer_id = orders.customer_id
        and date_diff('day', orders.ordered_on, chosen.origin) = chosen.age_days
    where orders.valid_from <= chosen.origin and (orders.voided_on is null or orders.voided_on > chosen.origin)
),

described as (
    select
        chosen.origin,
        chosen.customer_id,
        chosen.has_repeated,
        case when $by_channel = 1 then coalesce(ranked_orders.channel, '') end as channel,
        case when $by_region = 1 then coalesce(ranked_orders.region, '') end as region,
        case
            when $by_acquisition = 1
                then coalesce(
                    case when customers.known_since <= chosen.origin then customers.acquisition_channel end, ''
                )
        end as acquisition
    from chosen
    left join ranked_orders
        on chosen.origin = ranked_orders.origin
        and chosen.customer_id = ranked_orders.customer_id
        and ranked_orders.place = 1
    left join customers on chosen.customer_id = customers.customer_id
),

counted as (
    select origin, 1 as covariate, channel as said, count(*) as customers, sum(has_repeated) as repeat_buyers
    from described where channel is not null group by origin, channel
    union all
    select origin, 2 as covariate, region as said, count(*) as customers, sum(has_repeated) as repeat_buyers
    from described where region is not null group by origin, region
    union all
    select origin, 3 as covariate, acquisition as said, count(*) as customers, sum(has_repeated) as repeat_buyers
    from described where acquisition is not null group by origin, acquisition
),

-- Missing values last, whatever there are of them.
placed as (
    select
        origin,
        covariate,
        said,
        repeat_buyers,
        row_number() over (
            partition by origin, covariate
            order by case when said = '' then 1 else 0 end, customers desc, said
        ) as place
    from counted
),

named as (
    select
        origin,
        covariate,
        said,
        place,
        case
            when said <> '' and repeat_buyers >= $least_repeat_buyers and place <= $most_levels then said
        end as own_level,
        repeat_buyers
    from placed
),

-- What the values without a level of their own become.
others as (
    select
        origin,
        covariate,
        case
            when sum(case when own_level is null then repeat_buyers else 0 end) >= $least_repeat_buyers
                or min(case when own_level is not null then place end) is null then '(other)'
        end as level,
        min(case when own_level is not null then place end) as place_of_reference
    from named
    group by origin, covariate
),

levels as (
    select
        named.origin,
        named.covariate,
        named.said,
        coalesce(named.own_level, others.level, reference.own_level) as level
    from named
    inner join others on named.origin = others.origin and named.covariate = others.covariate
    left join named as reference
        on others.origin = reference.origin
        and others.covariate = reference.covariate
        and others.place_of_reference = reference.place
),

covariates as (
    select
        described.origin,
        described.customer_id,
        channels.level as first_order_channel,
        regions.level as first_order_region,
        acquisitions.level as acquisition_channel
    from described
    left join levels as channels
        on described.origin = channels.origin and channels.covariate = 1 and described.channel = channels.said
    left join levels as regions
        on described.origin = regions.origin and regions.covariate = 2 and described.region = regions.said
    left join levels as acquisitions
        on described.origin = acquisitions.origin
        and acquisitions.covariate = 3
        and described.acquisition = acquisitions.said
)

select * from covariates

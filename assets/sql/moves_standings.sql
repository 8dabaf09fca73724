-- Grain: facts x customer with a flow. Inputs: moves_order_days, moves_flows, orders.
-- What segments, stages and tiers are made of, in windows that end on the predecessor's date (`_then`) and tonight.
-- `returned_on` is the latest day that ended a gap above the held T2 ($lost_days), `returned_on_tonight` above tonight's.
-- Money is exact.
with ordering as (
    select
        facts,
        customer_id,
        cast(sum(orders) as bigint) as orders,
        max(ordered_on) as last_order_on,
        max(case when gap_days > $lost_days then ordered_on end) as returned_on,
        max(case when gap_days > $lost_days_tonight then ordered_on end) as returned_on_tonight,
        cast(
            sum(case when date_diff('day', ordered_on, cast($previous_as_of as date)) < $window_days then orders else 0 end)
            as bigint
        ) as frequency_then,
        cast(
            sum(case when date_diff('day', ordered_on, cast($as_of as date)) < $window_days then orders else 0 end)
            as bigint
        ) as frequency
    from moves_order_days
    group by facts, customer_id
),

flowing as (
    select
        facts,
        customer_id,
        sum(case when date_diff('day', day, cast($previous_as_of as date)) < $window_days then net_value end)
            as monetary_then,
        sum(case when date_diff('day', day, cast($as_of as date)) < $window_days then net_value end) as monetary,
        max(case when date_diff('day', day, cast($previous_as_of as date)) < $window_days then 1 else 0 end)
            as has_window_then,
        max(case when date_diff('day', day, cast($as_of as date)) < $window_days then 1 else 0 end) as has_window,
        min(day) as first_flow_on,
        max(case when day > cast($previous_as_of as date) then 1 else 0 end) as has_flows_since,
        max(case when day > cast($previous_as_of as date) and sold_lines > 0 then 1 else 0 end) as has_sales_since
    from moves_flows
    group by facts, customer_id
),

money as (
    select count(net_value) > 0 as is_known
    from orders
),

standings as (
    select
        flowing.facts,
        flowing.customer_id,
        coalesce(ordering.orders, 0) as orders,
        ordering.last_order_on,
        ordering.returned_on,
        ordering.returned_on_tonight,
        coalesce(ordering.frequency_then, 0) as frequency_then,
        coalesce(ordering.frequency, 0) as frequency,
        cast(
            case when money.is_known and flowing.has_window_then = 0 then 0 else flowing.monetary_then end
            as decimal(38, 8)
        ) as monetary_then,
        cast(
            case when money.is_known and flowing.has_window = 0 then 0 else flowing.monetary end
            as decimal(38, 8)
        ) as monetary,
        flowing.first_flow_on,
        flowing.has_flows_since > 0 as has_flows_since,
        flowing.has_sales_since > 0 as has_sales_since
    from flowing
    cross join money
    left join ordering on flowing.facts = ordering.facts and flowing.customer_id = ordering.customer_id
)

select * from standings

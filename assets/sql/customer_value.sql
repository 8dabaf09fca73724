-- Grain: customer with a valid order at $as_of. Inputs: purchase_histories, history_scores.
-- A customer's own value enters as what the orders so far came to, where that is positive; it moves the value of an order
-- and the unit of the interval's ends linearly (assets.value.history_scores has the slopes).
with histories as (
    select
        customer_id,
        repeats,
        recency_days,
        age_days,
        cast(greatest(value, 0) as double) as so_far
    from purchase_histories
    where origin = cast($as_of as date)
),

scored as (
    select
        histories.customer_id,
        history_scores.expected_orders,
        history_scores.discounted_orders,
        history_scores.low,
        history_scores.high,
        history_scores.probability_alive,
        history_scores.probability_none,
        history_scores.next_order_on,
        history_scores.next_order_from,
        history_scores.next_order_until,
        history_scores.order_value_from + history_scores.order_value_by * histories.so_far as order_value,
        history_scores.scale_from + history_scores.scale_by * histories.so_far as scale
    from histories
    inner join history_scores
        on histories.repeats = history_scores.repeats
        and histories.recency_days = history_scores.recency_days
        and histories.age_days = history_scores.age_days
),

priced as (
    select
        customer_id,
        expected_orders,
        order_value,
        discounted_orders * order_value as clv,
        low * scale as low,
        high * scale as high,
        probability_alive,
        probability_none,
        next_order_on,
        next_order_from,
        next_order_until
    from scored
),

valued as (
    select
        customer_id,
        cast($as_of as date) as as_of,
        cast($horizon_days as integer) as horizon_days,
        expected_orders,
        order_value as expected_order_value,
        clv,
        least(low, clv) as clv_low,
        greatest(high, clv) as clv_high,
        probability_alive,
        cast($model as varchar) as model,
        probability_none,
        next_order_on,
        next_order_from,
        next_order_until,
        cast($annual_discount_rate as double) as annual_discount_rate,
        cast($model_version as varchar) as model_version,
        cast($model_reason as varchar) as model_reason
    from priced
)

select * from valued

-- Grain: known customer. Inputs: customers, trait_histories, rfm_segments, churn_features (origin $as_of).
-- What a customer's traits rest on: the orders of all time, those of the window, and the sold lines of the window that
-- name a category, as the churn features count them.
with trait_figures as (
    select
        customers.customer_id,
        customers.age,
        coalesce(trait_histories.orders, 0) as orders,
        coalesce(rfm_segments.frequency, 0) as orders_window,
        cast(churn_features.category_lines_window as bigint) as category_lines,
        cast(churn_features.top_category_lines_window as bigint) as top_category_lines,
        trait_histories.first_order_on,
        trait_histories.first_order_value,
        trait_histories.gaps,
        trait_histories.gap_sum,
        trait_histories.gap_sum_of_squares,
        trait_histories.median_gap_days,
        trait_histories.last_gap_days,
        coalesce(trait_histories.discounted_orders, 0) as discounted_orders
    from customers
    left join trait_histories on trait_histories.customer_id = customers.customer_id
    left join rfm_segments on rfm_segments.customer_id = customers.customer_id
    left join churn_features
        on churn_features.customer_id = customers.customer_id and churn_features.origin = cast($as_of as date)
)

select * from trait_figures

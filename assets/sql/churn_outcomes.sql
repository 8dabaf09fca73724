-- Grain: one row per customer whose published score is due and who is still known by that id.
-- Inputs: published_scores (a release's), orders, customers. $predicted_on, $due_on.
-- churned: no valid order in ($predicted_on, $due_on], judged as of $due_on: a later refund does not unmake a purchase.
with buyers as (
    select distinct customer_id
    from orders
    where ordered_on > cast($predicted_on as date)
        and ordered_on <= cast($due_on as date)
        and valid_from <= cast($due_on as date)
        and (voided_on is null or voided_on > cast($due_on as date))
),

outcomes as (
    select
        published_scores.customer_id,
        published_scores.churn_risk,
        published_scores.baseline_risk,
        buyers.customer_id is null as churned
    from published_scores
    inner join customers on customers.customer_id = published_scores.customer_id
    left join buyers on buyers.customer_id = published_scores.customer_id
)

select * from outcomes

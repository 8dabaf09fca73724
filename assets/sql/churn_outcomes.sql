-- Grain: one row per published score that is due and whose customer is still known, under whatever id.
-- Inputs: published_scores (a release's), customer_identities, orders, customers. $predicted_on, $due_on.
-- churned: no valid order in ($predicted_on, $due_on], judged as of $due_on: a later refund does not unmake a purchase.
-- Of accounts that are one customer by now each one's score is held to what that customer did.
with scored as (
    select
        published_scores.customer_id as scored_as,
        published_scores.churn_risk,
        published_scores.baseline_risk,
        coalesce(customer_identities.customer_id, published_scores.customer_id) as customer_id
    from published_scores
    left join customer_identities on customer_identities.account_id = published_scores.customer_id
),

buyers as (
    select distinct customer_id
    from orders
    where ordered_on > cast($predicted_on as date)
        and ordered_on <= cast($due_on as date)
        and valid_from <= cast($due_on as date)
        and (voided_on is null or voided_on > cast($due_on as date))
),

outcomes as (
    select
        scored.scored_as as customer_id,
        scored.churn_risk,
        scored.baseline_risk,
        buyers.customer_id is null as churned
    from scored
    inner join customers on customers.customer_id = scored.customer_id
    left join buyers on buyers.customer_id = scored.customer_id
)

select * from outcomes

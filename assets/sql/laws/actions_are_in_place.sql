-- Grain: one row per action. Inputs: action_list, rfm_segments, lifecycle_stages, value_tiers, churn_scores.
-- Whoever is listed stands tonight in the segment, stage, tier or band of the action, with the risk that is listed.
with places as (
    select 'rfm' as kind, customer_id, segment from rfm_segments
    union all
    select 'stage' as kind, customer_id, stage as segment from lifecycle_stages
    union all
    select 'tier' as kind, customer_id, tier as segment from value_tiers
    union all
    select 'risk_band' as kind, customer_id, risk_band as segment from churn_scores
),

listed as (
    select
        action_list.action,
        cast(count(*) as bigint) as left_side,
        cast(
            count(
                case
                    when coalesce(churn_scores.churn_risk, -1) = coalesce(action_list.churn_risk, -1)
                        then places.customer_id
                end
            ) as bigint
        ) as right_side,
        cast(count(*) as bigint) as n
    from action_list
    left join places
        on places.customer_id = action_list.customer_id
        and places.kind = action_list.kind
        and places.segment = action_list.segment
    left join churn_scores on churn_scores.customer_id = action_list.customer_id
    group by action_list.action
)

select * from listed

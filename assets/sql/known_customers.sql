-- One row per customer known by as_of: named by a customer file, an order line or a survey answer.
-- Reads: customer_rows, survey_rows and account_flows (those of landed_customers, landed_surveys and order_flows that
-- belong to the customers who are to be put together), row_outcomes, file_register, customer_identities,
-- customer_orders.
-- Of a customer of several rows or accounts each attribute is that of the latest row that fills it (updated_at, else
-- acquired_at; then the source's name, the later file), the acquisition channel that of the account acquired first; of
-- two equally late words on consent the refusal counts.
with filed as (
    select
        landed.customer_id as account_id,
        coalesce(identities.customer_id, landed.customer_id) as customer_id,
        cast(landed.acquired_at as date) as acquired_on,
        greatest(landed.updated_at, landed.acquired_at) as filed_at,
        landed.birth_date,
        landed.age,
        landed.gender,
        landed.region,
        landed.occupation,
        landed.customer_type,
        landed.acquisition_channel,
        landed.consent,
        register.source,
        register.natural_key,
        landed.line_number
    from customer_rows as landed
    join file_register as register on register.content_no = landed.content_no
    left join customer_identities as identities on identities.account_id = landed.customer_id
    anti join row_outcomes as outcomes
        on outcomes.content_no = landed.content_no and outcomes.line_number = landed.line_number
    where landed.reasons is null
        and register.status = 'loaded'
        and (landed.acquired_at is null or cast(landed.acquired_at as date) <= cast($as_of as date))
),

-- Most customers are filed once: only of the others the rows are put in order.
filed_again as (
    select customer_id
    from filed
    group by customer_id
    having count(*) > 1
),

ranked as (
    select
        filed.*,
        row_number() over (
            partition by customer_id
            order by
                case when filed_at is null then 1 else 0 end, filed_at desc,
                source, natural_key desc, line_number, account_id
        ) as place,
        row_number() over (
            partition by customer_id
            order by
                case when filed_at is null then 1 else 0 end, filed_at desc, case when consent then 1 else 0 end,
                source, natural_key desc, line_number, account_id
        ) as consent_place,
        row_number() over (
            partition by customer_id
            order by
                case when acquired_on is null then 1 else 0 end, acquired_on,
                source, natural_key desc, line_number, account_id
        ) as acquired_place
    from filed
    join filed_again using (customer_id)
),

places as (
    select
        customer_id,
        min(case when birth_date is not null then place end) as of_birth_date,
        min(case when age is not null then place end) as of_age,
        min(case when gender is not null then place end) as of_gender,
        min(case when region is not null then place end) as of_region,
        min(case when occupation is not null then place end) as of_occupation,
        min(case when customer_type is not null then place end) as of_customer_type,
        min(case when acquisition_channel is not null then acquired_place end) as of_acquisition_channel,
        min(case when consent is not null then consent_place end) as of_consent
    from ranked
    group by customer_id
),

put_together as (
    select
        ranked.customer_id,
        max(case when ranked.place = places.of_birth_date then ranked.birth_date end) as birth_date,
        max(case when ranked.place = places.of_age then ranked.age end) as age,
        max(case when ranked.place = places.of_gender then ranked.gender end) as gender,
        max(case when ranked.place = places.of_region then ranked.region end) as region,
        max(case when ranked.place = places.of_occupation then ranked.occupation end) as occupation,
        max(case when ranked.place = places.of_customer_type then ranked.customer_type end) as customer_type,
        max(case when ranked.acquired_place = places.of_acquisition_channel then ranked.acquisition_channel end)
            as acquisition_channel,
        max(case when ranked.consent_place = places.of_consent then ranked.consent end) as consent
    from ranked
    join places on places.customer_id = ranked.customer_id
    group by ranked.customer_id
),

filed_once as (
    select * from put_together
    union all
    select
        filed.customer_id, filed.birth_date, filed.age, filed.gender, filed.region, filed.occupation,
        filed.customer_type, filed.acquisition_channel, filed.consent
    from filed
    anti join filed_again on filed_again.customer_id = filed.customer_id
),

-- An account filed again every night is known since the first of these files.
first_loads as (
    select landed.customer_id as account_id, min(register.loaded_on) as first_loaded_on
    from customer_rows as landed
    join file_register as register on register.content_no = landed.content_no
    where landed.reasons is null
    group by landed.customer_id
),

acquisitions as (
    select
        filed.account_id,
        min(filed.customer_id) as customer_id,
        min(filed.acquired_on) as acquired_on,
        min(first_loads.first_loaded_on) as loaded_on
    from filed
    join first_loads on first_loads.account_id = filed.account_id
    group by filed.account_id
),

events as (
    select account_id, customer_id, day
    from account_flows
    where customer_id is not null
    union all
    select
        landed.customer_id as account_id,
        coalesce(identities.customer_id, landed.customer_id) as customer_id,
        cast(landed.responded_at as date) as day
    from survey_rows as landed
    join file_register as register on register.content_no = landed.content_no
    left join customer_identities as identities on identities.account_id = landed.customer_id
    anti join row_outcomes as outcomes
        on outcomes.content_no = landed.content_no and outcomes.line_number = landed.line_number
    where landed.reasons is null
        and register.status = 'loaded'
        and landed.customer_id is not null
        and cast(landed.responded_at as date) <= cast($as_of as date)
),

first_events as (
    select account_id, min(customer_id) as customer_id, min(day) as first_event_on
    from events
    group by account_id
),

accounts_known as (
    select
        coalesce(acquisitions.customer_id, first_events.customer_id) as customer_id,
        coalesce(acquisitions.acquired_on, first_events.first_event_on) as dated_since,
        case
            when acquisitions.acquired_on is null and first_events.first_event_on is null then acquisitions.loaded_on
        end as loaded_since
    from acquisitions
    full outer join first_events on first_events.account_id = acquisitions.account_id
),

known as (
    select
        customer_id,
        min(dated_since) as dated_since,
        min(loaded_since) as loaded_since
    from accounts_known
    group by customer_id
),

known_customers as (
    select
        known.customer_id,
        known.dated_since,
        known.loaded_since,
        filed_once.birth_date,
        filed_once.age as filed_age,
        filed_once.gender,
        coalesce(customer_orders.region, filed_once.region) as region,
        customer_orders.channel,
        filed_once.occupation,
        filed_once.customer_type,
        filed_once.acquisition_channel,
        filed_once.consent
    from known
    left join filed_once on filed_once.customer_id = known.customer_id
    left join customer_orders on customer_orders.customer_id = known.customer_id
)

select * from known_customers

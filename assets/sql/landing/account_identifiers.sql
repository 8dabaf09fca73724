-- One row per account, kind and identifier its customer files hold tonight: whether the identifier may unite it.
-- Reads: landed_customers, row_outcomes, file_register, accounts, identifier_forms (raw value -> form), blocked_forms.
-- The identifier itself stays out: a number stands for it. It is the account's since the first row that gave it, any
-- version and any file: that row's updated_at or acquired_at; a row with neither says nothing, and then it is the
-- account's for as long as the account is known.
with versions as (
    select
        content_no,
        line_number,
        customer_id as account_id,
        email,
        phone,
        cast(greatest(updated_at, acquired_at) as date) as dated_on
    from landed_customers
    where reasons is null
        and (acquired_at is null or cast(acquired_at as date) <= cast($as_of as date))
),

filed as (
    select content_no, line_number, account_id, dated_on, 'email' as kind, email as raw from versions
    union all
    select content_no, line_number, account_id, dated_on, 'phone' as kind, phone as raw from versions
),

formed as (
    select
        filed.content_no,
        filed.line_number,
        filed.account_id,
        filed.kind,
        coalesce(forms.form, filed.raw) as identifier,
        forms.form is not null as is_usable,
        filed.dated_on,
        register.status = 'loaded' as is_in_force
    from filed
    join file_register as register on register.content_no = filed.content_no
    join identifier_forms as forms on forms.kind = filed.kind and forms.raw = filed.raw
    where list_contains($kinds, filed.kind)
),

held as (
    select distinct formed.account_id, formed.kind, formed.identifier, formed.is_usable
    from formed
    anti join row_outcomes as outcomes
        on outcomes.content_no = formed.content_no and outcomes.line_number = formed.line_number
    where formed.is_in_force
),

first_given as (
    select account_id, kind, identifier, min(dated_on) as dated_on
    from formed
    group by account_id, kind, identifier
),

dated as (
    select
        held.account_id,
        held.kind,
        held.identifier,
        held.is_usable,
        coalesce(first_given.dated_on, accounts.known_on) as since
    from held
    join first_given using (account_id, kind, identifier)
    join accounts on accounts.account_id = held.account_id
),

tonight as (
    select * from dated where since is null or since <= cast($as_of as date)
),

counted as (
    select
        *,
        dense_rank() over (order by kind, identifier) as identifier_no,
        count(*) over (partition by kind, identifier) as accounts
    from tonight
),

judged as (
    select
        account_id,
        kind,
        identifier_no,
        case
            when not is_usable then 'unusable'
            when identifier in (select form from blocked_forms)
                or '@' || split_part(identifier, '@', 2) in (select form from blocked_forms) then 'blocked'
            when accounts > $most_accounts then 'shared_too_widely'
            when accounts > 1 then 'shared'
            else 'own'
        end as fate,
        since
    from counted
)

select * from judged

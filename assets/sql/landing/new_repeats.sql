-- One row per identity that more than one row of __landed__ has, and that was not known to.
-- Reads: __landed__, landed_repeats. Only whole numbers are looked at.
with repeats as (
    select identity
    from __landed__
    __among_new__
    where identity % $parts::ubigint = $part::ubigint
    group by identity
    having count(*) > 1
),

unknown as (
    select identity
    from repeats
    anti join landed_repeats using (identity)
)

select * from unknown

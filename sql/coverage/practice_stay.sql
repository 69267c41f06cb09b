-- One row per person and stay at a practice.
-- Registration periods without overlaps: where two overlap, the earlier one ends on the day before the later begins,
-- so that a record without a practice belongs to one practice and a person is counted once.
with registration as (
    select
        person_id,
        practice_code,
        registered_from,
        coalesce(registered_to, date '9999-12-31') as registered_to
    from register.registration
),

followed as (
    select
        registration.*,
        lead(registration.registered_from) over (
            partition by registration.person_id
            order by registration.registered_from, registration.registered_to, registration.practice_code
        ) as next_from
    from registration
)

select
    person_id,
    practice_code,
    registered_from,
    case
        when next_from <= registered_to then cast(next_from - interval 1 day as date)
        else registered_to
    end as registered_to
from followed
where
    registered_to >= registered_from
    and (next_from is null or next_from > registered_from)

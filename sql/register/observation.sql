-- One row per index date and person who is registered and alive on that date, the date of the last run included.
-- Several registrations: latest start, then longest, then lowest practice code (the OpenSAFELY rule).
-- Registered at a practice that had ended by the date: counts at its successor, and succeeded_from names it.
-- A person is alive until the day of register.death.
with index_date as (
    select distinct index_date from meta.index_date
),

candidate as (
    select
        index_date.index_date,
        person.person_id,
        registration.practice_code,
        registration.registered_from,
        registration.registered_to,
        person.birth_date,
        row_number() over (
            partition by index_date.index_date, person.person_id
            order by
                registration.registered_from desc,
                coalesce(registration.registered_to, date '9999-12-31') desc,
                registration.practice_code
        ) as preference
    from index_date
    inner join register.registration as registration
        on
            registration.registered_from <= index_date.index_date
            and coalesce(registration.registered_to, date '9999-12-31') >= index_date.index_date
    inner join staging.person as person on person.person_id = registration.person_id
    left join register.death as death on death.person_id = person.person_id
    where
        person.birth_date <= index_date.index_date
        and coalesce(death.death_date, date '9999-12-31') > index_date.index_date
)

select
    candidate.index_date,
    candidate.person_id,
    coalesce(succession.successor_code, candidate.practice_code) as practice_code,
    case when succession.successor_code is not null then candidate.practice_code end as succeeded_from,
    cast(
        extract(year from candidate.index_date) - extract(year from candidate.birth_date)
        - case
            when
                extract(month from candidate.index_date) * 100 + extract(day from candidate.index_date)
                < extract(month from candidate.birth_date) * 100 + extract(day from candidate.birth_date)
                then 1
            else 0
        end as integer
    ) as age_years,
    candidate.birth_date,
    candidate.registered_from,
    candidate.registered_to
from candidate
left join register.succession as succession
    on
        succession.code = candidate.practice_code
        and succession.organisation_type = 'practice'
        and candidate.index_date between succession.effective_from
        and coalesce(succession.effective_to, date '9999-12-31')
where candidate.preference = 1

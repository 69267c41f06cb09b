-- One row per index date and person who is registered and alive on that date: every denominator.
-- Several registrations: latest start, then longest, then lowest practice code (the OpenSAFELY rule).
-- A person is alive until the earlier of the two death dates that the feeds give.
with death as (
    select
        person_id,
        min(death_date) as death_date
    from (
        select
            person_id,
            death_date
        from staging.death
        union all
        select
            person_id,
            death_date
        from staging.person where death_date is not null
    )
    group by person_id
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
    from meta.index_date as index_date
    inner join register.registration as registration
        on
            registration.registered_from <= index_date.index_date
            and coalesce(registration.registered_to, date '9999-12-31') >= index_date.index_date
    inner join staging.person as person on person.person_id = registration.person_id
    left join death on death.person_id = person.person_id
    where
        person.birth_date <= index_date.index_date
        and coalesce(death.death_date, date '9999-12-31') > index_date.index_date
)

select
    index_date,
    person_id,
    practice_code,
    cast(
        extract(year from index_date) - extract(year from birth_date)
        - case
            when
                extract(month from index_date) * 100 + extract(day from index_date)
                < extract(month from birth_date) * 100 + extract(day from birth_date)
                then 1
            else 0
        end as integer
    ) as age_years,
    birth_date,
    registered_from,
    registered_to
from candidate
where preference = 1

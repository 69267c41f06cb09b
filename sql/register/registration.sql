-- One row per person and registration period.
-- From the registration table; for persons without a row there, from the person table.
with registration as (
    select
        person_id,
        practice_code,
        registered_from,
        registered_to
    from staging.registration
),

on_person as (
    select
        person.person_id,
        coalesce(person.practice_code, 'not known') as practice_code,
        coalesce(person.registered_from, person.birth_date) as registered_from,
        person.registered_to
    from staging.person as person
    where
        not exists (select 1 from registration where registration.person_id = person.person_id)
        and (person.practice_code is not null or not exists (select 1 from registration))
)

select * from registration
union all
select * from on_person

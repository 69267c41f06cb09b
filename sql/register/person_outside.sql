-- One row per person of the person table who is not in the register, and why.
-- First reason that applies: not born, died, never registered, registered only later, registration ended.
with registration as (
    select
        person_id,
        min(registered_from) as first_registered
    from register.registration
    group by person_id
)

select
    person.person_id,
    case
        when person.birth_date > $index_date then 'not born on the index date'
        when death.death_date <= $index_date then 'died on or before the index date'
        when registration.person_id is null then 'no registration'
        when registration.first_registered > $index_date then 'registered after the index date'
        else 'registration ended before the index date'
    end as reason
from staging.person as person
left join register.death as death on death.person_id = person.person_id
left join registration on registration.person_id = person.person_id
where not exists (select 1 from register.person as inside where inside.person_id = person.person_id)

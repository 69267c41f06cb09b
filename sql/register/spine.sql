-- One row per index date and person who is registered and alive on that date: every denominator.
-- Without the date of the last run, on which only the register is looked at again (register.change).
select
    observation.index_date,
    observation.person_id,
    observation.practice_code,
    observation.succeeded_from,
    observation.age_years,
    observation.birth_date,
    observation.registered_from,
    observation.registered_to
from register.observation as observation
inner join (
    select distinct index_date from meta.index_date
    where role <> 'last_run'
) as described on described.index_date = observation.index_date

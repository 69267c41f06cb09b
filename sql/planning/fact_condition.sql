-- One row per person of the register and condition held on the index date, under whichever definition.
-- Only what is present: to say of each other condition that it is not known would be a row for every one.
select
    status.person_id,
    'condition:' || status.condition as fact,
    'present' as state
from register.person_condition as status
inner join register.person as person on person.person_id = status.person_id

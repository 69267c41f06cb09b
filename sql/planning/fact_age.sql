-- One row per person of the register and band of age on the index date; those of 75 or over have two.
select
    person_id,
    case
        when age_years < 18 then 'age_under_18'
        when age_years < 65 then 'age_18_64'
        else 'age_65_or_over'
    end as fact,
    'present' as state
from register.person
union all
select
    person_id,
    'age_75_or_over' as fact,
    'present' as state
from register.person
where age_years >= 75

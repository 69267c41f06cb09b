-- One row per registered and resident sub-ICB location and ICB: people by both geographies, before disclosure control.
-- Two parallel hierarchies: registered is that of the practice, resident that of the LSOA on the index date. belonging
-- says who is registered here and lives elsewhere, and the reverse. Not published as it stands: marts.residence is.
select
    person.registered_icb,
    person.registered_sub_icb,
    person.resident_icb,
    person.resident_sub_icb,
    case
        when 'not known' in (person.registered_icb, person.resident_icb) then 'not known'
        when person.registered_icb = $icb_code and person.resident_icb = $icb_code then 'registered and resident here'
        when person.registered_icb = $icb_code then 'registered here, resident elsewhere'
        when person.resident_icb = $icb_code then 'registered elsewhere, resident here'
        else 'registered and resident elsewhere'
    end as belonging,
    count(*) as persons,
    count(*) filter (where mltc.is_mltc) as mltc_persons
from register.person as person
inner join register.mltc as mltc on mltc.person_id = person.person_id and mltc.definition = $definition
group by person.registered_icb, person.registered_sub_icb, person.resident_icb, person.resident_sub_icb

-- One row per person of the register and fact of where they live: care home, housebound, Core20.
-- Housebound: as supplied, or the deficit housebound of the electronic Frailty Index (Clegg 2016). Core20: deprivation
-- decile 1 or 2 (NHS England, Core20PLUS5). Each is not known where nothing says it either way.
with housebound as (
    select distinct person_id
    from scores.efi_deficit
    where index_date = $index_date and deficit = 'housebound'
),

stated as (
    select
        person_id,
        'care_home' as fact,
        is_care_home as is_present
    from register.person
    union all
    select
        person.person_id,
        'housebound' as fact,
        case when housebound.person_id is not null then true else person.is_housebound end as is_present
    from register.person as person
    left join housebound on housebound.person_id = person.person_id
    union all
    select
        person_id,
        'core20' as fact,
        imd_decile <= 2 as is_present
    from register.person
)

select
    person_id,
    fact,
    case when is_present then 'present' else 'not_known' end as state
from stated
where is_present or is_present is null

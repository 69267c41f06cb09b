-- One row per person with MLTC: lives in one of the most deprived fifth of neighbourhoods of England (Core20).
-- Deprivation decile 1 or 2 of register.person. Value: the decile, 1 the most deprived. Source: NHS England,
-- Core20PLUS5; MHCLG, English indices of deprivation. Not known where the neighbourhood, and so its decile, is not.
select
    person.person_id,
    'core20' as indicator,
    case
        when registered.imd_decile is null then 'not_known'
        when registered.imd_decile <= 2 then 'present'
        else 'absent'
    end as state,
    cast(registered.imd_decile as double) as value,
    'register.person' as evidence_source,
    cast(null as varchar) as evidence_code,
    cast(null as date) as evidence_date
from needs.person as person
inner join register.person as registered on registered.person_id = person.person_id

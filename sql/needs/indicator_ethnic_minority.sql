-- One row per person with MLTC: of an ethnic minority group, white minorities left out.
-- Mixed, Asian, Black or Other of register.person, whose groups are those of the 2001 census (NHS Data Dictionary,
-- ETHNIC CATEGORY). One of the plus groups of Core20PLUS5 (NHS England). White minorities cannot be told apart in the
-- five groups. Value: none. Not known where ethnicity is not stated.
select
    person.person_id,
    'ethnic_minority' as indicator,
    case registered.ethnic_group
        when 'Unknown' then 'not_known'
        when 'White' then 'absent'
        else 'present'
    end as state,
    cast(null as double) as value,
    'register.person' as evidence_source,
    cast(null as varchar) as evidence_code,
    cast(null as date) as evidence_date
from needs.person as person
inner join register.person as registered on registered.person_id = person.person_id

-- One row per person with MLTC: readmitted as an emergency within 30 days, in 12 months.
-- Readmissions begun 0 to 29 days after a discharge, as utilisation.readmission has them. Value: how many. One
-- found is enough; fewer say something only where the hospital feed is known for 12 months.
-- Source: NHS Digital I02040 (emergency readmissions within 30 days of discharge).
select
    person.person_id,
    'emergency_readmission' as indicator,
    case
        when readmission.readmission_count >= 1 then 'present'
        when person.is_hospital_known_12m then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when readmission.readmission_count >= 1 or person.is_hospital_known_12m
                then coalesce(readmission.readmission_count, 0)
        end as double
    ) as value,
    'utilisation.readmission' as evidence_source,
    cast(null as varchar) as evidence_code,
    readmission.last_date as evidence_date
from needs.person as person
left join needs.readmission as readmission on readmission.person_id = person.person_id

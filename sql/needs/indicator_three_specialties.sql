-- One row per person with MLTC: attended outpatients in three or more specialties in 12 months.
-- Specialty is the treatment function code of the appointment. Three found are enough; fewer say something only where
-- the outpatient feed is known for 12 months. Source: NICE NG56 (care by several services that is not coordinated);
-- three is ours.
with counted as (
    select
        person_id,
        count(distinct service) as specialty_count,
        max(contact_date) as last_date
    from needs.contact
    where setting = 'outpatient'
    group by person_id
)

select
    person.person_id,
    'three_specialties' as indicator,
    case
        when counted.specialty_count >= 3 then 'present'
        when person.is_outpatient_known_12m then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when counted.specialty_count >= 3 or person.is_outpatient_known_12m
                then coalesce(counted.specialty_count, 0)
        end as double
    ) as value,
    'staging.outpatient' as evidence_source,
    cast(null as varchar) as evidence_code,
    counted.last_date as evidence_date
from needs.person as person
left join counted on counted.person_id = person.person_id

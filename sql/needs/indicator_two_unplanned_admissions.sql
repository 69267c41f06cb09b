-- One row per person with MLTC: two or more unplanned admissions in 12 months.
-- Admissions as in features.hospital_use: continuous inpatient spells, so that a transfer is not a new one. Two found
-- are enough; fewer say something only where the hospital feed is known for 12 months. Source: NHS Data Dictionary,
-- ADMISSION METHOD; two is ours.
with counted as (
    select
        person_id,
        unplanned_admission_count_12m as admission_count,
        last_unplanned_admission_date
    from features.hospital_use
    where index_date = $index_date
)

select
    person.person_id,
    'two_unplanned_admissions' as indicator,
    case
        when counted.admission_count >= 2 then 'present'
        when person.is_hospital_known_12m then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when counted.admission_count >= 2 or person.is_hospital_known_12m
                then coalesce(counted.admission_count, 0)
        end as double
    ) as value,
    'register.continuous_inpatient_spell' as evidence_source,
    cast(null as varchar) as evidence_code,
    case when counted.admission_count > 0 then counted.last_unplanned_admission_date end as evidence_date
from needs.person as person
left join counted on counted.person_id = person.person_id

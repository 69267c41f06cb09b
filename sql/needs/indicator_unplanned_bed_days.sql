-- One row per person with MLTC: nights of unplanned stays in hospital in 12 months.
-- Value: those nights, by when they were spent (utilisation.bed_days). One is enough for present; none says something
-- only where the hospital feed is known for 12 months. Source: NHS Data Dictionary, ADMISSION METHOD.
select
    person.person_id,
    'unplanned_bed_days' as indicator,
    case
        when bed_days.unplanned_night_count_12m > 0 then 'present'
        when person.is_hospital_known_12m then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when bed_days.unplanned_night_count_12m > 0 or person.is_hospital_known_12m
                then coalesce(bed_days.unplanned_night_count_12m, 0)
        end as double
    ) as value,
    'utilisation.bed_days' as evidence_source,
    cast(null as varchar) as evidence_code,
    cast(null as date) as evidence_date
from needs.person as person
left join utilisation.bed_days as bed_days
    on bed_days.person_id = person.person_id and bed_days.index_date = $index_date

-- One row per person with MLTC: admitted for an ambulatory care sensitive condition in 12 months.
-- Admissions of NHS Digital CCG OIS indicator 2.6 (utilisation.acsc_admission), by the day of admission. Value: how
-- many. One found is enough; none says something only where the hospital feed is known for 12 months.
with admitted as (
    select
        person_id,
        count(*) as admission_count,
        max(admission_date) as last_date
    from utilisation.acsc_admission
    where
        code_set = 'ccg_ois_2.6'
        and admission_date <= $index_date
        and admission_date > $index_date - interval 12 month
    group by person_id
)

select
    person.person_id,
    'acsc_admission' as indicator,
    case
        when admitted.admission_count > 0 then 'present'
        when person.is_hospital_known_12m then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when admitted.admission_count > 0 or person.is_hospital_known_12m then coalesce(admitted.admission_count, 0)
        end as double
    ) as value,
    'utilisation.acsc_admission' as evidence_source,
    cast(null as varchar) as evidence_code,
    admitted.last_date as evidence_date
from needs.person as person
left join admitted on admitted.person_id = person.person_id

-- One row per person with MLTC and an open pathway on the waiting list: admitted unplanned since the wait began.
-- Unplanned admissions after the first clock start among the open pathways, and within 12 months up to the index date.
-- Value: how many. One found is enough; none says something only where the hospital feed is known for 12 months and a
-- clock start is given. Source: NHS England, Waiting List Minimum Data Set; NHS Data Dictionary, ADMISSION METHOD.
with waiting as (
    select
        person_id,
        min(clock_start_date) as clock_start_date
    from needs.waiting_pathway
    group by person_id
),

counted as (
    select
        waiting.person_id,
        waiting.clock_start_date,
        count(cips.cips_id) as admission_count,
        max(cips.admission_date) as last_date
    from waiting
    left join register.continuous_inpatient_spell as cips
        on
            cips.person_id = waiting.person_id
            and cips.is_unplanned
            and cips.admission_date > waiting.clock_start_date
            and cips.admission_date > $index_date - interval 12 month
            and cips.admission_date <= $index_date
    group by waiting.person_id, waiting.clock_start_date
),

known as (
    select
        counted.*,
        person.is_hospital_known_12m and counted.clock_start_date is not null as is_known
    from counted
    inner join needs.person as person on person.person_id = counted.person_id
)

select
    person_id,
    'unplanned_admission_while_waiting' as indicator,
    case
        when admission_count > 0 then 'present'
        when is_known then 'absent'
        else 'not_known'
    end as state,
    cast(case when admission_count > 0 or is_known then admission_count end as double) as value,
    'register.continuous_inpatient_spell' as evidence_source,
    cast(null as varchar) as evidence_code,
    last_date as evidence_date
from known

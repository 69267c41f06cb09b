-- One row per person with MLTC: no personalised care and support plan coded in 12 months.
-- Made or reviewed. Value: days since the last entry. Source: NHS England, Universal Personalised Care; NICE NG56 (an
-- individualised management plan for people with multimorbidity). Not known where the process is not
-- (needs.care_process), or where the practice's entries of 12 months are not known.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'care_plan'
)

select
    person.person_id,
    'no_care_plan' as indicator,
    case
        when recorded.count_12m > 0 then 'absent'
        when process.is_known and person.is_gp_event_known_12m then 'present'
        else 'not_known'
    end as state,
    cast(date_diff('day', recorded.last_date, $index_date) as double) as value,
    'staging.gp_event' as evidence_source,
    recorded.last_code as evidence_code,
    recorded.last_date as evidence_date
from needs.person as person
cross join process
left join needs.process_record as recorded
    on recorded.person_id = person.person_id and recorded.care_process = 'care_plan'

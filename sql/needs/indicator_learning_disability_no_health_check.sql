-- One row per person with MLTC and a learning disability: no health check coded in 12 months.
-- Aged 14 or over, the age from which the annual check is offered. Value: days since the last one. Not known where the
-- process (needs.care_process) is not, or where the practice's entries of 12 months are not known. Source: NHS
-- England, annual health checks for people on the learning disability register.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'learning_disability_health_check'
)

select
    person.person_id,
    'learning_disability_no_health_check' as indicator,
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
inner join needs.disease as disease
    on disease.person_id = person.person_id and disease.disease = 'learning_disability'
cross join process
left join needs.process_record as recorded
    on recorded.person_id = person.person_id and recorded.care_process = 'learning_disability_health_check'
where person.age_years >= 14

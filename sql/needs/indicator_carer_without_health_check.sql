-- One row per person with MLTC who is a carer (needs.indicator_is_carer): no carer's health check coded in 12 months.
-- Value: days since the last one. Not known where the process (needs.care_process) is not, or where the practice's
-- entries of 12 months are not known. Source: NHS England, Supporting carers in general practice: a framework of
-- quality markers (2019); NICE NG150; 12 months are ours.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'carer_health_check'
)

select
    person.person_id,
    'carer_without_health_check' as indicator,
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
inner join needs.indicator_is_carer as carer on carer.person_id = person.person_id and carer.state = 'present'
cross join process
left join needs.process_record as recorded
    on recorded.person_id = person.person_id and recorded.care_process = 'carer_health_check'

-- One row per person with MLTC: accessible information is needed, as the record has ever coded.
-- A circumstance and no gap: that it was met is not looked at. Value: days since the last entry. Source: NHS England,
-- Accessible Information Standard (DCB1605). Not known where the process is not (needs.care_process), or where the
-- practice's entries of 12 months are not known.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'accessible_information_need'
)

select
    person.person_id,
    'accessible_information_needed' as indicator,
    case
        when recorded.person_id is not null then 'present'
        when process.is_known and person.is_gp_event_known_12m then 'absent'
        else 'not_known'
    end as state,
    cast(date_diff('day', recorded.last_date, $index_date) as double) as value,
    'staging.gp_event' as evidence_source,
    recorded.last_code as evidence_code,
    recorded.last_date as evidence_date
from needs.person as person
cross join process
left join needs.process_record as recorded
    on recorded.person_id = person.person_id and recorded.care_process = 'accessible_information_need'

-- One row per person with MLTC: has an unpaid carer, as ever coded.
-- A fact about the person, not a gap. Paid care is not meant. Value: entries in 24 months. Coded ever is enough; that
-- it never was says something only where the process (needs.care_process) and the practice's entries are known.
-- Source: NHS England, carers in the GP record (Supporting carers in general practice, quality markers, 2019).
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'has_carer'
)

select
    person.person_id,
    'has_carer' as indicator,
    case
        when recorded.person_id is not null then 'present'
        when process.is_known and person.is_gp_event_known_12m then 'absent'
        else 'not_known'
    end as state,
    cast(recorded.count_24m as double) as value,
    'staging.gp_event' as evidence_source,
    recorded.last_code as evidence_code,
    recorded.last_date as evidence_date
from needs.person as person
cross join process
left join needs.process_record as recorded
    on recorded.person_id = person.person_id and recorded.care_process = 'has_carer'

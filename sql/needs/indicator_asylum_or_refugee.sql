-- One row per person with MLTC: asylum seeker or refugee, as the record has ever coded.
-- Inclusion health, one of the plus groups of Core20PLUS5 (NHS England). Value: days since the last entry. Not known
-- where the process is not (needs.care_process), or where the practice's entries of 12 months are not known.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'asylum_or_refugee'
)

select
    person.person_id,
    'asylum_or_refugee' as indicator,
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
    on recorded.person_id = person.person_id and recorded.care_process = 'asylum_or_refugee'

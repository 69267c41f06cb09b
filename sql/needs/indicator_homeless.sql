-- One row per person with MLTC: homeless, as coded in 24 months.
-- Inclusion health, one of the plus groups of Core20PLUS5 (NHS England). Value: entries in 24 months. Not known where
-- the process is not (needs.care_process), or where the practice's entries of 24 months are not known.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'homeless'
)

select
    person.person_id,
    'homeless' as indicator,
    case
        when recorded.count_24m > 0 then 'present'
        when process.is_known and person.is_gp_event_known_24m then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when recorded.count_24m > 0 then recorded.count_24m
            when process.is_known and person.is_gp_event_known_24m then 0
        end as double
    ) as value,
    'staging.gp_event' as evidence_source,
    recorded.last_code as evidence_code,
    recorded.last_date as evidence_date
from needs.person as person
cross join process
left join needs.process_record as recorded
    on recorded.person_id = person.person_id and recorded.care_process = 'homeless'

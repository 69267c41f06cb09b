-- One row per person with MLTC and a coded need for accessible information: nothing says that it was met.
-- Met: an entry of the process accessible_information_met on the day of the first need or later. Value: days since
-- the need was last coded. Source: NHS England, Accessible Information Standard (DCB1605). Not known where the
-- process that tells that it was met is not (needs.care_process), or the practice's entries of 12 months are not
-- known.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'accessible_information_met'
)

select
    person.person_id,
    'accessible_information_unmet' as indicator,
    case
        when met.last_date >= need.first_date then 'absent'
        when process.is_known and person.is_gp_event_known_12m then 'present'
        else 'not_known'
    end as state,
    cast(date_diff('day', need.last_date, $index_date) as double) as value,
    'staging.gp_event' as evidence_source,
    need.last_code as evidence_code,
    need.last_date as evidence_date
from needs.person as person
cross join process
inner join needs.process_record as need
    on need.person_id = person.person_id and need.care_process = 'accessible_information_need'
left join needs.process_record as met
    on met.person_id = person.person_id and met.care_process = 'accessible_information_met'

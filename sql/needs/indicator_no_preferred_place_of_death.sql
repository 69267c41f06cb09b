-- One row per person with MLTC on the palliative care register: no preferred place of death coded ever.
-- Value: days since the last entry. Source: NICE QS13 and NG142 (preferred place of care and death). Not known where
-- the process is not (needs.care_process), or where the practice's entries of 12 months are not known.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'preferred_place_of_death'
)

select
    person.person_id,
    'no_preferred_place_of_death' as indicator,
    case
        when recorded.person_id is not null then 'absent'
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
    on recorded.person_id = person.person_id and recorded.care_process = 'preferred_place_of_death'
where
    exists (
        select 1
        from register.person_condition as condition
        where condition.person_id = person.person_id and condition.condition = 'palliative_care_register'
    )

-- One row per person with MLTC and hypertension: blood pressure measured at home in 12 months (support given).
-- Value: entries in 12 months. Source: NICE NG136 (home monitoring); NHS England, BP@Home. Not known where the
-- process is not (needs.care_process), or where the practice's entries of 12 months are not known.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'home_blood_pressure'
)

select
    person.person_id,
    'home_blood_pressure' as indicator,
    case
        when recorded.count_12m > 0 then 'present'
        when process.is_known and person.is_gp_event_known_12m then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when recorded.count_12m > 0 then recorded.count_12m
            when process.is_known and person.is_gp_event_known_12m then 0
        end as double
    ) as value,
    'staging.gp_event' as evidence_source,
    recorded.last_code as evidence_code,
    recorded.last_date as evidence_date
from needs.person as person
cross join process
left join needs.process_record as recorded
    on recorded.person_id = person.person_id and recorded.care_process = 'home_blood_pressure'
where
    exists (
        select 1
        from register.person_condition as condition
        where condition.person_id = person.person_id and condition.condition = 'hypertension_register'
    )

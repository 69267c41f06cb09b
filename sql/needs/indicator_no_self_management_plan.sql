-- One row per person with MLTC and asthma or COPD: no self-management plan coded in 12 months.
-- Value: days since the last entry. Source: NICE QS25 and NG245 (asthma action plan), NG115 and QS10 (COPD). Not
-- known where the process is not (needs.care_process), or where the practice's entries of 12 months are not known.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'self_management_plan'
)

select
    person.person_id,
    'no_self_management_plan' as indicator,
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
    on recorded.person_id = person.person_id and recorded.care_process = 'self_management_plan'
where
    exists (
        select 1
        from register.person_condition as condition
        where condition.person_id = person.person_id and condition.condition in ('asthma_register', 'copd_register')
    )

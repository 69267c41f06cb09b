-- One row per person with MLTC on the palliative care register or with severe frailty: no advance care plan coded ever.
-- Advance care plan: ReSPECT and other statements of wishes. Severe frailty: electronic Frailty Index above 0.36 at
-- 65 or over (Clegg A et al. Age Ageing 2016;45:353). Value: days since the last entry. Source: NICE NG142 and QS13;
-- NHS England, Ambitions for Palliative and End of Life Care. Not known where the process is not
-- (needs.care_process), or where the practice's entries of 12 months are not known.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'advance_care_plan'
)

select
    person.person_id,
    'no_advance_care_plan' as indicator,
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
    on recorded.person_id = person.person_id and recorded.care_process = 'advance_care_plan'
where
    exists (
        select 1
        from register.person_condition as condition
        where condition.person_id = person.person_id and condition.condition = 'palliative_care_register'
    )
    or exists (
        select 1
        from scores.person_score as score
        where
            score.person_id = person.person_id
            and score.index_date = $index_date
            and score.efi_is_65_or_over
            and score.efi_band = 'severe'
    )

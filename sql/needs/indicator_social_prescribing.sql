-- One row per person with MLTC: referred to social prescribing in 12 months (support given).
-- Value: referrals coded in 12 months. Source: NHS England, social prescribing as a part of Universal Personalised
-- Care. Not known where the process is not (needs.care_process), or where the practice's entries of 12 months are not
-- known.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'social_prescribing_referral'
)

select
    person.person_id,
    'social_prescribing' as indicator,
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
    on recorded.person_id = person.person_id and recorded.care_process = 'social_prescribing_referral'

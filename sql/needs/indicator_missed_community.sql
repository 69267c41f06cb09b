-- One row per person with MLTC and a community appointment in 12 months: a fifth or more of them missed.
-- At least two missed (needs.setting_use). Value: share missed of appointments kept and missed. The cut is ours: no
-- national standard sets one for a person. A share needs its whole window: not known where the feed or its window is
-- not, or where it does not say of every appointment whether it was kept; who then has no appointment is not known
-- too.
select
    person.person_id,
    'missed_community' as indicator,
    case
        when not person.is_community_known_12m or setting_use.untold_count_12m > 0 then 'not_known'
        when setting_use.missed_count_12m >= 2 and setting_use.missed_count_12m * 5 >= setting_use.appointment_count_12m
            then 'present'
        else 'absent'
    end as state,
    case
        when person.is_community_known_12m and setting_use.untold_count_12m = 0
            then cast(setting_use.missed_count_12m as double) / setting_use.appointment_count_12m
    end as value,
    'staging.community_contact' as evidence_source,
    cast(null as varchar) as evidence_code,
    setting_use.last_missed_date as evidence_date
from needs.person as person
left join needs.setting_use as setting_use
    on setting_use.person_id = person.person_id and setting_use.setting = 'community'
where setting_use.person_id is not null or not person.is_community_known_12m

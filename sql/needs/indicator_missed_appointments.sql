-- One row per person with MLTC: two or more missed appointments in 12 months, practice and outpatients together.
-- Missed as in needs.setting_use. Value: how many. Two that are found are enough; fewer say something only where the
-- windows of both feeds are known and each appointment says whether it was kept. The cut is ours.
with missed as (
    select
        person_id,
        sum(missed_count_12m) as missed_count,
        sum(untold_count_12m) as untold_count,
        max(last_missed_date) as last_missed_date
    from needs.setting_use
    where setting in ('practice', 'outpatient')
    group by person_id
),

known as (
    select
        person.person_id,
        coalesce(missed.missed_count, 0) as missed_count,
        person.is_gp_consultation_known_12m
        and person.is_outpatient_known_12m
        and coalesce(missed.untold_count, 0) = 0 as is_known,
        missed.last_missed_date
    from needs.person as person
    left join missed on missed.person_id = person.person_id
)

select
    person_id,
    'missed_appointments' as indicator,
    case
        when missed_count >= 2 then 'present'
        when is_known then 'absent'
        else 'not_known'
    end as state,
    cast(case when missed_count >= 2 or is_known then missed_count end as double) as value,
    'needs.setting_use' as evidence_source,
    cast(null as varchar) as evidence_code,
    last_missed_date as evidence_date
from known

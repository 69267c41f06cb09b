-- One row per person with MLTC and a learning disability or severe mental illness: any appointment missed in 12 months.
-- Missed in the practice, outpatients, mental health or community services (needs.setting_use). Value: how many.
-- Severe mental illness as on the QOF register. Source: NHS England, reasonable adjustments (a missed appointment
-- asks for a look at why); the cut at one is ours. One that is found is enough; none says something only where the
-- windows of practice and outpatients are known; mental health and community services count where their feeds tell of
-- one.
with vulnerable as (
    select distinct person_id
    from register.person_condition
    where condition in ('learning_disability', 'mental_illness_register')
),

missed as (
    select
        person_id,
        sum(missed_count_12m) as missed_count,
        sum(untold_count_12m) as untold_count,
        max(last_missed_date) as last_missed_date
    from needs.setting_use
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
    inner join vulnerable on vulnerable.person_id = person.person_id
    left join missed on missed.person_id = person.person_id
)

select
    person_id,
    'vulnerable_missed' as indicator,
    case
        when missed_count > 0 then 'present'
        when is_known then 'absent'
        else 'not_known'
    end as state,
    cast(case when missed_count > 0 or is_known then missed_count end as double) as value,
    'needs.setting_use' as evidence_source,
    cast(null as varchar) as evidence_code,
    last_missed_date as evidence_date
from known

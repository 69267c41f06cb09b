-- One row per person with MLTC: no contact with any service in 12 months.
-- A contact is an attended appointment with the practice, outpatients, mental health or community services, an
-- emergency attendance, or a stay in hospital (needs.setting_use). Value: settings with a contact. One contact is
-- enough to know; none says something only where the windows of practice, outpatients, emergency and hospital are all
-- known. Feeds of mental health and community services, which many do not hold, count where they tell of a contact.
with contact as (
    select
        person_id,
        count(last_attended_date) as setting_count,
        sum(untold_count_12m) as untold_count,
        max(last_attended_date) as last_attended_date
    from needs.setting_use
    group by person_id
),

known as (
    select
        person.person_id,
        coalesce(contact.setting_count, 0) as setting_count,
        person.is_gp_consultation_known_12m
        and person.is_outpatient_known_12m
        and person.is_emergency_known_12m
        and person.is_hospital_known_12m
        and coalesce(contact.untold_count, 0) = 0 as is_known,
        contact.last_attended_date
    from needs.person as person
    left join contact on contact.person_id = person.person_id
)

select
    person_id,
    'no_contact' as indicator,
    case
        when setting_count > 0 then 'absent'
        when is_known then 'present'
        else 'not_known'
    end as state,
    cast(case when setting_count > 0 or is_known then setting_count end as double) as value,
    'needs.setting_use' as evidence_source,
    cast(null as varchar) as evidence_code,
    last_attended_date as evidence_date
from known

-- One row per person with MLTC who was discharged from an unplanned stay in 12 months and had a usual clinician: at
-- least one such discharge without a contact with that clinician on the days 0 to 14 after it. Discharges, usual
-- clinicians and what is left out: needs.discharge_usual_clinician. Value: how many such discharges. Source:
-- continuity after discharge, as asked of general practice in NICE NG27 (follow-up after discharge); the 14 days and
-- that it is the usual clinician are ours. Not known where practice appointments of 24 months are not, or where a
-- contact in the time names no clinician and may have been with the usual one.
with discharge as (
    select
        person_id,
        discharge_date,
        coalesce(first_usual_contact_date <= discharge_date + interval 14 day, false) as has_usual_contact,
        coalesce(first_unnamed_contact_date <= discharge_date + interval 14 day, false) as has_unnamed_contact
    from needs.discharge_usual_clinician
),

person_discharge as (
    select
        person_id,
        count(*) filter (where not has_usual_contact and not has_unnamed_contact) as missed_count,
        count(*) filter (where not has_usual_contact and has_unnamed_contact) as untold_count,
        max(case when not has_usual_contact and not has_unnamed_contact then discharge_date end) as last_missed_date
    from discharge
    group by person_id
)

select
    person.person_id,
    'discharge_without_usual_clinician_14d' as indicator,
    case
        when person.is_gp_consultation_known_24m and person_discharge.missed_count > 0 then 'present'
        when not person.is_gp_consultation_known_24m and person_discharge.missed_count > 0 then 'not_known'
        when person_discharge.untold_count > 0 then 'not_known'
        else 'absent'
    end as state,
    cast(
        case
            when person_discharge.missed_count = 0 and person_discharge.untold_count = 0 then 0
            when person.is_gp_consultation_known_24m and person_discharge.missed_count > 0
                then person_discharge.missed_count
        end as double
    ) as value,
    'register.continuous_inpatient_spell' as evidence_source,
    cast(null as varchar) as evidence_code,
    person_discharge.last_missed_date as evidence_date
from person_discharge
inner join needs.person as person on person.person_id = person_discharge.person_id

-- One row per unplanned stay of a person with MLTC that ended in the last 12 months, where the person had a usual
-- clinician before it, and the contacts with that clinician after it. 28 days are left out at the end, so that each
-- discharge has its full time, and so are discharges followed by an admission on the days 0 to 28 (a regular day or
-- night attendance is none). A transfer is no discharge. Usual clinician: the named one of most attended practice
-- contacts in the 12 months before the admission, two at least; where several are, the one seen last.
-- first_unnamed_contact_date: the first contact after the discharge that names no clinician.
with stay as (
    select
        cips.person_id,
        cips.cips_id,
        cips.admission_date,
        cips.discharge_date
    from register.continuous_inpatient_spell as cips
    inner join needs.person as person on person.person_id = cips.person_id
    where
        cips.is_unplanned
        and cips.discharge_date > $index_date - interval 12 month
        and cips.discharge_date <= $index_date - interval 28 day
),

readmitted as (
    select distinct
        stay.person_id,
        stay.cips_id
    from stay
    inner join register.continuous_inpatient_spell as next_cips
        on
            next_cips.person_id = stay.person_id
            and next_cips.cips_id <> stay.cips_id
            and next_cips.admission_date >= stay.discharge_date
            and next_cips.admission_date <= stay.discharge_date + interval 28 day
    where not next_cips.is_regular_attender
),

contact as (
    select
        consultation.person_id,
        consultation.clinician_id,
        consultation.consultation_date
    from staging.gp_consultation as consultation
    where
        consultation.status = 'attended'
        and consultation.consultation_date <= $index_date
        and consultation.consultation_date > $index_date - interval 36 month
),

seen as (
    select
        stay.person_id,
        stay.cips_id,
        contact.clinician_id,
        count(*) as contact_count,
        max(contact.consultation_date) as last_contact_date
    from stay
    inner join contact
        on
            contact.person_id = stay.person_id
            and contact.consultation_date < stay.admission_date
            and contact.consultation_date >= stay.admission_date - interval 12 month
    where contact.clinician_id is not null
    group by stay.person_id, stay.cips_id, contact.clinician_id
),

ranked as (
    select
        person_id,
        cips_id,
        clinician_id,
        contact_count,
        row_number() over (
            partition by person_id, cips_id
            order by contact_count desc, last_contact_date desc, clinician_id
        ) as preference
    from seen
),

usual as (
    select
        stay.person_id,
        stay.cips_id,
        stay.discharge_date,
        ranked.clinician_id
    from stay
    inner join ranked
        on
            ranked.person_id = stay.person_id
            and ranked.cips_id = stay.cips_id
            and ranked.preference = 1
            and ranked.contact_count >= 2
    left join readmitted on readmitted.person_id = stay.person_id and readmitted.cips_id = stay.cips_id
    where readmitted.person_id is null
)

select
    usual.person_id,
    usual.cips_id,
    usual.clinician_id as usual_clinician_id,
    usual.discharge_date,
    min(case when contact.clinician_id = usual.clinician_id then contact.consultation_date end)
        as first_usual_contact_date,
    min(case when contact.person_id is not null and contact.clinician_id is null then contact.consultation_date end)
        as first_unnamed_contact_date
from usual
left join contact
    on
        contact.person_id = usual.person_id
        and contact.consultation_date >= usual.discharge_date
        and contact.consultation_date <= usual.discharge_date + interval 28 day
group by usual.person_id, usual.cips_id, usual.clinician_id, usual.discharge_date

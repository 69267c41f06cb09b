-- One row per unplanned stay of a person with MLTC that ended in the last 12 months, and the practice contact after it.
-- 14 days are left out at the end, so that each discharge has its full fortnight. Left out: discharges followed by an
-- admission on the days 0 to 14 (a regular day or night attendance is none). A transfer to another hospital is no
-- discharge. first_contact_date: the first attended practice contact on the days 0 to 14.
with discharge as (
    select
        cips.person_id,
        cips.cips_id,
        cips.discharge_date
    from register.continuous_inpatient_spell as cips
    inner join needs.person as person on person.person_id = cips.person_id
    where
        cips.is_unplanned
        and cips.discharge_date > $index_date - interval 12 month
        and cips.discharge_date <= $index_date - interval 14 day
),

readmitted as (
    select distinct
        discharge.person_id,
        discharge.cips_id
    from discharge
    inner join register.continuous_inpatient_spell as next_cips
        on
            next_cips.person_id = discharge.person_id
            and next_cips.cips_id <> discharge.cips_id
            and next_cips.admission_date >= discharge.discharge_date
            and next_cips.admission_date <= discharge.discharge_date + interval 14 day
    where not next_cips.is_regular_attender
)

select
    discharge.person_id,
    discharge.cips_id,
    discharge.discharge_date,
    min(consultation.consultation_date) as first_contact_date
from discharge
left join readmitted on readmitted.person_id = discharge.person_id and readmitted.cips_id = discharge.cips_id
left join staging.gp_consultation as consultation
    on
        consultation.person_id = discharge.person_id
        and consultation.status = 'attended'
        and consultation.consultation_date >= discharge.discharge_date
        and consultation.consultation_date <= discharge.discharge_date + interval 14 day
where readmitted.person_id is null
group by discharge.person_id, discharge.cips_id, discharge.discharge_date

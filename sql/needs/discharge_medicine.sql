-- One row per unplanned stay of a person with MLTC that began and ended in the last 6 months, the medicines started
-- after it, and the first reconciliation. 30 days are left out at the end, and discharges followed by an admission on
-- the days 0 to 30 (a regular day or night attendance is none). Started: issued on the days 0 to 30 after the
-- discharge and not in the 6 months before the admission, which lie within the 12 months that needs.person tells of.
-- A medicine is a BNF chemical substance of chapters 1-4 and 6-10 (codelist.polypharmacy_chapter, so that a course of
-- antibiotics is no change), or a dm+d or SNOMED CT product, where another pack or brand counts as a start. Stopped
-- medicines and changed doses are not seen. Reconciliation: medicines reconciliation, or a medication review of any
-- kind, coded from the day of discharge on.
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
        and cips.admission_date > $index_date - interval 6 month
        and cips.discharge_date <= $index_date - interval 30 day
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
            and next_cips.admission_date <= stay.discharge_date + interval 30 day
    where not next_cips.is_regular_attender
),

discharge as (
    select
        stay.person_id,
        stay.cips_id,
        stay.admission_date,
        stay.discharge_date
    from stay
    left join readmitted on readmitted.person_id = stay.person_id and readmitted.cips_id = stay.cips_id
    where readmitted.person_id is null
),

issue as (
    select
        discharge.person_id,
        discharge.cips_id,
        case
            when prescription.code_system = 'bnf' then substr(prescription.code, 1, 9)
            else prescription.code
        end as medicine,
        max(case when prescription.issue_date < discharge.admission_date then 1 else 0 end) as is_held_before,
        max(case when prescription.issue_date >= discharge.discharge_date then 1 else 0 end) as is_issued_after
    from discharge
    inner join staging.gp_prescription as prescription
        on
            prescription.person_id = discharge.person_id
            and prescription.issue_date >= discharge.admission_date - interval 6 month
            and prescription.issue_date <= discharge.discharge_date + interval 30 day
    left join codelist.polypharmacy_chapter as chapter
        on chapter.bnf_prefix = substr(prescription.code, 1, 2) and prescription.code_system = 'bnf'
    where prescription.code_system <> 'bnf' or chapter.is_counted = 'yes'
    group by
        discharge.person_id,
        discharge.cips_id,
        case
            when prescription.code_system = 'bnf' then substr(prescription.code, 1, 9)
            else prescription.code
        end
),

started as (
    select
        person_id,
        cips_id,
        count(*) as started_medicine_count
    from issue
    where is_issued_after = 1 and is_held_before = 0
    group by person_id, cips_id
),

reconciled as (
    select
        discharge.person_id,
        discharge.cips_id,
        min(event.event_date) as first_reconciliation_date
    from discharge
    inner join staging.gp_event as event
        on
            event.person_id = discharge.person_id
            and event.event_date >= discharge.discharge_date
            and event.event_date <= discharge.discharge_date + interval 30 day
    inner join codelist.code as code
        on
            code.code = event.code
            and code.code_system = event.code_system
            and code.key in ('medicines_reconciliation', 'medication_review', 'structured_medication_review')
            and code.is_verified
    group by discharge.person_id, discharge.cips_id
)

select
    discharge.person_id,
    discharge.cips_id,
    coalesce(started.started_medicine_count, 0) as started_medicine_count,
    discharge.discharge_date,
    reconciled.first_reconciliation_date
from discharge
left join started on started.person_id = discharge.person_id and started.cips_id = discharge.cips_id
left join reconciled on reconciled.person_id = discharge.person_id and reconciled.cips_id = discharge.cips_id

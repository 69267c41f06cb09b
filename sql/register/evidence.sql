-- One row per record and list that it is on.
-- Every record that any rule or score may use, matched to the lists in one pass: codes of diagnoses (GP and
-- hospital), codes that say that a condition is resolved, and medicines issued. ICD-10, BNF and ATC count by prefix.
-- A record is known from the day when it was entered (GP), discharge (hospital) or issue, and never before its own day.
with exact_code as (
    select
        kind,
        evidence,
        code_system,
        code
    from codelist.evidence_code
    where not is_prefix and kind in ('code', 'resolved')
),

prefix_code as (
    select
        kind,
        evidence,
        code_system,
        code
    from codelist.evidence_code
    where is_prefix and kind = 'code'
),

icd10_code as (
    select distinct code from staging.hospital_diagnosis
),

icd10_match as (
    select distinct
        icd10_code.code,
        prefix_code.kind,
        prefix_code.evidence
    from icd10_code
    inner join prefix_code
        on prefix_code.code_system = 'icd10' and starts_with(icd10_code.code, prefix_code.code)
),

drug_code as (
    select distinct
        code_system,
        code
    from staging.gp_prescription
),

drug_match as (
    select distinct
        drug_code.code_system,
        drug_code.code,
        wanted.evidence
    from drug_code
    inner join codelist.evidence_code as wanted
        on
            wanted.kind = 'drug'
            and wanted.code_system = drug_code.code_system
            and (wanted.code = drug_code.code or (wanted.is_prefix and starts_with(drug_code.code, wanted.code)))
)

select
    event.person_id,
    exact_code.kind,
    exact_code.evidence,
    'gp' as source,
    event.code as evidence_code,
    event.event_date,
    greatest(coalesce(event.recorded_date, event.event_date), event.event_date) as known_date
from staging.gp_event as event
inner join exact_code on exact_code.code = event.code and exact_code.code_system = event.code_system
union all
select
    event.person_id,
    prefix_code.kind,
    prefix_code.evidence,
    'gp' as source,
    event.code as evidence_code,
    event.event_date,
    greatest(coalesce(event.recorded_date, event.event_date), event.event_date) as known_date
from staging.gp_event as event
inner join prefix_code on starts_with(event.code, prefix_code.code)
where event.code_system = 'icd10' and prefix_code.code_system = 'icd10'
union all
select
    diagnosis.person_id,
    icd10_match.kind,
    icd10_match.evidence,
    'hospital' as source,
    diagnosis.code as evidence_code,
    diagnosis.admission_date as event_date,
    greatest(coalesce(diagnosis.known_date, diagnosis.admission_date), diagnosis.admission_date) as known_date
from staging.hospital_diagnosis as diagnosis
inner join icd10_match on icd10_match.code = diagnosis.code
union all
select
    prescription.person_id,
    'drug' as kind,
    drug_match.evidence,
    'prescription' as source,
    prescription.code as evidence_code,
    prescription.issue_date as event_date,
    prescription.issue_date as known_date
from staging.gp_prescription as prescription
inner join drug_match
    on drug_match.code = prescription.code and drug_match.code_system = prescription.code_system

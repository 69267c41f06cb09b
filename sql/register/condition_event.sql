-- One row per person, condition, source and clinical date: every record that counts towards a condition.
-- GP records match on the whole code; ICD-10 on any listed prefix of three to five characters.
-- known_date is when the record could first be seen: its recorded date in the GP feed, the end of the
-- episode in hospital. Only codes verified in their source count.
with code as (
    select
        key,
        code_system,
        code
    from codelist.code where is_verified
),

gp as (
    select
        event.person_id,
        code.key as condition,
        'gp' as source,
        event.code,
        event.event_date,
        greatest(coalesce(event.recorded_date, event.event_date), event.event_date) as known_date
    from staging.gp_event as event
    inner join code on code.code = event.code and code.code_system = event.code_system
    where event.code_system <> 'icd10'
),

icd10_record as (
    select
        person_id,
        'hospital' as source,
        code,
        admission_date as event_date,
        known_date
    from staging.hospital_diagnosis
    union all
    select
        person_id,
        'gp' as source,
        code,
        event_date,
        coalesce(recorded_date, event_date) as known_date
    from staging.gp_event
    where code_system = 'icd10'
),

icd10_matched as (
    select
        icd10_record.*,
        code.key as condition
    from icd10_record
    inner join code on code.code_system = 'icd10' and code.code = substr(icd10_record.code, 1, 3)
    union all
    select
        icd10_record.*,
        code.key as condition
    from icd10_record
    inner join code on code.code_system = 'icd10' and code.code = substr(icd10_record.code, 1, 4)
    where length(icd10_record.code) >= 4
    union all
    select
        icd10_record.*,
        code.key as condition
    from icd10_record
    inner join code on code.code_system = 'icd10' and code.code = substr(icd10_record.code, 1, 5)
    where length(icd10_record.code) >= 5
),

every_record as (
    select
        person_id,
        condition,
        source,
        code,
        event_date,
        known_date
    from gp
    union all
    select
        person_id,
        condition,
        source,
        code,
        event_date,
        coalesce(known_date, event_date) as known_date
    from icd10_matched
)

select
    every_record.person_id,
    every_record.condition,
    every_record.source,
    min(every_record.code) as evidence_code,
    count(*) as evidence_count,
    every_record.event_date,
    min(every_record.known_date) as known_date
from every_record
inner join codelist.condition as condition on condition.key = every_record.condition
group by every_record.person_id, every_record.condition, every_record.source, every_record.event_date

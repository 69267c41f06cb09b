-- One row per code of the records, feed that carries it, and list that it is on.
-- Lists of diagnoses, of codes that say that a condition is resolved, and of medicines (codelist.evidence_code). Codes
-- of the GP record are listed whole. ICD-10, BNF and ATC count by prefix, so the few distinct codes of the records are
-- matched to prefixes, and not the millions of records. Numbered in the order of the codes: the lowest number that
-- counted is the lowest code.
with found as (
    select distinct
        'gp' as source,
        code_system,
        code
    from staging.gp_event
    where code_system = 'icd10'
    union all
    select distinct
        'hospital' as source,
        'icd10' as code_system,
        code
    from staging.hospital_diagnosis
    union all
    select distinct
        'prescription' as source,
        code_system,
        code
    from staging.gp_prescription
),

matched as (
    select
        'gp' as source,
        kind,
        evidence,
        code_system,
        code
    from codelist.evidence_code
    where not is_prefix and kind in ('code', 'resolved')
    union
    select
        found.source,
        wanted.kind,
        wanted.evidence,
        found.code_system,
        found.code
    from found
    inner join codelist.evidence_code as wanted
        on
            wanted.code_system = found.code_system
            and wanted.kind = case when found.source = 'prescription' then 'drug' else 'code' end
            and (
                (wanted.is_prefix and starts_with(found.code, wanted.code))
                or (wanted.kind = 'drug' and wanted.code = found.code)
            )
)

select
    cast(row_number() over (order by code, source, kind, evidence, code_system) as integer) as code_number,
    source,
    kind,
    evidence,
    code_system,
    code
from matched

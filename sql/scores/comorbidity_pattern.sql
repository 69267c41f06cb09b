-- One row per code set, signature that a person has on an index date, and category of it that counts.
-- Of one family the most severe category alone counts: severe over mild liver disease, complicated over uncomplicated
-- diabetes and hypertension, metastatic over any other cancer (Quan 2005; SHMI specification).
with signature as (
    select distinct
        'charlson' as code_set,
        charlson_signature as signature
    from scores.person_comorbidity
    union all
    select distinct
        'shmi' as code_set,
        shmi_signature as signature
    from scores.person_comorbidity
    union all
    select distinct
        'elixhauser' as code_set,
        elixhauser_signature as signature
    from scores.person_comorbidity
),

present as (
    select
        signature.code_set,
        signature.signature,
        category.category,
        category.severity,
        max(category.severity) over (
            partition by signature.code_set, signature.signature, category.family
        ) as highest_severity
    from signature
    inner join codelist.comorbidity_category as category
        on
            category.code_set = signature.code_set
            and (signature.signature & category.signature_bit) <> 0
)

select
    code_set,
    signature,
    category
from present
where severity = highest_severity

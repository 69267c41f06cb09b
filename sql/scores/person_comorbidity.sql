-- One row per index date and person with a comorbidity category in hospital diagnoses known by that date.
-- All positions of episodes admitted within $comorbidity_lookback_months up to the date and known by it; an episode
-- without an end was known when it began. A category counts once. The categories of each code set are a signature:
-- the sum of their signature_bit (codelist.comorbidity_category), which scores.comorbidity_pattern spells out; so one
-- pass over the diagnoses gives a row for each person and not one for each category.
with index_date as (
    select distinct
        index_date,
        index_date - to_months(cast($comorbidity_lookback_months as integer)) as after_date
    from meta.index_date
),

code_signature as (
    select
        code.code,
        cast(sum(case when code.code_set = 'charlson' then category.signature_bit else 0 end) as bigint) as charlson,
        cast(sum(case when code.code_set = 'shmi' then category.signature_bit else 0 end) as bigint) as shmi,
        cast(sum(case when code.code_set = 'elixhauser' then category.signature_bit else 0 end) as bigint) as elixhauser
    from scores.comorbidity_code as code
    inner join codelist.comorbidity_category as category
        on category.code_set = code.code_set and category.category = code.category
    group by code.code
)

select
    index_date.index_date,
    diagnosis.person_id,
    bit_or(code_signature.charlson) as charlson_signature,
    bit_or(code_signature.shmi) as shmi_signature,
    bit_or(code_signature.elixhauser) as elixhauser_signature
from staging.hospital_diagnosis as diagnosis
inner join code_signature on code_signature.code = diagnosis.code
inner join index_date
    on
        diagnosis.admission_date <= index_date.index_date
        and coalesce(diagnosis.known_date, diagnosis.admission_date) <= index_date.index_date
        and diagnosis.admission_date > index_date.after_date
group by index_date.index_date, diagnosis.person_id

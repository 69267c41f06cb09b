-- One row per person with MLTC: lives with physical and mental conditions together.
-- Kind of each condition as in codelist.condition. Always known, since the register is.
select
    mltc.person_id,
    'physical_and_mental' as indicator,
    case when mltc.has_physical_mental then 'present' else 'absent' end as state,
    cast(mltc.condition_count as double) as value,
    'register.mltc' as evidence_source,
    cast(null as varchar) as evidence_code,
    mltc.mltc_onset_date as evidence_date
from register.mltc as mltc
where mltc.is_mltc and mltc.definition = $definition

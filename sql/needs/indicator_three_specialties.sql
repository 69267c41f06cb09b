-- One row per person with MLTC: attended outpatients in three or more specialties in 12 months.
-- Specialty is the treatment function code; not known where no outpatient feed is read.
select
    mltc.person_id,
    'three_specialties' as indicator,
    case
        when use_count.outpatient_specialty_count_12m is null then 'not_known'
        when use_count.outpatient_specialty_count_12m >= 3 then 'present'
        else 'absent'
    end as state,
    cast(use_count.outpatient_specialty_count_12m as double) as value,
    'staging.outpatient' as evidence_source,
    cast(null as varchar) as evidence_code,
    cast(null as date) as evidence_date
from register.mltc as mltc
inner join features.use_count as use_count
    on use_count.person_id = mltc.person_id and use_count.index_date = $index_date
where mltc.is_mltc and mltc.definition = $definition

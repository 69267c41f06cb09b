-- One row per person with MLTC: two or more unplanned admissions in 12 months.
-- Admissions as in features.use_count: a transfer is not a new one; not known where no hospital feed is read.
select
    mltc.person_id,
    'two_unplanned_admissions' as indicator,
    case
        when use_count.unplanned_admission_count_12m is null then 'not_known'
        when use_count.unplanned_admission_count_12m >= 2 then 'present'
        else 'absent'
    end as state,
    cast(use_count.unplanned_admission_count_12m as double) as value,
    'register.continuous_inpatient_spell' as evidence_source,
    cast(null as varchar) as evidence_code,
    use_count.last_unplanned_admission_date as evidence_date
from register.mltc as mltc
inner join features.use_count as use_count
    on use_count.person_id = mltc.person_id and use_count.index_date = $index_date
where mltc.is_mltc and mltc.definition = $definition

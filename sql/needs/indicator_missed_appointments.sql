-- One row per person with MLTC: two or more missed appointments in 12 months, practice and outpatients.
-- Not known unless one of the two feeds is read; two in one feed are enough.
select
    mltc.person_id,
    'missed_appointments' as indicator,
    case
        when
            coalesce(use_count.gp_dna_count_12m, 0) + coalesce(use_count.outpatient_dna_count_12m, 0) >= 2
            then 'present'
        when use_count.gp_dna_count_12m is null or use_count.outpatient_dna_count_12m is null then 'not_known'
        else 'absent'
    end as state,
    cast(coalesce(use_count.gp_dna_count_12m, 0) + coalesce(use_count.outpatient_dna_count_12m, 0) as double) as value,
    'features.use_count' as evidence_source,
    cast(null as date) as evidence_date
from register.mltc as mltc
inner join features.use_count as use_count
    on use_count.person_id = mltc.person_id and use_count.index_date = $index_date
where mltc.is_mltc and mltc.definition = $definition

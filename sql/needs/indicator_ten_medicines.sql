-- One row per person with MLTC: ten or more different medicines issued in 3 months.
-- A medicine is a BNF chemical substance, the first nine characters of the code, as NHSBSA's polypharmacy
-- comparators count unique medicines; not known where prescriptions are not read.
select
    mltc.person_id,
    'ten_medicines' as indicator,
    case
        when use_count.medicine_count_3m is null then 'not_known'
        when use_count.medicine_count_3m >= 10 then 'present'
        else 'absent'
    end as state,
    cast(use_count.medicine_count_3m as double) as value,
    'staging.gp_prescription' as evidence_source,
    cast(null as varchar) as evidence_code,
    cast(null as date) as evidence_date
from register.mltc as mltc
inner join features.use_count as use_count
    on use_count.person_id = mltc.person_id and use_count.index_date = $index_date
where mltc.is_mltc and mltc.definition = $definition

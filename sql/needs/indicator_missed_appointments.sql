-- One row per person with MLTC: two or more missed appointments in 12 months, practice and outpatients.
-- Missed as in utilisation.missed_appointments. Not known unless both feeds are read; two in one feed are enough.
select
    mltc.person_id,
    'missed_appointments' as indicator,
    case
        when coalesce(missed.gp_missed_count_12m, 0) + coalesce(missed.outpatient_missed_count_12m, 0) >= 2
            then 'present'
        when missed.gp_missed_count_12m is null or missed.outpatient_missed_count_12m is null then 'not_known'
        else 'absent'
    end as state,
    cast(coalesce(missed.gp_missed_count_12m, 0) + coalesce(missed.outpatient_missed_count_12m, 0) as double) as value,
    'utilisation.missed_appointments' as evidence_source,
    cast(null as varchar) as evidence_code,
    cast(null as date) as evidence_date
from register.mltc as mltc
inner join utilisation.missed_appointments as missed
    on missed.person_id = mltc.person_id and missed.index_date = $index_date
where mltc.is_mltc and mltc.definition = $definition

-- One row per person with MLTC: no contact with any service in 12 months.
-- Not known unless practice contacts and hospital stays are both read: a feed that is missing is no absence.
select
    mltc.person_id,
    'no_contact' as indicator,
    case
        when
            coalesce(use_count.gp_contact_count_12m, 0)
            + coalesce(use_count.outpatient_attended_count_12m, 0)
            + coalesce(use_count.emergency_attendance_count_12m, 0)
            + coalesce(use_count.unplanned_admission_count_12m, 0)
            + coalesce(use_count.planned_admission_count_12m, 0)
            + coalesce(use_count.regular_attendance_count_12m, 0) > 0 then 'absent'
        when use_count.gp_contact_count_12m is null or use_count.unplanned_admission_count_12m is null then 'not_known'
        else 'present'
    end as state,
    cast(use_count.gp_contact_count_12m as double) as value,
    'features.use_count' as evidence_source,
    cast(null as varchar) as evidence_code,
    cast(null as date) as evidence_date
from register.mltc as mltc
inner join features.use_count as use_count
    on use_count.person_id = mltc.person_id and use_count.index_date = $index_date
where mltc.is_mltc and mltc.definition = $definition

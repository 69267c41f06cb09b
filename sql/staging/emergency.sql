-- One row per attendance.
-- Typed rows of the extract without those that the gate set aside (quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.arrival_at,
    raw_row.department_type,
    raw_row.attendance_category,
    raw_row.acuity,
    raw_row.diagnoses,
    raw_row.disposal,
    raw_row.provider_code,
    raw_row.cost_gbp
from raw.emergency as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'emergency' and exclusion.row_id = raw_row._row_id
    )

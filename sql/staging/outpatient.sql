-- One row per appointment.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.appointment_date,
    raw_row.specialty,
    raw_row.provider_code,
    raw_row.attendance_status,
    raw_row.first_or_followup,
    raw_row.mode,
    raw_row.cost_gbp
from raw.outpatient as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'outpatient' and exclusion.row_id = raw_row._row_id
    )

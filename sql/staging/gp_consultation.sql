-- One row per contact with the practice.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.consultation_date,
    raw_row.clinician_id,
    raw_row.clinician_role,
    raw_row.mode,
    raw_row.status
from raw.gp_consultation as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'gp_consultation' and exclusion.row_id = raw_row._row_id
    )

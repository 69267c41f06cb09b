-- One row per answer.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.answered_date,
    raw_row.instrument,
    raw_row.item,
    raw_row.value
from raw.patient_reported as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'patient_reported' and exclusion.row_id = raw_row._row_id
    )

-- One row per person and practice registration.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.practice_code,
    raw_row.registered_from,
    raw_row.registered_to
from raw.registration as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'registration' and exclusion.row_id = raw_row._row_id
    )

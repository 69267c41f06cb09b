-- One row per person.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.type1,
    raw_row.national,
    raw_row.as_of
from raw.opt_out as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'opt_out' and exclusion.row_id = raw_row._row_id
    )

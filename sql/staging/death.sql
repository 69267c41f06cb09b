-- One row per registered death.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.death_date,
    raw_row.underlying_cause,
    raw_row.causes
from raw.death as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'death' and exclusion.row_id = raw_row._row_id
    )

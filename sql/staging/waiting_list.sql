-- One row per pathway and snapshot.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.pathway_id,
    raw_row.specialty,
    raw_row.provider_code,
    raw_row.clock_start,
    raw_row.snapshot_date,
    raw_row.priority
from raw.waiting_list as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'waiting_list' and exclusion.row_id = raw_row._row_id
    )

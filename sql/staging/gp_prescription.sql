-- One row per issue.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.issue_date,
    raw_row.code,
    raw_row.code_system,
    raw_row.name,
    raw_row.quantity,
    raw_row.days,
    raw_row.is_repeat
from raw.gp_prescription as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'gp_prescription' and exclusion.row_id = raw_row._row_id
    )

-- One row per stated ethnic category.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.ethnic_category,
    raw_row.stated_date
from raw.ethnicity as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'ethnicity' and exclusion.row_id = raw_row._row_id
    )

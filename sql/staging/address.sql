-- One row per person and address period.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.address_from,
    raw_row.address_to,
    raw_row.lsoa_code,
    raw_row.imd_decile,
    raw_row.is_care_home
from raw.address as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'address' and exclusion.row_id = raw_row._row_id
    )

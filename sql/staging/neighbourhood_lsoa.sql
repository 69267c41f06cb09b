-- One row per LSOA and period.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.lsoa_code,
    raw_row.neighbourhood,
    raw_row.sub_icb,
    raw_row.icb,
    raw_row.effective_from,
    raw_row.effective_to
from raw.neighbourhood_lsoa as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'neighbourhood_lsoa' and exclusion.row_id = raw_row._row_id
    )

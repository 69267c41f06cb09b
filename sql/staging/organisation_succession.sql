-- One row per organisation that ended and organisation that took over.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.organisation_type,
    raw_row.code,
    raw_row.successor_code,
    raw_row.effective_date,
    raw_row.kind
from raw.organisation_succession as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'organisation_succession' and exclusion.row_id = raw_row._row_id
    )

-- One row per feed and key of that feed.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.feed,
    raw_row.source_key,
    raw_row.person_id,
    raw_row.method,
    raw_row.confidence
from raw.person_link as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'person_link' and exclusion.row_id = raw_row._row_id
    )

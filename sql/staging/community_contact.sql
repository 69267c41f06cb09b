-- One row per care contact of a community health service.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.contact_date,
    raw_row.service,
    raw_row.provider_code,
    raw_row.status
from raw.community_contact as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'community_contact' and exclusion.row_id = raw_row._row_id
    )

-- One row per event of adult social care.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.event_date,
    raw_row.event_type,
    raw_row.service,
    raw_row.provider_code,
    raw_row.status,
    raw_row.end_date
from raw.social_care_event as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'social_care_event' and exclusion.row_id = raw_row._row_id
    )

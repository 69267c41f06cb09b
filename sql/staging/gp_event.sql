-- One row per coded entry in the GP record.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
-- Codes are upper case without surrounding blanks; CTV3 and Read keep their case, which carries meaning.
select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.event_date,
    case when raw_row.code_system = 'icd10' then upper(replace(raw_row.code, '.', '')) else raw_row.code end as code,
    raw_row.code_system,
    raw_row.value,
    raw_row.value_unit,
    raw_row.value_comparator,
    raw_row.episodicity,
    raw_row.practice_code,
    raw_row.recorded_date
from raw.gp_event as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'gp_event' and exclusion.row_id = raw_row._row_id
    )

-- One row per attendance.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
-- Sensitive codes leave the diagnoses (codelists/sensitive.toml names the legal bases); the row stays.
with sensitive as (
    select array_agg(written) filter (where column_name = 'diagnoses') as diagnoses
    from meta.sensitive_item
    where table_name = 'emergency'
),

raw_row as (
    select
        received.*,
        sensitive.diagnoses as sensitive_diagnoses
    from raw.emergency as received
    cross join sensitive
)

select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.arrival_at,
    raw_row.department_type,
    raw_row.attendance_category,
    raw_row.acuity,
    list_filter(
        raw_row.diagnoses, lambda written: not coalesce(list_contains(raw_row.sensitive_diagnoses, written), false)
    ) as diagnoses,
    raw_row.disposal,
    raw_row.provider_code,
    raw_row.cost_gbp
from raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'emergency' and exclusion.row_id = raw_row._row_id
    )

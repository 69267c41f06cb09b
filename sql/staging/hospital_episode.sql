-- One row per finished consultant episode (or per spell where the feed has spells only).
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
-- Diagnoses lose dots, blanks, filler X and dagger or asterisk marks, so that `i10x`, `I10-` and `I10` are one code.
-- Sensitive codes leave both lists (codelists/sensitive.toml names the legal bases); the row stays.
with sensitive as (
    select
        array_agg(written) filter (where column_name = 'diagnoses') as diagnoses,
        array_agg(written) filter (where column_name = 'procedures') as procedures
    from meta.sensitive_item
    where table_name = 'hospital_episode'
),

raw_row as (
    select
        received.*,
        sensitive.diagnoses as sensitive_diagnoses,
        sensitive.procedures as sensitive_procedures
    from raw.hospital_episode as received
    cross join sensitive
)

select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.spell_id,
    raw_row.episode_order,
    raw_row.admission_date,
    raw_row.discharge_date,
    raw_row.episode_start,
    raw_row.episode_end,
    upper(raw_row.admission_method) as admission_method,
    raw_row.admission_source,
    raw_row.discharge_destination,
    raw_row.discharge_method,
    raw_row.patient_class,
    raw_row.specialty,
    raw_row.provider_code,
    list_transform(
        list_filter(
            raw_row.diagnoses, lambda written: not coalesce(list_contains(raw_row.sensitive_diagnoses, written), false)
        ),
        lambda item: regexp_replace(
            regexp_replace(upper(item), '[^A-Z0-9]', '', 'g'), '^([A-Z][0-9]{2}(?:X[0-9]|[0-9]{0,2}))[ADX]+$', '\1'
        )
    ) as diagnoses,
    list_filter(
        raw_row.procedures, lambda written: not coalesce(list_contains(raw_row.sensitive_procedures, written), false)
    ) as procedures,
    raw_row.cost_gbp
from raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'hospital_episode' and exclusion.row_id = raw_row._row_id
    )

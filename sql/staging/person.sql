-- One row per person known to the feeds.
-- Typed rows of the extract without those that the gate set aside (dropped, quarantined, duplicate, opted out).
-- Sex outside the code list counts as not known (0), so that it is a group of its own and never lost.
select
    raw_row._row_id as row_id,
    raw_row.person_id,
    raw_row.birth_date,
    case when raw_row.sex in ('1', '2', '9') then raw_row.sex else '0' end as sex,
    raw_row.ethnic_category,
    raw_row.lsoa_code,
    raw_row.imd_decile,
    raw_row.practice_code,
    raw_row.registered_from,
    raw_row.registered_to,
    raw_row.death_date,
    raw_row.is_care_home,
    raw_row.is_housebound
from raw.person as raw_row
where
    not exists (
        select 1
        from meta.row_exclusion as exclusion
        where exclusion.table_name = 'person' and exclusion.row_id = raw_row._row_id
    )

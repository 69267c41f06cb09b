-- One row per index date and person: the electronic Frailty Index (Clegg 2016, Age Ageing 45:353).
-- A view: scores.person_score keeps its rows, beside those of every other score.
-- The share of 36 deficits that the GP record shows on the date. Bands with the upper edge in the band
-- (codelist.efi_band): fit up to 0.12, mild up to 0.24, moderate up to 0.36, severe above; of 36 deficits these are
-- 0 to 4, 5 to 8, 9 to 12, and 13 or more. 0 for a record without deficits, null without the GP feed. Without the
-- prescription feed polypharmacy is not seen, and the index is up to 1/36 too low.
-- It was made and validated for people aged 65 and over: use efi_is_65_or_over before reading it as frailty.
with counted as (
    select
        index_date,
        person_id,
        count(*) as deficit_count
    from scores.efi_deficit
    group by index_date, person_id
),

known as (
    select
        spine.index_date,
        spine.person_id,
        spine.age_years,
        case when feed.has_gp_event then coalesce(counted.deficit_count, 0) end as efi_deficit_count
    from register.spine as spine
    cross join meta.feed as feed
    left join counted on counted.index_date = spine.index_date and counted.person_id = spine.person_id
)

select
    known.index_date,
    known.person_id,
    known.efi_deficit_count,
    known.efi_deficit_count / cast(36 as double) as efi,
    band.efi_band,
    known.age_years >= 65 as efi_is_65_or_over
from known
left join codelist.efi_band as band
    on
        known.efi_deficit_count / cast(36 as double) <= band.up_to
        and (band.above is null or known.efi_deficit_count / cast(36 as double) > band.above)

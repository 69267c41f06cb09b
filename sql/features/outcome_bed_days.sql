-- One row per index date and person whose horizon lies inside the data: nights in hospital within it.
-- By when a night was spent, not by when the stay began; a night that two stays claim counts once (register.spell).
-- Kinds of stay: all but regular day and night attendances. The night after the index date is the first. No rows where
-- the hospital feed was not supplied.
with stay as (
    select
        spell.person_id,
        cast(least(coalesce(spell.stay_end_date, $index_date), $index_date) as date) - cast(spell.bed_days as integer)
            as from_date,
        cast(least(coalesce(spell.stay_end_date, $index_date), $index_date) as date) as to_date
    from register.spell as spell
    where spell.bed_days > 0 and not spell.is_regular_attender
),

spent as (
    select
        horizon.index_date,
        stay.person_id,
        cast(
            sum(least(stay.to_date, horizon.horizon_end) - greatest(stay.from_date, horizon.index_date)) as bigint
        ) as nights
    from features.horizon as horizon
    inner join stay on stay.from_date < horizon.horizon_end and stay.to_date > horizon.index_date
    group by horizon.index_date, stay.person_id
)

select
    spine.index_date,
    spine.person_id,
    coalesce(spent.nights, 0) as value
from register.spine as spine
inner join features.horizon as horizon on horizon.index_date = spine.index_date
cross join meta.feed as feed
left join spent on spent.person_id = spine.person_id and spent.index_date = spine.index_date
where feed.has_hospital_episode

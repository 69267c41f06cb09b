-- One row per index date and person: nights in hospital within the 12 and 24 months before the index date.
-- Nights count by when they were spent, not by when the stay began; a night that two stays claim counts once, and days
-- between the two spells of a transfer are no nights (register.spell). The night after the index date is not yet one.
-- Kind by the first spell of the continuous inpatient spell: unplanned (admission method 21-28, 2A-2D), planned
-- (elective 11-13), other (maternity, birth, transfer, not known). Regular attendances are left out.
-- Null where no hospital feed was supplied.
with index_date as (
    select distinct index_date
    from meta.index_date
),

stay as (
    select
        spell.person_id,
        case
            when cips.is_unplanned then 'unplanned'
            when method.admission_group = 'elective' then 'planned'
            else 'other'
        end as kind,
        cast(least(coalesce(spell.stay_end_date, $index_date), $index_date) as date) - cast(spell.bed_days as integer)
            as from_date,
        cast(least(coalesce(spell.stay_end_date, $index_date), $index_date) as date) as to_date
    from register.spell as spell
    inner join register.spell_cips as spell_cips on spell_cips.spell_key = spell.spell_key
    inner join register.continuous_inpatient_spell as cips on cips.cips_id = spell_cips.cips_id
    left join codelist.admission_method as method on method.code = cips.admission_method
    where spell.bed_days > 0 and not cips.is_regular_attender
),

cut as (
    select
        index_date.index_date,
        stay.person_id,
        stay.kind,
        least(stay.to_date, index_date.index_date)
        - greatest(stay.from_date, cast(index_date.index_date - interval 24 month as date)) as nights_24m,
        greatest(
            least(stay.to_date, index_date.index_date)
            - greatest(stay.from_date, cast(index_date.index_date - interval 12 month as date)),
            0
        ) as nights_12m
    from index_date
    inner join stay
        on
            stay.from_date < index_date.index_date
            and stay.to_date > index_date.index_date - interval 24 month
),

summed as (
    select
        index_date,
        person_id,
        sum(case when kind = 'unplanned' then nights_12m else 0 end) as unplanned_12m,
        sum(case when kind = 'unplanned' then nights_24m else 0 end) as unplanned_24m,
        sum(case when kind = 'planned' then nights_12m else 0 end) as planned_12m,
        sum(case when kind = 'planned' then nights_24m else 0 end) as planned_24m,
        sum(case when kind = 'other' then nights_12m else 0 end) as other_12m,
        sum(case when kind = 'other' then nights_24m else 0 end) as other_24m
    from cut
    group by index_date, person_id
)

select
    spine.index_date,
    spine.person_id,
    case when feed.has_hospital_episode then cast(coalesce(summed.unplanned_12m, 0) as bigint) end
        as unplanned_night_count_12m,
    case when feed.has_hospital_episode then cast(coalesce(summed.unplanned_24m, 0) as bigint) end
        as unplanned_night_count_24m,
    case when feed.has_hospital_episode then cast(coalesce(summed.planned_12m, 0) as bigint) end
        as planned_night_count_12m,
    case when feed.has_hospital_episode then cast(coalesce(summed.planned_24m, 0) as bigint) end
        as planned_night_count_24m,
    case when feed.has_hospital_episode then cast(coalesce(summed.other_12m, 0) as bigint) end
        as other_night_count_12m,
    case when feed.has_hospital_episode then cast(coalesce(summed.other_24m, 0) as bigint) end
        as other_night_count_24m
from register.spine as spine
cross join meta.feed as feed
left join summed on summed.person_id = spine.person_id and summed.index_date = spine.index_date

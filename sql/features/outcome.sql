-- One row per index date and person whose next $horizon_months months lie inside the data.
-- Outcome: at least one unplanned admission after the index date and within the horizon. Everyone in the
-- spine counts, also those who die or move within it: their admissions still reach the hospital feed.
-- The horizon must end on or before the index date of the run, up to which the feeds are known.
with horizon as (
    select
        index_date,
        cast(index_date + to_months($horizon_months) as date) as horizon_end
    from meta.index_date
    where index_date + to_months($horizon_months) <= $index_date
)

select
    spine.index_date,
    spine.person_id,
    max(case when spell.person_id is not null then 1 else 0 end) as has_unplanned_admission,
    min(spell.admission_date) as first_admission_date
from register.spine as spine
inner join horizon on horizon.index_date = spine.index_date
left join register.spell as spell
    on
        spell.person_id = spine.person_id
        and spell.is_unplanned
        and spell.admission_date > spine.index_date
        and spell.admission_date <= horizon.horizon_end
group by spine.index_date, spine.person_id

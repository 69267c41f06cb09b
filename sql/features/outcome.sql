-- One row per index date and person whose next $horizon_months months lie inside the data.
-- Outcome: at least one unplanned admission after the index date and within the horizon. An admission is a
-- continuous inpatient spell: a transfer of someone who is in hospital on the index date is none. Everyone in the
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
    max(case when cips.person_id is not null then 1 else 0 end) as has_unplanned_admission,
    min(cips.admission_date) as first_admission_date
from register.spine as spine
inner join horizon on horizon.index_date = spine.index_date
left join register.continuous_inpatient_spell as cips
    on
        cips.person_id = spine.person_id
        and cips.is_unplanned
        and cips.admission_date > spine.index_date
        and cips.admission_date <= horizon.horizon_end
group by spine.index_date, spine.person_id

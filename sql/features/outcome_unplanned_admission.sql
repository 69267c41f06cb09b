-- One row per index date and person whose horizon lies inside the data: 1 if admitted unplanned, else 0.
-- An admission is a continuous inpatient spell: a transfer of someone who is in hospital on the index date is none. It
-- counts by the day of admission, after the index date and within the horizon. Everyone in the spine counts, also those
-- who die or move within it: their admissions still reach the hospital feed. No rows where that was not supplied.
with admission as (
    select
        horizon.index_date,
        cips.person_id,
        count(*) as admission_count
    from features.horizon as horizon
    inner join register.continuous_inpatient_spell as cips
        on cips.admission_date > horizon.index_date and cips.admission_date <= horizon.horizon_end
    where cips.is_unplanned
    group by horizon.index_date, cips.person_id
)

select
    spine.index_date,
    spine.person_id,
    case when admission.admission_count >= 1 then 1 else 0 end as value
from register.spine as spine
inner join features.horizon as horizon on horizon.index_date = spine.index_date
cross join meta.feed as feed
left join admission on admission.person_id = spine.person_id and admission.index_date = spine.index_date
where feed.has_hospital_episode

-- One row per index date and person whose horizon lies inside the data: 1 if seen in an emergency department.
-- By the day of arrival, after the index date and within the horizon. Planned attendances (category 4) and same day
-- emergency care (type 05) are none; a category or type that is not given counts (NHS Data Dictionary). No rows where
-- the feed was not supplied.
with attendance as (
    select
        horizon.index_date,
        emergency.person_id,
        count(*) as attendance_count
    from features.horizon as horizon
    inner join staging.emergency as emergency
        on
            cast(emergency.arrival_at as date) > horizon.index_date
            and cast(emergency.arrival_at as date) <= horizon.horizon_end
    where coalesce(emergency.attendance_category, '') <> '4' and coalesce(emergency.department_type, '') <> '05'
    group by horizon.index_date, emergency.person_id
)

select
    spine.index_date,
    spine.person_id,
    case when attendance.attendance_count >= 1 then 1 else 0 end as value
from register.spine as spine
inner join features.horizon as horizon on horizon.index_date = spine.index_date
cross join meta.feed as feed
left join attendance on attendance.person_id = spine.person_id and attendance.index_date = spine.index_date
where feed.has_emergency

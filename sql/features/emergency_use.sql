-- One row per index date and person with an emergency department attendance in the 24 months up to the date.
-- Attendances count by the day of arrival, of every category and type of department.
with index_date as (
    select distinct
        index_date,
        cast(index_date - interval 3 month as date) as before_3m,
        cast(index_date - interval 12 month as date) as before_12m,
        cast(index_date - interval 24 month as date) as before_24m
    from meta.index_date
    where role <> 'last_run'
),

attendance as (
    select
        person_id,
        cast(arrival_at as date) as arrival_date
    from staging.emergency
)

select
    index_date.index_date,
    attendance.person_id,
    count(*) filter (where attendance.arrival_date > index_date.before_12m)
        as emergency_attendance_count_12m,
    count(*) filter (where attendance.arrival_date <= index_date.before_12m)
        as emergency_attendance_count_13_24m,
    count(*) filter (where attendance.arrival_date > index_date.before_3m)
        as emergency_attendance_count_3m,
    max(attendance.arrival_date) as last_emergency_attendance_date
from index_date
inner join attendance
    on
        attendance.arrival_date <= index_date.index_date
        and attendance.arrival_date > index_date.before_24m
group by index_date.index_date, attendance.person_id

-- One row per index date and person with an outpatient appointment in the 12 months up to the date.
-- NHS Data Dictionary, ATTENDED OR DID NOT ATTEND: attended is 5 and 6, missed is 3 (did not attend, no warning);
-- FIRST ATTENDANCE: first is 1 and 3, and 5 is an administrative event, which nobody misses.
with index_date as (
    select distinct
        index_date,
        cast(index_date - interval 3 month as date) as before_3m,
        cast(index_date - interval 12 month as date) as before_12m
    from meta.index_date
    where role <> 'last_run'
),

appointment as (
    select
        person_id,
        appointment_date,
        specialty,
        attendance_status in ('5', '6') as is_attended,
        attendance_status = '3' and coalesce(first_or_followup, '') <> '5' as is_missed,
        first_or_followup in ('1', '3') as is_first
    from staging.outpatient
    where attendance_status in ('3', '5', '6')
)

select
    index_date.index_date,
    appointment.person_id,
    count(*) filter (where appointment.is_attended) as outpatient_attended_count_12m,
    count(*) filter (
        where appointment.is_attended and appointment.appointment_date > index_date.before_3m
    ) as outpatient_attended_count_3m,
    count(*) filter (where appointment.is_attended and appointment.is_first) as outpatient_first_count_12m,
    count(distinct case when appointment.is_attended then appointment.specialty end) as outpatient_specialty_count_12m,
    count(*) filter (where appointment.is_missed) as outpatient_missed_count_12m,
    max(case when appointment.is_attended then appointment.appointment_date end) as last_outpatient_attended_date
from index_date
inner join appointment
    on
        appointment.appointment_date <= index_date.index_date
        and appointment.appointment_date > index_date.before_12m
group by index_date.index_date, appointment.person_id

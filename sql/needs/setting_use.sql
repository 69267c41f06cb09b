-- One row per person with MLTC and setting of care with a contact or an appointment in the 12 months up to the index
-- date. Settings: practice, outpatient, mental_health, community, emergency (arrivals) and hospital (stays that began
-- or went on in the year). Appointments are those kept or missed; cancelled ones and those to come are none. Missed:
-- did not attend (dna); in outpatients ATTENDED 3, administrative events (FIRSTATT 5) left out (NHS Data Dictionary).
-- Who came too late to be seen (7) kept the appointment and had no contact. Untold: the feed does not say whether it
-- was kept.
with appointment as (
    select
        person_id,
        'practice' as setting,
        status is null as is_untold,
        status = 'attended' as is_attended,
        status = 'dna' as is_missed,
        consultation_date as appointment_date
    from staging.gp_consultation
    where coalesce(status, '') <> 'cancelled'
    union all
    select
        person_id,
        'outpatient' as setting,
        attendance_status is null as is_untold,
        attendance_status in ('5', '6') as is_attended,
        attendance_status = '3' as is_missed,
        appointment_date
    from staging.outpatient
    where coalesce(attendance_status, '') not in ('0', '2', '4') and coalesce(first_or_followup, '') <> '5'
    union all
    select
        person_id,
        'mental_health' as setting,
        status is null as is_untold,
        status = 'attended' as is_attended,
        status = 'dna' as is_missed,
        contact_date as appointment_date
    from staging.mental_health_contact
    where coalesce(status, '') <> 'cancelled'
    union all
    select
        person_id,
        'community' as setting,
        status is null as is_untold,
        status = 'attended' as is_attended,
        status = 'dna' as is_missed,
        contact_date as appointment_date
    from staging.community_contact
    where coalesce(status, '') <> 'cancelled'
    union all
    select
        person_id,
        'emergency' as setting,
        false as is_untold,
        true as is_attended,
        false as is_missed,
        cast(arrival_at as date) as appointment_date
    from staging.emergency
    union all
    select
        person_id,
        'hospital' as setting,
        false as is_untold,
        true as is_attended,
        false as is_missed,
        -- a stay that began earlier counts by its last day in the window
        case
            when admission_date > $index_date - interval 12 month then admission_date
            else least(coalesce(discharge_date, $index_date), $index_date)
        end as appointment_date
    from register.continuous_inpatient_spell
    where admission_date <= $index_date
)

select
    appointment.person_id,
    appointment.setting,
    count(*) filter (where not appointment.is_untold) as appointment_count_12m,
    count(*) filter (where appointment.is_missed) as missed_count_12m,
    count(*) filter (where appointment.is_untold) as untold_count_12m,
    max(case when appointment.is_attended then appointment.appointment_date end) as last_attended_date,
    max(case when appointment.is_missed then appointment.appointment_date end) as last_missed_date
from appointment
inner join needs.person as person on person.person_id = appointment.person_id
where
    appointment.appointment_date <= $index_date
    and appointment.appointment_date > $index_date - interval 12 month
group by appointment.person_id, appointment.setting

-- One row per index date and person: continuity and use of care, wide.
-- Each number is that of the table of its name in this layer. Index discharges count by discharge, readmissions by the
-- day of readmission, both in the 12 months up to the index date; null where no hospital feed was supplied.
with index_date as (
    select distinct index_date
    from meta.index_date
),

index_discharge as (
    select
        index_date.index_date,
        readmission.person_id,
        count(*) as index_discharge_count_12m
    from index_date
    inner join utilisation.readmission as readmission
        on
            readmission.discharge_date <= index_date.index_date
            and readmission.discharge_date > index_date.index_date - interval 12 month
    group by index_date.index_date, readmission.person_id
),

readmitted as (
    select
        index_date.index_date,
        readmission.person_id,
        count(*) as emergency_readmission_count_12m,
        max(readmission.readmission_date) as last_readmission_date
    from index_date
    inner join utilisation.readmission as readmission
        on
            readmission.readmission_date <= index_date.index_date
            and readmission.readmission_date > index_date.index_date - interval 12 month
    group by index_date.index_date, readmission.person_id
)

select
    continuity.index_date,
    continuity.person_id,
    continuity.named_gp_contact_count_12m,
    continuity.usual_provider_index_12m,
    continuity.bice_boxerman_index_12m,
    continuity.sequential_index_12m,
    continuity.herfindahl_index_12m,
    continuity.named_gp_contact_count_24m,
    continuity.usual_provider_index_24m,
    continuity.bice_boxerman_index_24m,
    continuity.sequential_index_24m,
    continuity.herfindahl_index_24m,
    acsc.acsc_admission_count_12m,
    acsc.acsc_admission_count_24m,
    acsc.acsc_19_admission_count_12m,
    acsc.acsc_19_admission_count_24m,
    case when feed.has_hospital_episode then coalesce(index_discharge.index_discharge_count_12m, 0) end
        as index_discharge_count_12m,
    case when feed.has_hospital_episode then coalesce(readmitted.emergency_readmission_count_12m, 0) end
        as emergency_readmission_count_12m,
    high_intensity.unplanned_attendance_count_12m,
    high_intensity.practice_contact_count_12m,
    bed_days.unplanned_night_count_12m,
    bed_days.unplanned_night_count_24m,
    bed_days.planned_night_count_12m,
    bed_days.planned_night_count_24m,
    bed_days.other_night_count_12m,
    bed_days.other_night_count_24m,
    missed.gp_appointment_count_12m,
    missed.gp_missed_count_12m,
    missed.gp_missed_rate_12m,
    missed.outpatient_appointment_count_12m,
    missed.outpatient_missed_count_12m,
    missed.outpatient_missed_rate_12m,
    high_intensity.is_high_intensity_user,
    high_intensity.is_frequent_attender,
    high_intensity.is_very_frequent_attender,
    high_intensity.is_practice_frequent_attender,
    acsc.last_acsc_admission_date,
    readmitted.last_readmission_date
from utilisation.continuity as continuity
cross join meta.feed as feed
inner join utilisation.ambulatory_care_sensitive as acsc
    on acsc.person_id = continuity.person_id and acsc.index_date = continuity.index_date
inner join utilisation.high_intensity_use as high_intensity
    on high_intensity.person_id = continuity.person_id and high_intensity.index_date = continuity.index_date
inner join utilisation.bed_days as bed_days
    on bed_days.person_id = continuity.person_id and bed_days.index_date = continuity.index_date
inner join utilisation.missed_appointments as missed
    on missed.person_id = continuity.person_id and missed.index_date = continuity.index_date
left join index_discharge
    on index_discharge.person_id = continuity.person_id and index_discharge.index_date = continuity.index_date
left join readmitted
    on readmitted.person_id = continuity.person_id and readmitted.index_date = continuity.index_date

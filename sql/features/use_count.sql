-- One row per index date and person: use of care in the months up to the index date.
-- Windows end on the index date; admissions count by admission date, attendances by arrival.
-- An admission is a continuous inpatient spell: a transfer to another hospital is not a new one. Regular day and night
-- attendances (dialysis, chemotherapy) are counted apart. Nights are those up to the index date, none counted twice.
-- A medicine is one of scores.person_medicine, of any chapter; of dm+d and SNOMED CT codes, which are per product,
-- the whole code, so that those count higher. A feed that was not supplied gives null, never zero (meta.feed).
with spine as (
    select
        index_date,
        person_id
    from register.spine
),

admission as (
    select
        spine.index_date,
        spine.person_id,
        count(*) filter (where cips.is_unplanned and cips.admission_date > spine.index_date - interval 12 month)
            as unplanned_admission_count_12m,
        count(*) filter (where cips.is_unplanned and cips.admission_date <= spine.index_date - interval 12 month)
            as unplanned_admission_count_13_24m,
        count(*) filter (
            where
            not cips.is_unplanned
            and not cips.is_regular_attender
            and cips.admission_date > spine.index_date - interval 12 month
        ) as planned_admission_count_12m,
        count(*) filter (
            where cips.is_regular_attender and cips.admission_date > spine.index_date - interval 12 month
        ) as regular_attendance_count_12m,
        sum(case
            when cips.is_unplanned and cips.admission_date > spine.index_date - interval 12 month
                then least(cips.nights, spine.index_date - cips.admission_date)
        end) as unplanned_bed_days_12m,
        max(case when cips.is_unplanned then cips.admission_date end) as last_unplanned_admission_date
    from spine
    inner join register.continuous_inpatient_spell as cips
        on
            cips.person_id = spine.person_id
            and cips.admission_date <= spine.index_date
            and cips.admission_date > spine.index_date - interval 24 month
    group by spine.index_date, spine.person_id
),

attendance as (
    select
        spine.index_date,
        spine.person_id,
        count(*) as emergency_attendance_count_12m
    from spine
    inner join staging.emergency as emergency
        on
            emergency.person_id = spine.person_id
            and cast(emergency.arrival_at as date) <= spine.index_date
            and cast(emergency.arrival_at as date) > spine.index_date - interval 12 month
    group by spine.index_date, spine.person_id
),

appointment as (
    select
        spine.index_date,
        spine.person_id,
        count(*) filter (where outpatient.attendance_status in ('5', '6')) as outpatient_attended_count_12m,
        count(distinct case when outpatient.attendance_status in ('5', '6') then outpatient.specialty end)
            as outpatient_specialty_count_12m
    from spine
    inner join staging.outpatient as outpatient
        on
            outpatient.person_id = spine.person_id
            and outpatient.appointment_date <= spine.index_date
            and outpatient.appointment_date > spine.index_date - interval 12 month
    group by spine.index_date, spine.person_id
),

contact as (
    select
        spine.index_date,
        spine.person_id,
        count(*) filter (where consultation.status = 'attended') as gp_contact_count_12m
    from spine
    inner join staging.gp_consultation as consultation
        on
            consultation.person_id = spine.person_id
            and consultation.consultation_date <= spine.index_date
            and consultation.consultation_date > spine.index_date - interval 12 month
    group by spine.index_date, spine.person_id
),

medicine as (
    select
        index_date,
        person_id,
        count(*) as medicine_count_3m
    from scores.person_medicine
    where issue_count_3m > 0
    group by index_date, person_id
)

select
    spine.index_date,
    spine.person_id,
    case when feed.has_hospital_episode then coalesce(admission.unplanned_admission_count_12m, 0) end
        as unplanned_admission_count_12m,
    case when feed.has_hospital_episode then coalesce(admission.unplanned_admission_count_13_24m, 0) end
        as unplanned_admission_count_13_24m,
    case when feed.has_hospital_episode then coalesce(admission.planned_admission_count_12m, 0) end
        as planned_admission_count_12m,
    case when feed.has_hospital_episode then coalesce(admission.regular_attendance_count_12m, 0) end
        as regular_attendance_count_12m,
    case when feed.has_hospital_episode then cast(coalesce(admission.unplanned_bed_days_12m, 0) as bigint) end
        as unplanned_bed_days_12m,
    case when feed.has_emergency then coalesce(attendance.emergency_attendance_count_12m, 0) end
        as emergency_attendance_count_12m,
    case when feed.has_outpatient then coalesce(appointment.outpatient_attended_count_12m, 0) end
        as outpatient_attended_count_12m,
    case when feed.has_outpatient then coalesce(appointment.outpatient_specialty_count_12m, 0) end
        as outpatient_specialty_count_12m,
    case when feed.has_gp_consultation then coalesce(contact.gp_contact_count_12m, 0) end as gp_contact_count_12m,
    case when feed.has_gp_prescription then coalesce(medicine.medicine_count_3m, 0) end as medicine_count_3m,
    admission.last_unplanned_admission_date
from spine
cross join meta.feed as feed
left join admission
    on admission.person_id = spine.person_id and admission.index_date = spine.index_date
left join attendance
    on attendance.person_id = spine.person_id and attendance.index_date = spine.index_date
left join appointment
    on appointment.person_id = spine.person_id and appointment.index_date = spine.index_date
left join contact
    on contact.person_id = spine.person_id and contact.index_date = spine.index_date
left join medicine
    on medicine.person_id = spine.person_id and medicine.index_date = spine.index_date

-- One row per index date and person: use of care in the months up to the index date.
-- Windows end on the index date; admissions count by admission date, attendances by arrival, as in
-- features.hospital_use and its neighbours. A medicine is one of scores.person_medicine, of any chapter: a BNF
-- chemical substance (nine characters), or, of dm+d and SNOMED CT codes, which are per product, the whole code, so
-- that those count higher.
-- A feed that was not supplied, or had not begun when the window did, gives null, never zero (features.known_window).
with medicine as (
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
    case when known.is_hospital_12m_known then coalesce(hospital.unplanned_admission_count_12m, 0) end
        as unplanned_admission_count_12m,
    case when known.is_hospital_24m_known then coalesce(hospital.unplanned_admission_count_13_24m, 0) end
        as unplanned_admission_count_13_24m,
    case when known.is_hospital_12m_known then coalesce(hospital.planned_admission_count_12m, 0) end
        as planned_admission_count_12m,
    case when known.is_hospital_12m_known then coalesce(hospital.regular_attendance_count_12m, 0) end
        as regular_attendance_count_12m,
    case when known.is_hospital_12m_known then coalesce(hospital.unplanned_bed_days_12m, 0) end
        as unplanned_bed_days_12m,
    case when known.is_emergency_12m_known then coalesce(emergency.emergency_attendance_count_12m, 0) end
        as emergency_attendance_count_12m,
    case when known.is_outpatient_12m_known then coalesce(outpatient.outpatient_attended_count_12m, 0) end
        as outpatient_attended_count_12m,
    case when known.is_outpatient_12m_known then coalesce(outpatient.outpatient_specialty_count_12m, 0) end
        as outpatient_specialty_count_12m,
    case when known.is_practice_12m_known then coalesce(practice.gp_contact_count_12m, 0) end
        as gp_contact_count_12m,
    case when feed.has_gp_prescription then coalesce(medicine.medicine_count_3m, 0) end as medicine_count_3m,
    hospital.last_unplanned_admission_date
from register.spine as spine
cross join meta.feed as feed
inner join features.known_window as known on known.index_date = spine.index_date
left join features.hospital_use as hospital
    on hospital.person_id = spine.person_id and hospital.index_date = spine.index_date
left join features.emergency_use as emergency
    on emergency.person_id = spine.person_id and emergency.index_date = spine.index_date
left join features.outpatient_use as outpatient
    on outpatient.person_id = spine.person_id and outpatient.index_date = spine.index_date
left join features.practice_use as practice
    on practice.person_id = spine.person_id and practice.index_date = spine.index_date
left join medicine
    on medicine.person_id = spine.person_id and medicine.index_date = spine.index_date

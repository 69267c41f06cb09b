-- One row per index date and person: what a risk model may know on that date, and nothing after it.
-- Exactly the features of codelists/features.toml, in its order, which says of each its window, unit and source.
-- Conditions and values by the day on which they were known, use of care by windows that end on the index date.
-- Null: not known. A feed that was not supplied, or had not begun when a window did, is never zero.
-- Months are whole months of 30.4375 days, years of 365.25 days.
with deficit as (
    select
        index_date,
        person_id,
        max(case when deficit = 'housebound' then 1 else 0 end) as is_housebound,
        max(case when deficit = 'falls' then 1 else 0 end) as has_falls,
        max(case when deficit = 'mobility_transfer' then 1 else 0 end) as has_mobility_transfer,
        max(case when deficit = 'requirement_for_care' then 1 else 0 end) as has_requirement_for_care,
        max(case when deficit = 'social_vulnerability' then 1 else 0 end) as has_social_vulnerability,
        max(case when deficit = 'weight_loss_anorexia' then 1 else 0 end) as has_weight_loss_anorexia,
        max(case when deficit = 'dyspnoea' then 1 else 0 end) as has_dyspnoea
    from scores.efi_deficit
    group by index_date, person_id
)

select
    spine.index_date,
    spine.person_id,
    spine.practice_code,
    spine.age_years,
    case person.sex when '2' then 1 when '1' then 0 end as is_female,
    residence.imd_quintile,
    residence.is_care_home,
    case when feed.has_gp_event then coalesce(deficit.is_housebound, 0) end as is_housebound,
    round((spine.index_date - spine.registered_from) / 365.25, 2) as registered_years,
    case when known.is_condition_known then coalesce(condition.condition_count, 0) end as condition_count,
    case when known.is_condition_known then coalesce(condition.body_system_count, 0) end as body_system_count,
    case when known.is_condition_known then coalesce(condition.new_condition_count_12m, 0) end
        as new_condition_count_12m,
    case when known.is_condition_known then coalesce(condition.is_complex_mltc, 0) end as is_complex_mltc,
    round((spine.index_date - condition.mltc_known_date) / 365.25, 2) as mltc_years,
    cast(floor((spine.index_date - condition.newest_known_date) / 30.4375) as integer) as newest_condition_months,
    case when known.is_condition_known then coalesce(condition.has_mental_condition, 0) end as has_mental_condition,
    case
        when known.is_condition_known
            then coalesce(condition.has_physical_condition * condition.has_mental_condition, 0)
    end as has_physical_mental,
    case when known.is_condition_known then coalesce(condition.has_cancer, 0) end as has_cancer,
    case when known.is_condition_known then coalesce(condition.has_severe_mental_illness, 0) end
        as has_severe_mental_illness,
    case when known.is_condition_known then coalesce(condition.has_cardiovascular_disease, 0) end
        as has_cardiovascular_disease,
    case when known.is_condition_known then coalesce(condition.has_respiratory_disease, 0) end
        as has_respiratory_disease,
    case when known.is_condition_known then coalesce(condition.has_palliative_care, 0) end as has_palliative_care,
    case when known.is_condition_known then coalesce(condition.has_learning_disability, 0) end
        as has_learning_disability,
    case when known.is_condition_known then coalesce(condition.has_stroke, 0) end as has_stroke,
    case when known.is_condition_known then coalesce(condition.has_coronary_artery_disease, 0) end
        as has_coronary_artery_disease,
    case when known.is_condition_known then coalesce(condition.has_heart_failure, 0) end as has_heart_failure,
    case when known.is_condition_known then coalesce(condition.has_peripheral_artery_disease, 0) end
        as has_peripheral_artery_disease,
    case when known.is_condition_known then coalesce(condition.has_diabetes, 0) end as has_diabetes,
    case when known.is_condition_known then coalesce(condition.has_addisons_disease, 0) end as has_addisons_disease,
    case when known.is_condition_known then coalesce(condition.has_cystic_fibrosis, 0) end as has_cystic_fibrosis,
    case when known.is_condition_known then coalesce(condition.has_copd, 0) end as has_copd,
    case when known.is_condition_known then coalesce(condition.has_asthma, 0) end as has_asthma,
    case when known.is_condition_known then coalesce(condition.has_parkinsons_disease, 0) end
        as has_parkinsons_disease,
    case when known.is_condition_known then coalesce(condition.has_epilepsy, 0) end as has_epilepsy,
    case when known.is_condition_known then coalesce(condition.has_multiple_sclerosis, 0) end
        as has_multiple_sclerosis,
    case when known.is_condition_known then coalesce(condition.has_paralysis, 0) end as has_paralysis,
    case when known.is_condition_known then coalesce(condition.has_solid_organ_cancer, 0) end
        as has_solid_organ_cancer,
    case when known.is_condition_known then coalesce(condition.has_haematological_cancer, 0) end
        as has_haematological_cancer,
    case when known.is_condition_known then coalesce(condition.has_metastatic_cancer, 0) end as has_metastatic_cancer,
    case when known.is_condition_known then coalesce(condition.has_dementia, 0) end as has_dementia,
    case when known.is_condition_known then coalesce(condition.has_schizophrenia, 0) end as has_schizophrenia,
    case when known.is_condition_known then coalesce(condition.has_connective_tissue_disease, 0) end
        as has_connective_tissue_disease,
    case when known.is_condition_known then coalesce(condition.has_chronic_liver_disease, 0) end
        as has_chronic_liver_disease,
    case when known.is_condition_known then coalesce(condition.has_inflammatory_bowel_disease, 0) end
        as has_inflammatory_bowel_disease,
    case when known.is_condition_known then coalesce(condition.has_chronic_kidney_disease, 0) end
        as has_chronic_kidney_disease,
    case when known.is_condition_known then coalesce(condition.has_end_stage_kidney_disease, 0) end
        as has_end_stage_kidney_disease,
    case when known.is_condition_known then coalesce(condition.has_hiv_aids, 0) end as has_hiv_aids,
    case when known.is_condition_known then coalesce(condition.has_heart_valve_disorders, 0) end
        as has_heart_valve_disorders,
    case when known.is_condition_known then coalesce(condition.has_arrhythmia, 0) end as has_arrhythmia,
    case when known.is_condition_known then coalesce(condition.has_venous_thromboembolism, 0) end
        as has_venous_thromboembolism,
    case when known.is_condition_known then coalesce(condition.has_aneurysm, 0) end as has_aneurysm,
    case when known.is_condition_known then coalesce(condition.has_hypertension, 0) end as has_hypertension,
    case when known.is_condition_known then coalesce(condition.has_thyroid_disorders, 0) end as has_thyroid_disorders,
    case when known.is_condition_known then coalesce(condition.has_bronchiectasis, 0) end as has_bronchiectasis,
    case when known.is_condition_known then coalesce(condition.has_transient_ischaemic_attack, 0) end
        as has_transient_ischaemic_attack,
    case when known.is_condition_known then coalesce(condition.has_peripheral_neuropathy, 0) end
        as has_peripheral_neuropathy,
    case when known.is_condition_known then coalesce(condition.has_chronic_primary_pain, 0) end
        as has_chronic_primary_pain,
    case when known.is_condition_known then coalesce(condition.has_melanoma, 0) end as has_melanoma,
    case when known.is_condition_known then coalesce(condition.has_depression, 0) end as has_depression,
    case when known.is_condition_known then coalesce(condition.has_anxiety, 0) end as has_anxiety,
    case when known.is_condition_known then coalesce(condition.has_bipolar_disorder, 0) end as has_bipolar_disorder,
    case when known.is_condition_known then coalesce(condition.has_drug_alcohol_misuse, 0) end
        as has_drug_alcohol_misuse,
    case when known.is_condition_known then coalesce(condition.has_eating_disorder, 0) end as has_eating_disorder,
    case when known.is_condition_known then coalesce(condition.has_autism, 0) end as has_autism,
    case when known.is_condition_known then coalesce(condition.has_ptsd, 0) end as has_ptsd,
    case when known.is_condition_known then coalesce(condition.has_osteoarthritis, 0) end as has_osteoarthritis,
    case when known.is_condition_known then coalesce(condition.has_osteoporosis, 0) end as has_osteoporosis,
    case when known.is_condition_known then coalesce(condition.has_gout, 0) end as has_gout,
    case when known.is_condition_known then coalesce(condition.has_chronic_pancreatic_disease, 0) end
        as has_chronic_pancreatic_disease,
    case when known.is_condition_known then coalesce(condition.has_peptic_ulcer, 0) end as has_peptic_ulcer,
    case when known.is_condition_known then coalesce(condition.has_endometriosis, 0) end as has_endometriosis,
    case when known.is_condition_known then coalesce(condition.has_chronic_urinary_tract_infection, 0) end
        as has_chronic_urinary_tract_infection,
    case when known.is_condition_known then coalesce(condition.has_anaemia, 0) end as has_anaemia,
    case when known.is_condition_known then coalesce(condition.has_vision_impairment, 0) end as has_vision_impairment,
    case when known.is_condition_known then coalesce(condition.has_hearing_impairment, 0) end
        as has_hearing_impairment,
    case when known.is_condition_known then coalesce(condition.has_menieres_disease, 0) end as has_menieres_disease,
    case when known.is_condition_known then coalesce(condition.has_tuberculosis, 0) end as has_tuberculosis,
    case when known.is_condition_known then coalesce(condition.has_post_acute_covid19, 0) end
        as has_post_acute_covid19,
    case when known.is_condition_known then coalesce(condition.has_congenital_chromosomal, 0) end
        as has_congenital_chromosomal,
    case when feed.has_gp_event then coalesce(deficit.has_falls, 0) end as has_falls,
    case when feed.has_gp_event then coalesce(deficit.has_mobility_transfer, 0) end as has_mobility_transfer,
    case when feed.has_gp_event then coalesce(deficit.has_requirement_for_care, 0) end as has_requirement_for_care,
    case when feed.has_gp_event then coalesce(deficit.has_social_vulnerability, 0) end as has_social_vulnerability,
    case when feed.has_gp_event then coalesce(deficit.has_weight_loss_anorexia, 0) end as has_weight_loss_anorexia,
    case when feed.has_gp_event then coalesce(deficit.has_dyspnoea, 0) end as has_dyspnoea,
    score.charlson_quan_2011,
    case when known.is_hospital_24m_known then score.hfrs end as hfrs,
    score.efi,
    score.cambridge_37_general,
    score.cambridge_37_unplanned_admission,
    use_count.medicine_count_3m,
    score.repeat_medicine_count_3m,
    score.anticholinergic_burden_3m,
    use_count.unplanned_admission_count_12m,
    use_count.unplanned_admission_count_13_24m,
    case when known.is_hospital_3m_known then coalesce(hospital.unplanned_admission_count_3m, 0) end
        as unplanned_admission_count_3m,
    use_count.planned_admission_count_12m,
    use_count.regular_attendance_count_12m,
    use_count.unplanned_bed_days_12m,
    case when known.is_hospital_12m_known then coalesce(hospital.planned_bed_days_12m, 0) end as planned_bed_days_12m,
    case when known.is_hospital_12m_known then coalesce(hospital.longest_unplanned_stay_days_12m, 0) end
        as longest_unplanned_stay_days_12m,
    case when known.is_hospital_12m_known then coalesce(hospital.short_unplanned_stay_count_12m, 0) end
        as short_unplanned_stay_count_12m,
    case when known.is_hospital_12m_known then coalesce(hospital.emergency_readmission_count_12m, 0) end
        as emergency_readmission_count_12m,
    case when known.is_hospital_12m_known then coalesce(hospital.acsc_admission_count_12m, 0) end
        as acsc_admission_count_12m,
    case
        when known.is_hospital_24m_known
            then cast(floor((spine.index_date - hospital.last_discharge_date) / 30.4375) as integer)
    end as last_discharge_months,
    case when known.is_hospital_3m_known then coalesce(hospital.is_in_hospital, 0) end as is_in_hospital,
    case
        when known.is_hospital_24m_known
            then
                cast(coalesce(hospital.unplanned_admission_count_12m, 0) + 1 as double)
                / (coalesce(hospital.unplanned_admission_count_13_24m, 0) + 1)
    end as unplanned_admission_trend,
    use_count.emergency_attendance_count_12m,
    case when known.is_emergency_24m_known then coalesce(emergency.emergency_attendance_count_13_24m, 0) end
        as emergency_attendance_count_13_24m,
    case when known.is_emergency_3m_known then coalesce(emergency.emergency_attendance_count_3m, 0) end
        as emergency_attendance_count_3m,
    case
        when known.is_emergency_24m_known
            then
                cast(coalesce(emergency.emergency_attendance_count_12m, 0) + 1 as double)
                / (coalesce(emergency.emergency_attendance_count_13_24m, 0) + 1)
    end as emergency_attendance_trend,
    use_count.outpatient_attended_count_12m,
    case when known.is_outpatient_3m_known then coalesce(outpatient.outpatient_attended_count_3m, 0) end
        as outpatient_attended_count_3m,
    case when known.is_outpatient_12m_known then coalesce(outpatient.outpatient_first_count_12m, 0) end
        as outpatient_first_count_12m,
    use_count.outpatient_specialty_count_12m,
    case when known.is_outpatient_12m_known then coalesce(outpatient.outpatient_missed_count_12m, 0) end
        as outpatient_missed_count_12m,
    use_count.gp_contact_count_12m,
    case when known.is_practice_24m_known then coalesce(practice.gp_contact_count_13_24m, 0) end
        as gp_contact_count_13_24m,
    case when known.is_practice_3m_known then coalesce(practice.gp_contact_count_3m, 0) end as gp_contact_count_3m,
    case
        when known.is_practice_12m_known and practice.person_id is null then 0
        when known.is_practice_12m_known then practice.gp_doctor_contact_count_12m
    end as gp_doctor_contact_count_12m,
    case
        when known.is_practice_12m_known and practice.person_id is null then 0
        when known.is_practice_12m_known then practice.gp_remote_contact_count_12m
    end as gp_remote_contact_count_12m,
    case
        when known.is_practice_12m_known and practice.person_id is null then 0
        when known.is_practice_12m_known then practice.gp_home_visit_count_12m
    end as gp_home_visit_count_12m,
    case when known.is_practice_12m_known then coalesce(practice.gp_missed_count_12m, 0) end as gp_missed_count_12m,
    case
        when known.is_practice_24m_known
            then
                cast(coalesce(practice.gp_contact_count_12m, 0) + 1 as double)
                / (coalesce(practice.gp_contact_count_13_24m, 0) + 1)
    end as gp_contact_trend,
    case
        when known.is_practice_12m_known
            then
                cast(4 * coalesce(practice.gp_contact_count_3m, 0) + 1 as double)
                / (coalesce(practice.gp_contact_count_12m, 0) + 1)
    end as gp_contact_recent_trend,
    case when known.is_practice_12m_known then continuity.usual_provider_index_12m end as usual_provider_index_12m,
    latest_value.latest_bmi,
    cast(floor((spine.index_date - latest_value.latest_bmi_date) / 30.4375) as integer) as latest_bmi_months,
    latest_value.latest_egfr,
    cast(floor((spine.index_date - latest_value.latest_egfr_date) / 30.4375) as integer) as latest_egfr_months,
    latest_value.latest_haemoglobin,
    cast(floor((spine.index_date - latest_value.latest_haemoglobin_date) / 30.4375) as integer)
        as latest_haemoglobin_months,
    latest_value.latest_urine_acr,
    cast(floor((spine.index_date - latest_value.latest_urine_acr_date) / 30.4375) as integer) as latest_urine_acr_months
from register.spine as spine
cross join meta.feed as feed
inner join features.known_window as known on known.index_date = spine.index_date
inner join staging.person as person on person.person_id = spine.person_id
inner join features.use_count as use_count
    on use_count.person_id = spine.person_id and use_count.index_date = spine.index_date
inner join features.residence as residence
    on residence.person_id = spine.person_id and residence.index_date = spine.index_date
inner join scores.person_score as score
    on score.person_id = spine.person_id and score.index_date = spine.index_date
left join features.condition_held as condition
    on condition.person_id = spine.person_id and condition.index_date = spine.index_date
left join deficit
    on deficit.person_id = spine.person_id and deficit.index_date = spine.index_date
left join features.hospital_use as hospital
    on hospital.person_id = spine.person_id and hospital.index_date = spine.index_date
left join features.emergency_use as emergency
    on emergency.person_id = spine.person_id and emergency.index_date = spine.index_date
left join features.outpatient_use as outpatient
    on outpatient.person_id = spine.person_id and outpatient.index_date = spine.index_date
left join features.practice_use as practice
    on practice.person_id = spine.person_id and practice.index_date = spine.index_date
left join utilisation.continuity as continuity
    on continuity.person_id = spine.person_id and continuity.index_date = spine.index_date
left join features.latest_value as latest_value
    on latest_value.person_id = spine.person_id and latest_value.index_date = spine.index_date

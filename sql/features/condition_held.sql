-- One row per index date and person with a condition of any definition: how many, since when, and which.
-- Conditions by what was known on the index date (register.condition_status). Numbers, dates and groups by body system
-- are of the definition of the run; a flag of a single condition is that condition's own rule, whichever definition the
-- run counts by. The day on which MLTC was known is the day of the second condition, as in register.mltc.
with held as (
    select
        status.index_date,
        status.person_id,
        status.condition,
        case when membership.condition is not null then status.condition end as counted,
        case when membership.condition is not null then condition.body_system end as body_system,
        case when membership.condition is not null then condition.kind end as kind,
        case when membership.condition is not null then status.first_known_date end as first_known_date,
        row_number() over (
            partition by status.index_date, status.person_id, membership.condition is not null
            order by status.first_known_date, status.condition
        ) as place
    from register.condition_status as status
    inner join codelist.condition as condition on condition.key = status.condition
    left join codelist.membership as membership
        on membership.condition = status.condition and membership.definition = $definition
)

select
    status.index_date,
    status.person_id,
    count(status.counted) as condition_count,
    count(distinct status.body_system) as body_system_count,
    count(status.counted) filter (where status.first_known_date > status.index_date - interval 12 month)
        as new_condition_count_12m,
    case
        when
            count(status.counted) >= $complex_conditions and count(distinct status.body_system) >= $complex_systems
            then 1
        else 0
    end as is_complex_mltc,
    max(case when status.kind = 'mental' then 1 else 0 end) as has_mental_condition,
    max(case when status.kind = 'physical' then 1 else 0 end) as has_physical_condition,
    max(case when status.body_system = 'cardiovascular' then 1 else 0 end) as has_cardiovascular_disease,
    max(case when status.body_system = 'respiratory' then 1 else 0 end) as has_respiratory_disease,
    max(case
        when status.condition in ('solid_organ_cancer', 'haematological_cancer', 'metastatic_cancer') then 1
        else 0
    end) as has_cancer,
    max(case when status.condition in ('schizophrenia', 'bipolar_disorder') then 1 else 0 end)
        as has_severe_mental_illness,
    max(case when status.condition = 'palliative_care_register' then 1 else 0 end) as has_palliative_care,
    max(case when status.condition = 'learning_disability' then 1 else 0 end) as has_learning_disability,
    max(case when status.condition = 'stroke' then 1 else 0 end) as has_stroke,
    max(case when status.condition = 'coronary_artery_disease' then 1 else 0 end) as has_coronary_artery_disease,
    max(case when status.condition = 'heart_failure' then 1 else 0 end) as has_heart_failure,
    max(case when status.condition = 'peripheral_artery_disease' then 1 else 0 end) as has_peripheral_artery_disease,
    max(case when status.condition = 'diabetes' then 1 else 0 end) as has_diabetes,
    max(case when status.condition = 'addisons_disease' then 1 else 0 end) as has_addisons_disease,
    max(case when status.condition = 'cystic_fibrosis' then 1 else 0 end) as has_cystic_fibrosis,
    max(case when status.condition = 'copd' then 1 else 0 end) as has_copd,
    max(case when status.condition = 'asthma' then 1 else 0 end) as has_asthma,
    max(case when status.condition = 'parkinsons_disease' then 1 else 0 end) as has_parkinsons_disease,
    max(case when status.condition = 'epilepsy' then 1 else 0 end) as has_epilepsy,
    max(case when status.condition = 'multiple_sclerosis' then 1 else 0 end) as has_multiple_sclerosis,
    max(case when status.condition = 'paralysis' then 1 else 0 end) as has_paralysis,
    max(case when status.condition = 'solid_organ_cancer' then 1 else 0 end) as has_solid_organ_cancer,
    max(case when status.condition = 'haematological_cancer' then 1 else 0 end) as has_haematological_cancer,
    max(case when status.condition = 'metastatic_cancer' then 1 else 0 end) as has_metastatic_cancer,
    max(case when status.condition = 'dementia' then 1 else 0 end) as has_dementia,
    max(case when status.condition = 'schizophrenia' then 1 else 0 end) as has_schizophrenia,
    max(case when status.condition = 'connective_tissue_disease' then 1 else 0 end) as has_connective_tissue_disease,
    max(case when status.condition = 'chronic_liver_disease' then 1 else 0 end) as has_chronic_liver_disease,
    max(case when status.condition = 'inflammatory_bowel_disease' then 1 else 0 end) as has_inflammatory_bowel_disease,
    max(case when status.condition = 'chronic_kidney_disease' then 1 else 0 end) as has_chronic_kidney_disease,
    max(case when status.condition = 'end_stage_kidney_disease' then 1 else 0 end) as has_end_stage_kidney_disease,
    max(case when status.condition = 'hiv_aids' then 1 else 0 end) as has_hiv_aids,
    max(case when status.condition = 'heart_valve_disorders' then 1 else 0 end) as has_heart_valve_disorders,
    max(case when status.condition = 'arrhythmia' then 1 else 0 end) as has_arrhythmia,
    max(case when status.condition = 'venous_thromboembolism' then 1 else 0 end) as has_venous_thromboembolism,
    max(case when status.condition = 'aneurysm' then 1 else 0 end) as has_aneurysm,
    max(case when status.condition = 'hypertension' then 1 else 0 end) as has_hypertension,
    max(case when status.condition = 'thyroid_disorders' then 1 else 0 end) as has_thyroid_disorders,
    max(case when status.condition = 'bronchiectasis' then 1 else 0 end) as has_bronchiectasis,
    max(case when status.condition = 'transient_ischaemic_attack' then 1 else 0 end) as has_transient_ischaemic_attack,
    max(case when status.condition = 'peripheral_neuropathy' then 1 else 0 end) as has_peripheral_neuropathy,
    max(case when status.condition = 'chronic_primary_pain' then 1 else 0 end) as has_chronic_primary_pain,
    max(case when status.condition = 'melanoma' then 1 else 0 end) as has_melanoma,
    max(case when status.condition = 'depression' then 1 else 0 end) as has_depression,
    max(case when status.condition = 'anxiety' then 1 else 0 end) as has_anxiety,
    max(case when status.condition = 'bipolar_disorder' then 1 else 0 end) as has_bipolar_disorder,
    max(case when status.condition = 'drug_alcohol_misuse' then 1 else 0 end) as has_drug_alcohol_misuse,
    max(case when status.condition = 'eating_disorder' then 1 else 0 end) as has_eating_disorder,
    max(case when status.condition = 'autism' then 1 else 0 end) as has_autism,
    max(case when status.condition = 'ptsd' then 1 else 0 end) as has_ptsd,
    max(case when status.condition = 'osteoarthritis' then 1 else 0 end) as has_osteoarthritis,
    max(case when status.condition = 'osteoporosis' then 1 else 0 end) as has_osteoporosis,
    max(case when status.condition = 'gout' then 1 else 0 end) as has_gout,
    max(case when status.condition = 'chronic_pancreatic_disease' then 1 else 0 end) as has_chronic_pancreatic_disease,
    max(case when status.condition = 'peptic_ulcer' then 1 else 0 end) as has_peptic_ulcer,
    max(case when status.condition = 'endometriosis' then 1 else 0 end) as has_endometriosis,
    max(case when status.condition = 'chronic_urinary_tract_infection' then 1 else 0 end)
        as has_chronic_urinary_tract_infection,
    max(case when status.condition = 'anaemia' then 1 else 0 end) as has_anaemia,
    max(case when status.condition = 'vision_impairment' then 1 else 0 end) as has_vision_impairment,
    max(case when status.condition = 'hearing_impairment' then 1 else 0 end) as has_hearing_impairment,
    max(case when status.condition = 'menieres_disease' then 1 else 0 end) as has_menieres_disease,
    max(case when status.condition = 'tuberculosis' then 1 else 0 end) as has_tuberculosis,
    max(case when status.condition = 'post_acute_covid19' then 1 else 0 end) as has_post_acute_covid19,
    max(case when status.condition = 'congenital_chromosomal' then 1 else 0 end) as has_congenital_chromosomal,
    min(case when status.place = 2 then status.first_known_date end) as mltc_known_date,
    max(status.first_known_date) as newest_known_date
from held as status
group by status.index_date, status.person_id

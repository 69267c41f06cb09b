-- One row per index date and person: what a risk model may know on that date, and nothing after it.
-- Conditions of the definition by their known date, use of care by windows that end on the index date. Null: not known.
with condition as (
    select
        status.index_date,
        status.person_id,
        count(*) as condition_count,
        count(distinct condition.body_system) as body_system_count,
        max(case when condition.kind = 'mental' then 1 else 0 end) as has_mental_condition,
        max(case when status.condition = 'heart_failure' then 1 else 0 end) as has_heart_failure,
        max(case when status.condition = 'copd' then 1 else 0 end) as has_copd,
        max(case when status.condition = 'coronary_artery_disease' then 1 else 0 end) as has_coronary_artery_disease,
        max(case when status.condition = 'stroke' then 1 else 0 end) as has_stroke,
        max(case when status.condition = 'arrhythmia' then 1 else 0 end) as has_arrhythmia,
        max(case when status.condition = 'diabetes' then 1 else 0 end) as has_diabetes,
        max(case when status.condition = 'chronic_kidney_disease' then 1 else 0 end) as has_chronic_kidney_disease,
        max(case when status.condition = 'dementia' then 1 else 0 end) as has_dementia,
        max(case when status.condition = 'epilepsy' then 1 else 0 end) as has_epilepsy,
        max(case when status.condition = 'asthma' then 1 else 0 end) as has_asthma,
        max(case when status.condition = 'depression' then 1 else 0 end) as has_depression,
        max(case when status.condition = 'drug_alcohol_misuse' then 1 else 0 end) as has_drug_alcohol_misuse,
        max(case when status.condition in ('schizophrenia', 'bipolar_disorder') then 1 else 0 end)
            as has_severe_mental_illness,
        max(case
            when status.condition in ('solid_organ_cancer', 'haematological_cancer', 'metastatic_cancer') then 1
            else 0
        end) as has_cancer,
        max(case when status.condition = 'chronic_liver_disease' then 1 else 0 end) as has_chronic_liver_disease
    from register.condition_status as status
    inner join codelist.membership as membership
        on membership.condition = status.condition and membership.definition = $definition
    inner join codelist.condition as condition on condition.key = status.condition
    group by status.index_date, status.person_id
)

select
    spine.index_date,
    spine.person_id,
    spine.practice_code,
    spine.age_years,
    case person.sex when '2' then 1 when '1' then 0 end as is_female,
    attribute.imd_quintile,
    coalesce(condition.condition_count, 0) as condition_count,
    coalesce(condition.body_system_count, 0) as body_system_count,
    coalesce(condition.has_mental_condition, 0) as has_mental_condition,
    coalesce(condition.has_heart_failure, 0) as has_heart_failure,
    coalesce(condition.has_copd, 0) as has_copd,
    coalesce(condition.has_coronary_artery_disease, 0) as has_coronary_artery_disease,
    coalesce(condition.has_stroke, 0) as has_stroke,
    coalesce(condition.has_arrhythmia, 0) as has_arrhythmia,
    coalesce(condition.has_diabetes, 0) as has_diabetes,
    coalesce(condition.has_chronic_kidney_disease, 0) as has_chronic_kidney_disease,
    coalesce(condition.has_dementia, 0) as has_dementia,
    coalesce(condition.has_epilepsy, 0) as has_epilepsy,
    coalesce(condition.has_asthma, 0) as has_asthma,
    coalesce(condition.has_depression, 0) as has_depression,
    coalesce(condition.has_drug_alcohol_misuse, 0) as has_drug_alcohol_misuse,
    coalesce(condition.has_severe_mental_illness, 0) as has_severe_mental_illness,
    coalesce(condition.has_cancer, 0) as has_cancer,
    coalesce(condition.has_chronic_liver_disease, 0) as has_chronic_liver_disease,
    use_count.unplanned_admission_count_12m,
    use_count.unplanned_admission_count_13_24m,
    use_count.planned_admission_count_12m,
    use_count.unplanned_bed_days_12m,
    use_count.emergency_attendance_count_12m,
    use_count.outpatient_attended_count_12m,
    use_count.gp_contact_count_12m,
    use_count.medicine_count_3m
from register.spine as spine
inner join staging.person as person on person.person_id = spine.person_id
inner join features.use_count as use_count
    on use_count.person_id = spine.person_id and use_count.index_date = spine.index_date
left join register.person_deprivation as attribute on attribute.person_id = spine.person_id
left join condition
    on condition.person_id = spine.person_id and condition.index_date = spine.index_date

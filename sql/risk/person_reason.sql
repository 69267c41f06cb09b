-- One row per person, outcome, direction and rank: a reason why the predicted risk is what it is.
-- For the main outcome everybody who is scored has reasons, for others the people of highest risk (reason_share of
-- [risk]). A reason is what the figure rests on, and no cause. No two reasons of a person are of one fact.
-- risk.reason holds what the model found, risk.reason_words what is said of each value.
-- evidence_date: the newest record behind the feature, of those that codelists/features.toml calls dated (of a
-- condition its last clinical date, of a count the last one counted); null where nothing is recorded or known.
with condition as (
    select
        person_id,
        case condition when 'palliative_care_register' then 'has_palliative_care' else 'has_' || condition end
            as feature,
        last_date
    from register.condition_status
    where index_date = $index_date
),

condition_group as (
    select
        person_id,
        max(case
            when condition in ('solid_organ_cancer', 'haematological_cancer', 'metastatic_cancer') then last_date
        end) as last_cancer_date,
        max(case when condition in ('schizophrenia', 'bipolar_disorder') then last_date end)
            as last_severe_mental_illness_date
    from register.condition_status
    where index_date = $index_date
    group by person_id
),

medicine as (
    select
        person_id,
        max(last_issue_date) as last_issue_date
    from scores.person_medicine
    where index_date = $index_date and issue_count_3m > 0
    group by person_id
)

select
    reason.person_id,
    reason.outcome,
    reason.direction,
    reason.rank,
    reason.feature,
    words.words,
    case
        when not words.is_dated then null
        when
            reason.feature in (
                'unplanned_admission_count_12m', 'unplanned_admission_count_3m', 'unplanned_bed_days_12m'
            )
            then hospital.last_unplanned_admission_date
        when reason.feature = 'last_discharge_months' then hospital.last_discharge_date
        when reason.feature in ('emergency_attendance_count_12m', 'emergency_attendance_count_3m')
            then emergency.last_emergency_attendance_date
        when reason.feature in ('outpatient_attended_count_12m', 'outpatient_attended_count_3m')
            then outpatient.last_outpatient_attended_date
        when reason.feature in ('gp_contact_count_12m', 'gp_contact_count_3m') then practice.last_gp_contact_date
        when reason.feature = 'medicine_count_3m' then medicine.last_issue_date
        when reason.feature in ('latest_bmi', 'latest_bmi_months') then latest_value.latest_bmi_date
        when reason.feature in ('latest_egfr', 'latest_egfr_months') then latest_value.latest_egfr_date
        when reason.feature in ('latest_haemoglobin', 'latest_haemoglobin_months')
            then latest_value.latest_haemoglobin_date
        when reason.feature in ('latest_urine_acr', 'latest_urine_acr_months') then latest_value.latest_urine_acr_date
        when reason.feature = 'has_cancer' then condition_group.last_cancer_date
        when reason.feature = 'has_severe_mental_illness' then condition_group.last_severe_mental_illness_date
        else condition.last_date
    end as evidence_date
from risk.reason as reason
inner join risk.reason_words as words
    on words.feature = reason.feature and words.value is not distinct from reason.value
left join features.hospital_use as hospital
    on hospital.person_id = reason.person_id and hospital.index_date = $index_date
left join features.emergency_use as emergency
    on emergency.person_id = reason.person_id and emergency.index_date = $index_date
left join features.outpatient_use as outpatient
    on outpatient.person_id = reason.person_id and outpatient.index_date = $index_date
left join features.practice_use as practice
    on practice.person_id = reason.person_id and practice.index_date = $index_date
left join features.latest_value as latest_value
    on latest_value.person_id = reason.person_id and latest_value.index_date = $index_date
left join medicine on medicine.person_id = reason.person_id
left join condition_group on condition_group.person_id = reason.person_id
left join condition on condition.person_id = reason.person_id and condition.feature = reason.feature

-- One row per index date, person and feature whose evidence has a date: the newest record behind the feature.
-- A view: the dates stand in the tables that the features are made of, and few of them are ever shown.
-- A condition: its last clinical date. Use of care: the last admission, arrival, appointment or contact of its window,
-- so that none is given for a count of nothing. A measurement: its day. codelists/features.toml marks the features.
with condition as (
    select
        index_date,
        person_id,
        case condition when 'palliative_care_register' then 'has_palliative_care' else 'has_' || condition end
            as feature,
        last_date as evidence_date
    from register.condition_status
),

condition_group as (
    select
        index_date,
        person_id,
        case
            when condition in ('solid_organ_cancer', 'haematological_cancer', 'metastatic_cancer') then 'has_cancer'
            else 'has_severe_mental_illness'
        end as feature,
        max(last_date) as evidence_date
    from register.condition_status
    where
        condition in (
            'solid_organ_cancer', 'haematological_cancer', 'metastatic_cancer', 'schizophrenia', 'bipolar_disorder'
        )
    group by index_date, person_id, feature
),

medicine as (
    select
        index_date,
        person_id,
        'medicine_count_3m' as feature,
        max(last_issue_date) as evidence_date
    from scores.person_medicine
    where issue_count_3m > 0
    group by index_date, person_id
),

use_of_care as (
    select
        use_date.index_date,
        use_date.person_id,
        use_feature.feature,
        use_date.evidence_date
    from (
        select
            index_date,
            person_id,
            'unplanned admission' as kind,
            last_unplanned_admission_date as evidence_date
        from features.hospital_use
        union all
        select
            index_date,
            person_id,
            'discharge' as kind,
            last_discharge_date as evidence_date
        from features.hospital_use
        union all
        select
            index_date,
            person_id,
            'emergency attendance' as kind,
            last_emergency_attendance_date as evidence_date
        from features.emergency_use
        union all
        select
            index_date,
            person_id,
            'outpatient appointment' as kind,
            last_outpatient_attended_date as evidence_date
        from features.outpatient_use
        union all
        select
            index_date,
            person_id,
            'practice contact' as kind,
            last_gp_contact_date as evidence_date
        from features.practice_use
    ) as use_date
    inner join (
        values
        ('unplanned admission', 'unplanned_admission_count_12m', 12),
        ('unplanned admission', 'unplanned_admission_count_3m', 3),
        ('unplanned admission', 'unplanned_bed_days_12m', 12),
        ('discharge', 'last_discharge_months', 24),
        ('emergency attendance', 'emergency_attendance_count_12m', 12),
        ('emergency attendance', 'emergency_attendance_count_3m', 3),
        ('outpatient appointment', 'outpatient_attended_count_12m', 12),
        ('outpatient appointment', 'outpatient_attended_count_3m', 3),
        ('practice contact', 'gp_contact_count_12m', 12),
        ('practice contact', 'gp_contact_count_3m', 3)
    ) as use_feature (kind, feature, months)
        on
            use_feature.kind = use_date.kind
            and use_date.evidence_date > add_months(use_date.index_date, -use_feature.months)
)

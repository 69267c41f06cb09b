-- One row per continuous inpatient spell (CIPS) that is an index discharge, with its emergency readmission.
-- NHS Digital I02040 (= CCG OIS 3.2). Index: a finished spell; not a day case or regular attendance, not ended by
-- death, not maternity (admission method, class, obstetric specialty, or an obstetric primary diagnosis), not
-- psychiatric, no cancer or chemotherapy in any diagnosis, nor in a spell of the 365 days before admission.
-- Readmission: the next spell of the person, begun 0 to 29 days after the discharge as an emergency, also where the
-- person dies in it; not under an obstetric specialty, and without cancer or chemotherapy. Day cases and regular
-- attendances do not stand between the two. Codes: codelist.readmission_code; the specialty is the treatment function,
-- for want of the main specialty. Not known (null) while 29 days have not passed and no spell has followed.
with coded as (
    select
        spell_cips.cips_id,
        max(case when rule.exclusion = 'cancer' then 1 else 0 end) as has_cancer,
        max(case when rule.exclusion = 'maternity' then 1 else 0 end) as has_obstetric_diagnosis
    from staging.hospital_diagnosis as diagnosis
    inner join codelist.readmission_code as rule
        on
            starts_with(diagnosis.code, rule.code)
            and rule.verified = 'yes'
            and (rule.field = 'diagnosis' or (rule.field = 'primary_diagnosis' and diagnosis.diagnosis_position = 1))
    inner join register.spell_episode as episode on episode.row_id = diagnosis.row_id
    inner join register.spell_cips as spell_cips on spell_cips.spell_key = episode.spell_key
    group by spell_cips.cips_id
),

described as (
    select
        cips.cips_id,
        cips.person_id,
        cips.is_unplanned,
        cips.is_ended_by_death,
        cips.admission_date,
        cips.discharge_date,
        cips.is_regular_attender or (cips.is_day_case and cips.spell_count = 1) as is_passed_over,
        coalesce(coded.has_cancer = 1, false) as has_cancer,
        coalesce(specialty.exclusion = 'maternity', false) as is_obstetric,
        coalesce(coded.has_obstetric_diagnosis = 1, false)
        or cips.point_of_delivery = 'maternity'
        or specialty.exclusion is not null as is_other_care
    from register.continuous_inpatient_spell as cips
    left join coded on coded.cips_id = cips.cips_id
    left join codelist.readmission_code as specialty
        on specialty.field = 'specialty' and specialty.code = cips.specialty and specialty.verified = 'yes'
    where cips.admission_date <= $index_date
),

preceded as (
    select
        described.*,
        max(case when has_cancer then coalesce(discharge_date, date '9999-12-31') end) over (
            partition by person_id
            order by admission_date, discharge_date nulls last, cips_id
            rows between unbounded preceding and 1 preceding
        ) as last_cancer_date
    from described
),

paired as (
    select
        preceded.*,
        lead(cips_id) over following as next_cips_id,
        lead(is_unplanned and not is_obstetric and not has_cancer) over following as is_next_counted,
        lead(admission_date) over following as next_admission_date
    from preceded
    where not is_passed_over
    window following as (partition by person_id order by admission_date, discharge_date nulls last, cips_id)
),

judged as (
    select
        paired.*,
        coalesce(is_next_counted and next_admission_date - discharge_date between 0 and 29, false) as is_readmitted
    from paired
    where
        discharge_date <= $index_date
        and not is_ended_by_death
        and not has_cancer
        and not is_other_care
        and coalesce(last_cancer_date < admission_date - interval 365 day, true)
)

select
    cips_id,
    person_id,
    case when is_readmitted then next_cips_id end as readmission_cips_id,
    case when is_readmitted then next_admission_date - discharge_date end as readmission_days,
    is_unplanned,
    case
        when is_readmitted then true
        when next_cips_id is not null or discharge_date + interval 29 day <= $index_date then false
    end as is_emergency_readmission,
    admission_date,
    discharge_date,
    case when is_readmitted then next_admission_date end as readmission_date
from judged

-- One row per person with MLTC: patient activation measured in 12 months (support given).
-- Coded in the GP record, or answered in a feed of patient-reported measures (instrument PAM, the Patient Activation
-- Measure). Value: days since the last time. Source: NHS England, patient activation and PAM. Not known where neither
-- feed tells of one and the process is not (needs.care_process), or the practice's entries of 12 months are not
-- known.
with process as (
    select count(*) = 1 as is_known
    from needs.care_process
    where is_known and key = 'patient_activation_measure'
),

answered as (
    select
        person_id,
        max(answered_date) as last_date
    from staging.patient_reported
    where lower(instrument) like 'pam%' and answered_date <= $index_date
    group by person_id
),

measured as (
    select
        person.person_id,
        person.is_gp_event_known_12m,
        recorded.last_code,
        recorded.last_date as last_coded_date,
        answered.last_date as last_answered_date,
        greatest(
            coalesce(recorded.last_date, answered.last_date), coalesce(answered.last_date, recorded.last_date)
        ) as last_date
    from needs.person as person
    left join needs.process_record as recorded
        on recorded.person_id = person.person_id and recorded.care_process = 'patient_activation_measure'
    left join answered on answered.person_id = person.person_id
)

select
    measured.person_id,
    'patient_activation_measured' as indicator,
    case
        when measured.last_date > $index_date - interval 12 month then 'present'
        when process.is_known and measured.is_gp_event_known_12m then 'absent'
        else 'not_known'
    end as state,
    cast(date_diff('day', measured.last_date, $index_date) as double) as value,
    case
        when measured.last_answered_date = measured.last_date then 'staging.patient_reported' else 'staging.gp_event'
    end as evidence_source,
    case when measured.last_coded_date = measured.last_date then measured.last_code end as evidence_code,
    measured.last_date as evidence_date
from measured
cross join process
